"""Who lives in a household: as the host named them, and as it changed since.

Whoever was named, added or corrected stays a row for as long as the application does; somebody
who has moved out is asked for nothing any more. Each change keeps its reason, and has the
household section read anew. What becomes due, `clearance` finds by itself.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationState
from exchange.domain.roles import Permission
from exchange.domain.screening import Section
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.intake.profiles import HostProfile, MemberProfile
from exchange.intake.text import clean_text
from exchange.notices.texts import Template
from exchange.records import (
    Host,
    HostKind,
    HouseholdChange,
    HouseholdEvent,
    HouseholdMember,
    Programme,
)
from exchange.services import audit, mails, sections
from exchange.services.actor import Actor
from exchange.services.applications import ApplicationDetails
from exchange.services.authority import require
from exchange.services.impartiality import require_impartial
from exchange.services.locks import hold_cycle
from exchange.services.time_zones import day_in
from exchange.translations import ENGLISH, Sentence

MAX_REASON = 1000
MOST_MEMBERS = 20
"""As many as a profile has."""
_ENDED = (ApplicationState.DECLINED, ApplicationState.WITHDRAWN)


def named_members(members: Sequence[HouseholdMember]) -> tuple[MemberProfile, ...]:
    """Return the people whom the host named in the application, as the host named them."""
    return tuple(_as_named(one) for one in members if one.added_at is None)


def _as_named(member: HouseholdMember) -> MemberProfile:
    if member.as_named is not None:
        return MemberProfile.model_validate(member.as_named)
    return MemberProfile(birth_on=member.birth_on, gender=member.gender, relation=member.relation)


def everybody_of(session: Session, host_id: int) -> list[HouseholdMember]:
    """Return who lives in a household, and who did, in the order in which they were named."""
    query = select(HouseholdMember).where(HouseholdMember.host_id == host_id)
    return list(session.exec(query.order_by(col(HouseholdMember.id))))


def changes_of(session: Session, host_id: int) -> list[tuple[HouseholdChange, HouseholdMember]]:
    """Return what has changed in a household, the first first."""
    query = (
        select(HouseholdChange, HouseholdMember)
        .join(HouseholdMember, col(HouseholdMember.id) == col(HouseholdChange.member_id))
        .where(HouseholdMember.host_id == host_id)
        .order_by(col(HouseholdChange.id))
    )
    return list(session.exec(query))


def named_anew(
    known: Sequence[HouseholdMember], profile: HostProfile
) -> tuple[list[HouseholdMember], list[MemberProfile]]:
    """Return who is named no more, and who was not named before.

    Whoever is named as before keeps their checks, and what staff have corrected. The others go,
    and their checks with them: who was checked is not known any more. People who were added
    since stay, because the host's form does not speak of them.
    """
    left = [one for one in known if one.added_at is None]
    come = []
    for named in profile.members:
        same = next((one for one in left if _as_named(one) == named), None)
        if same is not None:
            left.remove(same)
        else:
            come.append(named)
    return left, come


def list_anew(session: Session, host: Host, profile: HostProfile) -> bool:
    """Store whom the host names now; say whether that is anybody else than before."""
    left, come = named_anew(everybody_of(session, host.id or 0), profile)
    session.add_all(HouseholdMember(host_id=host.id, **named.model_dump()) for named in come)
    for gone in left:
        session.delete(gone)
    session.flush()
    return bool(come or left)


def add_member(
    session: Session,
    actor: Actor,
    details: ApplicationDetails,
    *,
    member: MemberProfile,
    reason: str,
    at: datetime,
) -> HouseholdMember:
    """Add somebody to a household: by staff, or announced by the host during the cycle.

    Raises
    ------
    Conflict
        When the application is no household's, has ended, or lists too many people.
    SafetyRefusal
        When somebody of the staff would change a household that names them.
    InvalidInput
        When no reason is given.
    """
    reason = _hold(session, actor, details, reason)
    host = details.host
    assert host is not None
    if len(everybody_of(session, host.id or 0)) >= MOST_MEMBERS:
        raise Conflict("No more people can be listed in this household.")
    _require_born(details, member.birth_on, at)
    row = HouseholdMember(host_id=host.id, added_at=at, created_at=at, **member.model_dump())
    session.add(row)
    session.flush()
    is_host = actor.application_id == details.application.id
    what = HouseholdEvent.ANNOUNCED if is_host else HouseholdEvent.ADDED
    _note(session, actor, details, row, what=what, reason=reason, at=at)
    details.members.append(row)
    if is_host:
        _tell_staff(session, details, row, at)
    return row


def correct_member(
    session: Session,
    actor: Actor,
    details: ApplicationDetails,
    member_id: int,
    *,
    member: MemberProfile,
    reason: str,
    at: datetime,
) -> None:
    """Put right what is known of somebody of a household; their checks stay theirs."""
    _require_staff(actor, details)
    reason = _hold(session, actor, details, reason)
    row = member_of(details, member_id)
    _require_born(details, member.birth_on, at)
    if (row.birth_on, row.gender, row.relation) == (
        member.birth_on,
        member.gender,
        member.relation,
    ):
        return
    if row.added_at is None and row.as_named is None:
        row.as_named = _as_named(row).model_dump(mode="json")
    row.birth_on, row.gender, row.relation = member.birth_on, member.gender, member.relation
    session.flush()
    _note(session, actor, details, row, what=HouseholdEvent.CORRECTED, reason=reason, at=at)


def move_out(
    session: Session,
    actor: Actor,
    details: ApplicationDetails,
    member_id: int,
    *,
    left_on: date,
    reason: str,
    at: datetime,
) -> None:
    """Note that somebody does not live in a household any more; done twice, it is done.

    Raises
    ------
    InvalidInput
        When the day lies ahead: until then the person lives there, and is checked.
    """
    _require_staff(actor, details)
    reason = _hold(session, actor, details, reason)
    row = member_of(details, member_id)
    if left_on > day_in(details.cycle.time_zone, at):
        sentence = Sentence("Enter a day that is not in the future")
        raise InvalidInput(f"{sentence}.", {"left_on": [sentence]})
    row.left_on = left_on
    session.flush()
    _note(session, actor, details, row, what=HouseholdEvent.MOVED_OUT, reason=reason, at=at)
    details.members.remove(row)


def member_of(details: ApplicationDetails, member_id: int) -> HouseholdMember:
    """Return somebody who lives in the household; NotFound for anybody else."""
    for one in details.members:
        if one.id == member_id:
            return one
    raise NotFound("There is nothing at this address.")


def _require_staff(actor: Actor, details: ApplicationDetails) -> None:
    # A host announces who moves in; that nobody has to be checked any more, staff say.
    require(actor, Permission.SCREEN_APPLICATIONS, details.cycle.programme_id)


def _hold(session: Session, actor: Actor, details: ApplicationDetails, reason: str) -> str:
    hold_cycle(session, details.application.cycle_id)
    if actor.application_id != details.application.id:
        require(actor, Permission.SCREEN_APPLICATIONS, details.cycle.programme_id)
        require_impartial(session, actor, details)
    if details.host is None or details.host.kind is not HostKind.HOUSEHOLD:
        raise Conflict("Only a household has members.")
    session.refresh(details.application)
    if details.application.state in _ENDED or details.application.erased_at is not None:
        raise Conflict("This application has ended. Its household is not changed any more.")
    return _checked_reason(reason)


def _checked_reason(reason: str) -> str:
    sentence = Sentence("Say why, in a few words")
    try:
        reason = clean_text(reason, MAX_REASON, lines=True)
    except ValueError as error:
        faults = {"reason": [str(error)]}
        raise InvalidInput("The reason cannot be kept as it is.", faults) from error
    if not reason:
        raise InvalidInput(f"{sentence}.", {"reason": [sentence]})
    return reason


def _require_born(details: ApplicationDetails, birth_on: date, at: datetime) -> None:
    if birth_on > day_in(details.cycle.time_zone, at):
        sentence = Sentence("Enter a day that is not in the future")
        raise InvalidInput(f"{sentence}.", {"birth_on": [sentence]})


def _note(
    session: Session,
    actor: Actor,
    details: ApplicationDetails,
    member: HouseholdMember,
    *,
    what: HouseholdEvent,
    reason: str,
    at: datetime,
) -> None:
    session.add(
        HouseholdChange(
            member_id=member.id,
            what=what,
            reason=reason,
            changed_by_id=actor.account_id,
            created_at=at,
        )
    )
    # Who approved the household, once or twice, did not know of this.
    sections.open_again(session, details.application.id, {Section.HOUSEHOLD})
    audit.record(
        session,
        actor,
        f"household:{what.value}",
        subject_kind="application",
        subject_id=details.application.public_id,
        programme_id=details.cycle.programme_id,
        facts={"member": member.id},
        at=at,
    )


def _tell_staff(
    session: Session, details: ApplicationDetails, member: HouseholdMember, at: datetime
) -> None:
    programme = session.get_one(Programme, details.cycle.programme_id)
    mails.queue_mail(
        session,
        key=f"household:{details.application.public_id}:{member.id}",
        recipient=programme.contact_email,
        template=Template.HOUSEHOLD_CHANGED,
        language=ENGLISH,
        context={
            "reference": details.application.reference,
            "token": details.application.public_id,
        },
        at=at,
        application_id=details.application.id,
    )
