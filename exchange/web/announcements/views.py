"""Announcements of a cycle: written, looked at with those whom they reach, sent, looked up."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput
from exchange.notices.texts import BASE_URL
from exchange.records import Announcement, Cycle
from exchange.services import announcement_reach, announcements, cycles
from exchange.services.announcement_reach import Reach
from exchange.translations import LANGUAGES
from exchange.web.announcements.forms import FILTERS, AnnouncementForm, SendForm
from exchange.web.announcements.words import PLACINGS
from exchange.web.desk_words import APPLICATION_STATES
from exchange.web.guards import permit
from exchange.web.i18n import country_name, current_language
from exchange.web.i18n import gettext as _
from exchange.web.queues.words import ATTENTION
from exchange.web.request_state import settings

blueprint = Blueprint("announcements", __name__)

Page = str | Response | tuple[str, int]
OF_CYCLE = "/cycles/<id:cycle_id>/announcements"
ONE = "/announcements/<id:announcement_id>"
SAMPLE = 20


@blueprint.get(OF_CYCLE)
@permit(Permission.MANAGE_CYCLES)
def index(cycle_id: str) -> Page:
    """What was sent, and what is still being written."""
    cycle = _cycle(cycle_id)
    found = announcements.list_announcements(g.db, g.actor, cycle)
    return render_template(
        "announcements/index.html",
        cycle=cycle,
        lines=[(one, _filter_words(one)) for one in found],
    )


@blueprint.get(f"{OF_CYCLE}/new")
@permit(Permission.MANAGE_CYCLES)
def new(cycle_id: str) -> Page:
    """An empty announcement; to those of a list where one comes from there."""
    cycle = _cycle(cycle_id)
    form = AnnouncementForm(formdata=None)
    form.fill(
        Announcement(
            cycle_id=cycle.id,
            words={name: request.args[name] for name in FILTERS if name in request.args},
            fallback=current_language(),
        )
    )
    return _form_page(cycle, form)


@blueprint.post(f"{OF_CYCLE}/new")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def write(cycle_id: str) -> Page:
    """Keep it; nobody gets it yet."""
    cycle = _cycle(cycle_id)
    form = AnnouncementForm()
    if not _is_sound(form):
        return _form_page(cycle, form)
    return _done(announcements.write(g.db, g.actor, cycle, form.wording(), g.now))


@blueprint.get(f"{ONE}/edit")
@permit(Permission.MANAGE_CYCLES)
def edit(announcement_id: str) -> Page:
    """One that is not sent, to be changed."""
    one, cycle = _mine(announcement_id)
    if one.sent_at is not None:
        return redirect(url_for("announcements.show", announcement_id=announcement_id), 303)
    form = AnnouncementForm(formdata=None)
    form.fill(one)
    return _form_page(cycle, form, one)


@blueprint.post(f"{ONE}/edit")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def save(announcement_id: str) -> Page:
    """Change it, unless it is sent or somebody else has."""
    one, cycle = _mine(announcement_id)
    form = AnnouncementForm()
    if not _is_sound(form):
        return _form_page(cycle, form, one)
    try:
        announcements.rewrite(
            g.db, g.actor, one, cycle, form.wording(), expected_version=_seen(), at=g.now
        )
    except Conflict as refusal:
        form.add_fault("", refusal.message)
        return _form_page(cycle, form, one)[0], 409
    return _done(one)


@blueprint.get(ONE)
@permit(Permission.MANAGE_CYCLES)
def show(announcement_id: str) -> Page:
    """What it says and whom it reaches, with the button that sends it; or what became of it."""
    one, cycle = _mine(announcement_id)
    return _show_page(one, cycle)


@blueprint.post(f"{ONE}/send")
@permit(Permission.MANAGE_CYCLES)
def send(announcement_id: str) -> Page:
    """Send it to those who were shown; pressed twice, it is sent once."""
    one, cycle = _mine(announcement_id)
    try:
        announcements.send(
            g.db,
            g.actor,
            one,
            expected_version=_seen(),
            expected_digest=request.form.get("people", ""),
            at=g.now,
        )
    except Conflict as refusal:
        return _show_page(one, cycle, refusal=refusal), 409
    return _done(one)


@blueprint.post(f"{ONE}/throw-away")
@permit(Permission.MANAGE_CYCLES)
def remove(announcement_id: str) -> Page:
    """Throw it away, unless it is sent."""
    one, cycle = _mine(announcement_id)
    announcements.remove(g.db, g.actor, one, cycle, g.now)
    g.db.commit()
    return redirect(url_for("announcements.index", cycle_id=cycle.public_id), 303)


def _show_page(one: Announcement, cycle: Cycle, *, refusal: Conflict | None = None) -> str:
    base_url = settings().base_url.rstrip("/")
    previews = [
        (language, notice.subject, notice.body.replace(BASE_URL, base_url))
        for language in one.texts
        for notice in [announcements.preview(one, language)]
    ]
    common: dict[str, Any] = {
        "cycle": cycle,
        "one": one,
        "filter": _filter_words(one),
        "previews": previews,
        "languages": LANGUAGES,
    }
    if one.sent_at is not None:
        delivery = announcements.delivery_of(g.db, one)
        return render_template("announcements/sent.html", **common, delivery=delivery)
    reach = announcement_reach.reach_of(g.db, cycle, one, g.now)
    return render_template(
        "announcements/show.html",
        **common,
        reach=reach,
        by_language=_by_language(one, reach),
        sample=reach.readers[:SAMPLE],
        form=SendForm(formdata=None),
        refusal=refusal,
    )


def _by_language(one: Announcement, reach: Reach) -> list[tuple[str, int, str]]:
    """(language of readers, how many, language in which they get it), the most first."""
    return [
        (language, count, announcements.language_for(one, language))
        for language, count in reach.languages().most_common()
    ]


def _filter_words(one: Announcement) -> list[Any]:
    """The filter in words, part by part."""
    said: dict[str, dict[str, Any]] = {
        "kind": {"student": _("Students"), "host": _("Hosts")},
        "state": {state.value: words[0] for state, words in APPLICATION_STATES.items()},
        "placing": {placing.value: words for placing, words in PLACINGS.items()},
        "attention": {reason.value: words for reason, words in ATTENTION.items()},
    }
    words = [said[name][one.words[name]] for name in said if name in one.words]
    if "nation" in one.words:
        words.append(country_name(one.words["nation"]))
    return words or [_("Students and hosts")]


def _form_page(
    cycle: Cycle, form: AnnouncementForm, one: Announcement | None = None
) -> tuple[str, int]:
    body = render_template(
        "announcements/edit.html",
        cycle=cycle,
        one=one,
        form=form,
        seen=request.form.get("seen", one.version if one is not None else 0),
    )
    return body, form.status()


def _is_sound(form: AnnouncementForm) -> bool:
    """Say whether it can be kept; what is wrong otherwise stands at its boxes, all of it."""
    is_sound = form.validate() and not form.fault_lines()
    try:
        announcements.checked(form.wording())
    except InvalidInput as refusal:
        is_told = form.errors.get("fallback")
        for name, sentences in refusal.faults.items():
            if not (is_told and name == "fallback"):
                form.add_faults(InvalidInput(refusal.message, {name: sentences}))
        is_sound = False
    return is_sound and not form.is_switched


def _cycle(cycle_id: str) -> Cycle:
    return cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.MANAGE_CYCLES)


def _mine(announcement_id: str) -> tuple[Announcement, Cycle]:
    return announcements.get_announcement(g.db, g.actor, announcement_id)


def _seen() -> int:
    word = request.form.get("seen", "")
    return int(word) if word.isascii() and word.isdigit() and len(word) < 9 else -1


def _done(one: Announcement) -> Response:
    g.db.commit()
    return redirect(url_for("announcements.show", announcement_id=one.public_id), 303)
