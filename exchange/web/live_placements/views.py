"""What the daily look at live placements has found, for those who can do something about it."""

from datetime import date
from typing import Any

from flask import Blueprint, g, render_template

from exchange.domain.live_placements import sentence_for
from exchange.domain.roles import Permission
from exchange.records import PlacementFinding, Programme
from exchange.services import applications, cycles, live_placements
from exchange.web.guards import permit
from exchange.web.i18n import format_day
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l

blueprint = Blueprint("live_placements", __name__)

SIDES = {
    "student": _l("About the student"),
    "host": _l("About the host"),
    "pair": _l("About this placement"),
}
DAYS = frozenset({"day"})
"""Parameters that were stored as ISO dates."""


@blueprint.get("/cycles/<id:cycle_id>/look")
@permit(Permission.SEE_APPLICATIONS)
def index(cycle_id: str) -> str:
    """The placements that a person has to look at, with everything that was found."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.SEE_APPLICATIONS)
    found = live_placements.list_found(g.db, g.actor, cycle)
    students, hosts = applications.names_of(
        g.db,
        g.actor,
        cycle.id,
        students=[one.placement.student_id for one in found],
        hosts=[one.placement.host_id for one in found],
    )
    return render_template(
        "live_placements/index.html",
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        found=[(one, [(SIDES[f.side], _words(f), f) for f in one.findings]) for one in found],
        students=students,
        hosts=hosts,
        last=live_placements.last_look(g.db, cycle),
    )


def _words(finding: PlacementFinding) -> str:
    """Say what was found, in the language of the page."""
    shown: dict[str, Any] = {
        name: format_day(date.fromisoformat(value)) if name in DAYS else value
        for name, value in finding.parameters.items()
    }
    # The English stands in the domain, which may not know of translation.
    sentence = sentence_for(finding.code)
    return _(sentence, **shown) if shown else _(sentence)
