"""The offers of a cycle: who has answered, who is awaited; more time, back again, by word."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.offer import Answer
from exchange.domain.placement import (
    AGREED_PLACEMENT_STATES,
    LIVE_PLACEMENT_STATES,
    PlacementState,
)
from exchange.domain.roles import Permission
from exchange.errors import InvalidInput
from exchange.records import Cycle, Programme
from exchange.services import (
    applications,
    cycles,
    offer_answers,
    offer_desk,
    offers,
    placement_consents,
    programmes,
)
from exchange.services.offer_desk import Group
from exchange.services.offers import Offered
from exchange.web.consents.placement_form import checklist_words
from exchange.web.guards import permit
from exchange.web.offers.forms import (
    ButtonForm,
    ExtendForm,
    RecordForm,
    TimesForm,
    WithdrawForm,
)
from exchange.web.offers.words import ANSWERS, ENDS, GROUPS, NOTES, PARTIES, PLACEMENT_STATES

blueprint = Blueprint("offers", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/cycles/<id:cycle_id>/offers")
@permit(Permission.SEE_APPLICATIONS)
def index(cycle_id: str) -> Page:
    """The offers of a cycle, those that end first at the top."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.SEE_APPLICATIONS)
    wanted = request.args.get("group")
    group = next((one for one in Group if one.value == wanted), None)
    page = offer_desk.list_offers(g.db, g.actor, cycle, group=group, at=g.now, page=_page_number())
    students, hosts = _names(cycle, [row.offered for row in page.rows])
    return render_template(
        "offers/index.html",
        **_common(cycle),
        page=page,
        group=group,
        groups=GROUPS,
        counts=offer_desk.count_offers(g.db, g.actor, cycle, g.now),
        fallen=offer_desk.fallen_places(g.db, cycle),
        may_start=g.actor.may(Permission.START_RUNS, cycle.programme_id),
        students=students,
        hosts=hosts,
        may_manage=g.actor.may(Permission.MANAGE_CYCLES, cycle.programme_id),
    )


@blueprint.get("/offers/<id:offer_id>")
@permit(Permission.SEE_APPLICATIONS)
def show(offer_id: str) -> Page:
    """One offer: what each side said, what staff did, and what can be done."""
    one = offer_desk.get_offer(g.db, g.actor, offer_id)
    return render_template("offers/show.html", **_known(one), form=ButtonForm())


@blueprint.post("/offers/<id:offer_id>/release")
@permit(Permission.PUBLISH_RUNS)
def release(offer_id: str) -> Page:
    """Make an offer that waited for somebody to look at it."""
    offer_desk.release(g.db, g.actor, _mine(offer_id), g.now)
    return _done(offer_id)


@blueprint.get("/offers/<id:offer_id>/extend")
@permit(Permission.PUBLISH_RUNS)
def more_time(offer_id: str) -> Page:
    """Ask how much more time, and why."""
    return _form_page("offers/extend.html", _mine(offer_id), ExtendForm(formdata=None))


