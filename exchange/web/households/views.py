"""A household after it was described: people added, put right, moved out; or announced."""

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.cycle import ApplicationState
from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput
from exchange.records import HostKind, HouseholdMember
from exchange.services import applications, households
from exchange.services.applications import ApplicationDetails
from exchange.web.guards import permit
from exchange.web.households.forms import AnnounceForm, MemberForm, MoveOutForm
from exchange.web.households.words import CHANGES, line_of
from exchange.web.i18n import gettext as _

blueprint = Blueprint("households", __name__)

Page = str | Response | tuple[str, int]

ADDRESS = "/applications/<id:application_id>/household"
_ENDED = (ApplicationState.DECLINED, ApplicationState.WITHDRAWN)


@blueprint.get(ADDRESS)
@permit(Permission.SEE_APPLICATIONS)
def show(application_id: str) -> Page:
    """Who lives there, who did, and what has changed since the host described it."""
    details = _staffed(application_id)
    assert details.host is not None
    everybody = households.everybody_of(g.db, details.host.id or 0)
    return render_template(
        "households/show.html",
        application=details.application,
        people=[line_of(one, details.cycle) for one in details.members],
        gone=[
            (line_of(one, details.cycle), one.left_on)
            for one in everybody
            if one.left_on is not None
        ],
        changes=[
            (CHANGES[change.what], line_of(member, details.cycle), change)
            for change, member in households.changes_of(g.db, details.host.id or 0)
        ],
        zone=details.cycle.time_zone,
        counted=0 if details.members else details.host.adults or 0,
        may_change=g.actor.may(Permission.SCREEN_APPLICATIONS, details.cycle.programme_id)
        and details.application.state not in _ENDED,
    )


@blueprint.get(f"{ADDRESS}/new")
@permit(Permission.SCREEN_APPLICATIONS)
def new(application_id: str) -> Page:
    """A form for somebody who is not listed yet."""
    return _member_page(_staffed(application_id), MemberForm(formdata=None), None)


@blueprint.post(f"{ADDRESS}/new")
@permit(Permission.SCREEN_APPLICATIONS, shows_form_again=True)
def add(application_id: str) -> Page:
    """Add somebody; whatever has to be checked shows at once."""
    details = _staffed(application_id)
    form = MemberForm()
    if not form.validate() or form.fault_lines():
        return _member_page(details, form, None)
    try:
        households.add_member(
            g.db, g.actor, details, member=form.member(), reason=form.reason.data, at=g.now
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _member_page(details, form, None)
    g.db.commit()
    return _to_application(application_id)


@blueprint.get(f"{ADDRESS}/<place>")
@permit(Permission.SCREEN_APPLICATIONS)
def edit(application_id: str, place: str) -> Page:
    """What is known of somebody, to be put right."""
    details = _staffed(application_id)
    member = _at(details, place)
    known = {"birth_on": member.birth_on, "gender": member.gender, "relation": member.relation}
    return _member_page(details, MemberForm(formdata=None, data=known), place)


@blueprint.post(f"{ADDRESS}/<place>")
@permit(Permission.SCREEN_APPLICATIONS, shows_form_again=True)
def correct(application_id: str, place: str) -> Page:
    """Put it right."""
    details = _staffed(application_id)
    member = _seen(details, place)
    form = MemberForm()
    if not form.validate() or form.fault_lines():
        return _member_page(details, form, place)
    try:
        households.correct_member(
            g.db,
            g.actor,
            details,
            member.id or 0,
            member=form.member(),
            reason=form.reason.data,
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _member_page(details, form, place)
    g.db.commit()
    return _to_application(application_id)


@blueprint.get(f"{ADDRESS}/<place>/moved-out")
@permit(Permission.SCREEN_APPLICATIONS)
def leaving(application_id: str, place: str) -> Page:
    """Since when somebody does not live there any more, and how that is known."""
    details = _staffed(application_id)
    return _leaving_page(details, MoveOutForm(formdata=None), place)


@blueprint.post(f"{ADDRESS}/<place>/moved-out")
@permit(Permission.SCREEN_APPLICATIONS, shows_form_again=True)
def move_out(application_id: str, place: str) -> Page:
    """Note it."""
    details = _staffed(application_id)
    member = _seen(details, place)
    form = MoveOutForm()
    if not form.validate() or form.fault_lines():
        return _leaving_page(details, form, place)
    try:
        households.move_out(
            g.db,
            g.actor,
            details,
            member.id or 0,
            left_on=form.left_on.data,
            reason=form.reason.data,
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _leaving_page(details, form, place)
    g.db.commit()
    return _to_application(application_id)


@blueprint.get("/application/household/new")
@permit(Permission.OWN_APPLICATION)
def announce() -> Page:
    """A host tells that somebody moves in."""
    return _announce_page(AnnounceForm(formdata=None))


@blueprint.post("/application/household/new")
@permit(Permission.OWN_APPLICATION, shows_form_again=True)
def send_announcement() -> Page:
    """Keep it, and tell the staff."""
    details = _own_household()
    form = AnnounceForm()
    if not form.validate() or form.fault_lines():
        return _announce_page(form)
    try:
        households.add_member(
            g.db, g.actor, details, member=form.member(), reason=form.reason.data, at=g.now
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _announce_page(form)
    g.db.commit()
    return redirect(url_for("application.status", announced="yes"), 303)


def _staffed(application_id: str) -> ApplicationDetails:
    return _household(applications.get_application(g.db, g.actor, application_id))


def _own_household() -> ApplicationDetails:
    return _household(applications.own_application(g.db, g.actor))


def _household(details: ApplicationDetails) -> ApplicationDetails:
    if details.host is None or details.host.kind is not HostKind.HOUSEHOLD:
        raise Conflict(_("Only a household has members."))
    return details


def _at(details: ApplicationDetails, place: str) -> HouseholdMember:
    """The first, second … of those who live there."""
    is_number = place.isascii() and place.isdigit() and len(place) < 3
    number = int(place) if is_number else 0
    if not 1 <= number <= len(details.members):
        abort(404)
    return details.members[number - 1]


def _seen(details: ApplicationDetails, place: str) -> HouseholdMember:
    """The person whom the page showed: the second is another once the first has moved out."""
    member = _at(details, place)
    if request.form.get("member") != str(member.id):
        raise Conflict(_("Somebody else has just changed this household. Look at it again."))
    return member


def _to_application(application_id: str) -> Response:
    return redirect(url_for("cycles.application", application_id=application_id), 303)


def _member_page(details: ApplicationDetails, form: MemberForm, place: str | None) -> Page:
    member = None if place is None else _at(details, place)
    body = render_template(
        "households/member.html",
        application=details.application,
        form=form,
        place=place,
        member=member,
        counted=0 if details.members or details.host is None else details.host.adults or 0,
    )
    return body, form.status()


def _leaving_page(details: ApplicationDetails, form: MoveOutForm, place: str) -> Page:
    member = _at(details, place)
    body = render_template(
        "households/leaving.html",
        application=details.application,
        form=form,
        place=place,
        member=member,
        person=line_of(member, details.cycle),
    )
    return body, form.status()


def _announce_page(form: AnnounceForm) -> Page:
    details = _own_household()
    body = render_template(
        "households/announce.html",
        application=details.application,
        form=form,
        people=[line_of(one, details.cycle) for one in details.members],
    )
    return body, form.status()
