"""The pictures of a run, each with its numbers as a table, and as files to take away."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, make_response, render_template
from markupsafe import Markup
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.errors import NotFound
from exchange.exports.chord_svg import chord_svg
from exchange.exports.contacts_svg import contacts_svg
from exchange.exports.flows_svg import flows_svg
from exchange.exports.groups_svg import GroupPlaces, groups_svg
from exchange.exports.quality_svg import BINS, quality_svg
from exchange.intake.nations import read_centroids
from exchange.records import Cycle, MatchRun, Programme
from exchange.services import run_pictures, runs
from exchange.services.run_pictures import RunFigures
from exchange.web.cycles.forms import ConfirmForm
from exchange.web.guards import permit
from exchange.web.i18n import country_name, current_language, format_number
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l

blueprint = Blueprint("pictures", __name__)

Page = str | Response | tuple[str, int]
SVG = "image/svg+xml"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: its words, how it is drawn, and the table of the same numbers."""

    title: Any
    told: Any
    draw: Callable[..., str]
    columns: Sequence[tuple[Any, bool]]
    """Words of each column, and whether it holds numbers."""
    rows: Callable[[RunFigures], list[tuple[Any, ...]]]
    is_wide: bool = False
    """Drawn at its own size, to be scrolled; else as wide as the page."""


def _contact_rows(figures: RunFigures) -> list[tuple[Any, ...]]:
    ordered = sorted(figures.contacts, key=lambda c: (-c.placements, c.nation_a, c.nation_b))
    return [
        (
            country_name(one.nation_a),
            country_name(one.nation_b),
            format_number(one.placements),
            format_number(one.tension_tier),
        )
        for one in ordered
    ]


def _flow_rows(figures: RunFigures) -> list[tuple[Any, ...]]:
    ordered = sorted(figures.flows, key=lambda f: (-f.students, f.origin, f.destination))
    return [
        (country_name(one.origin), country_name(one.destination), format_number(one.students))
        for one in ordered
    ]


def _quality_rows(figures: RunFigures) -> list[tuple[Any, ...]]:
    return [
        (format_number(place / BINS, 2), format_number((place + 1) / BINS, 2), format_number(count))
        for place, count in enumerate(figures.qualities)
    ]


def _group_rows(figures: RunFigures) -> list[tuple[Any, ...]]:
    return [
        (one.name, format_number(one.places), format_number(one.taken)) for one in _named(figures)
    ]


def _named(figures: RunFigures) -> list[GroupPlaces]:
    return [
        GroupPlaces(one.name or _("Hosts without a group"), one.places, one.taken)
        for one in figures.groups
    ]


_NATION = (_l("Nation"), False)
_PLACEMENTS = (_l("Placements"), True)
_CONTACTS = (_NATION, _NATION, _PLACEMENTS, (_l("Tension, 0 to 4"), True))
PICTURES: Mapping[str, Picture] = {
    "heat-map": Picture(
        _l("Who meets whom"),
        _l(
            "Each square joins the nation of its row and that of its column; the number says how "
            "many placements do. A thick border marks nations in open rivalry."
        ),
        lambda figures, **frame: contacts_svg(figures.contacts, **frame),
        _CONTACTS,
        _contact_rows,
        is_wide=True,
    ),
    "ring": Picture(
        _l("Who meets whom, as a ring"),
        _l(
            "The longer an arc, the more placements of its nation. The wider a band, the more "
            "placements join its two nations. An outline marks nations in open rivalry."
        ),
        lambda figures, **frame: chord_svg(figures.contacts, **frame),
        _CONTACTS,
        _contact_rows,
        is_wide=True,
    ),
    "flows": Picture(
        _l("Who travels where"),
        _l("Each bow leads from where students come from to where their hosts live."),
        lambda figures, **frame: flows_svg(figures.flows, read_centroids(), **frame),
        ((_l("From"), False), (_l("To"), False), (_l("Students"), True)),
        _flow_rows,
        is_wide=True,
    ),
    "quality": Picture(
        _l("How well placements fit"),
        _l("How many placements have which fit, from 0 to 1."),
        lambda figures, **frame: quality_svg(figures.qualities, **frame),
        ((_l("From"), True), (_l("To"), True), _PLACEMENTS),
        _quality_rows,
    ),
    "groups": Picture(
        _l("Places by group of hosts"),
        _l("The places of approved hosts now, and how many this run fills."),
        lambda figures, **frame: groups_svg(_named(figures), **frame),
        ((_l("Group"), False), (_l("Places"), True), (_l("Taken"), True)),
        _group_rows,
    ),
}


@blueprint.get("/runs/<id:run_id>/pictures")
@permit(Permission.SEE_RUNS)
def index(run_id: str) -> Page:
    """All pictures of a run, one below the other."""
    run = runs.get_run(g.db, g.actor, run_id)
    figures = run_pictures.figures_of(g.db, g.actor, run)
    cycle = _cycle(run)
    return render_template(
        "pictures/index.html",
        run=run,
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        pictures=[
            (name, one, Markup(_drawn(one, figures, standalone=False)), one.rows(figures))  # noqa: S704
            for name, one in PICTURES.items()
        ],
        may_export=g.actor.may(Permission.EXPORT, cycle.programme_id),
        form=ConfirmForm(),
    )


@blueprint.post("/runs/<id:run_id>/pictures/<name>")
@permit(Permission.EXPORT)
def download(run_id: str, name: str) -> Response:
    """One picture as a file; a POST, because it leaves a line in the audit trail."""
    run = runs.get_run(g.db, g.actor, run_id, permission=Permission.EXPORT)
    if name not in PICTURES:
        raise NotFound("There is nothing at this address.")
    figures = run_pictures.figures_of(g.db, g.actor, run)
    run_pictures.note_download(g.db, g.actor, run, name, g.now)
    picture = _drawn(PICTURES[name], figures, standalone=True)
    g.db.commit()
    response = make_response(picture)
    response.headers["Content-Type"] = SVG
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{name}-{run.public_id[:8]}.svg"'
    )
    return response


def _drawn(picture: Picture, figures: RunFigures, *, standalone: bool) -> str:
    return picture.draw(
        figures, title=str(picture.title), standalone=standalone, language=current_language()
    )


def _cycle(run: MatchRun) -> Cycle:
    cycle = g.db.get(Cycle, run.cycle_id)
    assert isinstance(cycle, Cycle)
    return cycle