@blueprint.post("/offers/<id:offer_id>/extend")
@permit(Permission.PUBLISH_RUNS, shows_form_again=True)
def extend(offer_id: str) -> Page:
    """Give more time."""
    one, form = _mine(offer_id), ExtendForm()
    if not form.validate():
        return _form_page("offers/extend.html", one, form)
    try:
        offer_desk.extend(
            g.db, g.actor, one, days=form.days.data, reason=form.reason.data, at=g.now
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _form_page("offers/extend.html", one, form)
    return _done(offer_id)


@blueprint.get("/offers/<id:offer_id>/withdraw")
@permit(Permission.PUBLISH_RUNS)
def confirm_withdrawal(offer_id: str) -> Page:
    """Ask why."""
    return _form_page("offers/withdraw.html", _mine(offer_id), WithdrawForm(formdata=None))


@blueprint.post("/offers/<id:offer_id>/withdraw")
@permit(Permission.PUBLISH_RUNS, shows_form_again=True)
def withdraw(offer_id: str) -> Page:
    """Take the offer back."""
    one, form = _mine(offer_id), WithdrawForm()
    if not form.validate():
        return _form_page("offers/withdraw.html", one, form)
    try:
        offer_desk.withdraw(g.db, g.actor, one, reason=form.reason.data, at=g.now)
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _form_page("offers/withdraw.html", one, form)
    return _done(offer_id)


@blueprint.get("/offers/<id:offer_id>/record")
@permit(Permission.PUBLISH_RUNS)
def ask_for_answer(offer_id: str) -> Page:
    """Ask who said what, and how it is known."""
    one = _mine(offer_id)
    return _form_page("offers/record.html", one, RecordForm(_parties(one), formdata=None))


@blueprint.post("/offers/<id:offer_id>/record")
@permit(Permission.PUBLISH_RUNS, shows_form_again=True)
def record(offer_id: str) -> Page:
    """Write an answer down."""
    one = _mine(offer_id)
    form = RecordForm(_parties(one))
    if not form.validate():
        return _form_page("offers/record.html", one, form)
    try:
        offer_answers.record_answer(
            g.db,
            g.actor,
            one,
            int(form.party.data),
            accepts=form.answer.data == "yes",
            reason=form.reason.data,
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _form_page("offers/record.html", one, form)
    return _done(offer_id)


@blueprint.get("/cycles/<id:cycle_id>/offers/times")
@permit(Permission.MANAGE_CYCLES)
def times(cycle_id: str) -> Page:
    """How long offers and holds last, in all cycles of the programme."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.MANAGE_CYCLES)
    form = TimesForm(formdata=None, obj=g.db.get_one(Programme, cycle.programme_id))
    return render_template("offers/times.html", **_common(cycle), form=form)


@blueprint.post("/cycles/<id:cycle_id>/offers/times")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def save_times(cycle_id: str) -> Page:
    """Keep them; offers that are made already keep their time."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.MANAGE_CYCLES)
    form = TimesForm()
    if not form.validate():
        body = render_template("offers/times.html", **_common(cycle), form=form)
        return body, form.status()
    programmes.set_times(
        g.db,
        g.actor,
        g.db.get_one(Programme, cycle.programme_id),
        offer_days=form.offer_days.data,
        contact_days=form.contact_days.data,
        hold_hours=form.hold_hours.data,
        at=g.now,
    )
    g.db.commit()
    return redirect(url_for("offers.index", cycle_id=cycle_id), 303)


def _mine(offer_id: str) -> Offered:
    return offer_desk.get_offer(g.db, g.actor, offer_id, permission=Permission.PUBLISH_RUNS)


def _done(offer_id: str) -> Response:
    g.db.commit()
    return redirect(url_for("offers.show", offer_id=offer_id), 303)


def _form_page(template: str, one: Offered, form: Any) -> Page:
    return render_template(template, **_known(one), form=form), form.status()


def _parties(one: Offered) -> list[tuple[str, Any]]:
    """Who can still answer, by the number of the line."""
    lines = offers.answers_of(g.db, [one.offer.id]).get(one.offer.id, [])
    return [
        (str(line.id), PARTIES[line.party]) for line in lines if line.answer is not Answer.DECLINED
    ]


def _common(cycle: Cycle) -> dict[str, Any]:
    return {
        "cycle": cycle,
        "programme": g.db.get(Programme, cycle.programme_id),
        "states": PLACEMENT_STATES,
        "parties": PARTIES,
        "answers": ANSWERS,
    }


def _known(one: Offered) -> dict[str, Any]:
    """What every page of one offer shows."""
    cycle = g.db.get_one(Cycle, one.offer.cycle_id)
    state = one.placement.state
    is_open = one.offer.ended_at is None and state is not PlacementState.CONFIRMED
    students, hosts = _names(cycle, [one])
    lines = offers.answers_of(g.db, [one.offer.id]).get(one.offer.id, [])
    may_act = g.actor.may(Permission.PUBLISH_RUNS, cycle.programme_id)
    return {
        **_common(cycle),
        "one": one,
        "lines": lines,
        "notes": [(NOTES[note.kind], note) for note in offer_desk.notes_of(g.db, one)],
        "end": ENDS[one.offer.end_reason] if one.offer.end_reason else None,
        "student_name": students.get(one.placement.student_id) or one.student.reference,
        "host_name": hosts.get(one.placement.host_id) or one.host.reference,
        "agreements": checklist_words(placement_consents.checklist(g.db, one.placement))
        if state in LIVE_PLACEMENT_STATES
        else [],
        "told_by_staff": _told_by_staff(one) if may_act and is_open else None,
        "may_release": may_act and state is PlacementState.PROPOSED and is_open,
        "may_extend": may_act and state in (PlacementState.OFFERED, PlacementState.LAPSED),
        "may_record": may_act and state in offer_answers.OPEN,
        "may_withdraw": may_act and is_open,
        "may_log": state in AGREED_PLACEMENT_STATES
        and g.actor.may(Permission.LOG_CONTACTS, cycle.programme_id),
    }


def _told_by_staff(one: Offered) -> str | None:
    """Who came in by a file: to them no mail is ever written."""
    of_file = (one.student.external_id is not None, one.host.external_id is not None)
    return {
        (True, True): "both",
        (True, False): "student",
        (False, True): "host",
    }.get(of_file)


def _names(cycle: Cycle, several: list[Offered]) -> tuple[dict[int, str], dict[int, str]]:
    return applications.names_of(
        g.db,
        g.actor,
        cycle.id,
        students=[one.placement.student_id for one in several],
        hosts=[one.placement.host_id for one in several],
    )


def _page_number() -> int:
    word = request.args.get("page", "1")
    return max(1, int(word)) if word.isascii() and word.isdigit() and len(word) < 6 else 1
