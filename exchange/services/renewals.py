"""Signing up again: the answers of an earlier cycle of the same programme, looked at anew.

Answers are filled in, and each part has to be looked at. What the person consents to is asked anew,
and staff judge everything anew. Only checks that still hold go along, with their dates and those
who made them; so does a check that failed, which nobody sheds by signing up again.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select, update

from exchange.domain.cycle import is_open
from exchange.domain.screening import CheckKind, CheckOutcome
from exchange.errors import Conflict, NotFound
from exchange.records import (
    Application,
    Cycle,
    Draft,
    Host,
    HouseholdMember,
    Renewal,
    ScreeningCheck,
)
from exchange.services import audit, drafts
from exchange.services.actor import Actor
from exchange.services.applications import ApplicationDetails, details_of, own_application
from exchange.services.time_zones import day_in

_OF_THE_HOME = frozenset(
    {CheckKind.INTERVIEW, CheckKind.HOME_VISIT, CheckKind.PHOTOS, CheckKind.MEANS}
)
_PLACE = ("kind", "address", "city", "nation")
_BUILT_ON = {
    CheckKind.REFERENCE_1: ("reference_1_name", "reference_1_email"),
    CheckKind.REFERENCE_2: ("reference_2_name", "reference_2_email"),
    CheckKind.INSURANCE: ("insurer",),
    CheckKind.RESPONSIBLE_PERSON: ("responsible_name", "responsible_email"),
}
"""What of a host has to be the same as last year for a check to hold."""


def open_again(session: Session, actor: Actor, at: datetime) -> list[Cycle]:
    """Return the later cycles of the programme that take sign-ups now, for one's own page."""
    details = own_application(session, actor)
    if details.application.erased_at is not None:
        return []
    query = (
        select(Cycle)
        .where(
            Cycle.programme_id == details.cycle.programme_id,
            Cycle.stay_from_on > details.cycle.stay_from_on,
            Cycle.opens_at <= at,
            Cycle.closes_at > at,
        )
        .order_by(col(Cycle.stay_from_on), col(Cycle.id))
    )
    return [one for one in session.exec(query) if not _was_sent(session, details.application, one)]


def answers_of(session: Session, application: Application) -> Mapping[str, Any]:
    """Return what was typed for an application; nothing where it came in a file."""
    found = session.exec(
        select(Draft).where(Draft.submitted_application_id == application.id).limit(1)
    ).first()
    return {} if found is None else found.data


def begin(
    session: Session,
    actor: Actor,
    cycle_id: str,
    *,
    data: Mapping[str, Any],
    web_session_id: int,
    at: datetime,
) -> tuple[Draft, Cycle]:
    """Begin a draft for a later cycle in this browser, or go on with the one that was begun.

    Parameters
    ----------
    data : mapping
        The answers to begin with, by step.

    Raises
    ------
    NotFound
        When the programme has no such cycle that takes sign-ups now.
    Conflict
        When this person has signed up again already.
    """
    details = own_application(session, actor)
    cycle = session.exec(select(Cycle).where(Cycle.public_id == cycle_id)).one_or_none()
    if (
        cycle is None
        or cycle.programme_id != details.cycle.programme_id
        or cycle.stay_from_on <= details.cycle.stay_from_on
        or not is_open(cycle.opens_at, cycle.closes_at, at)
    ):
        raise NotFound("There is nothing at this address.")
    if _was_sent(session, details.application, cycle):
        raise Conflict("You have signed up again already. Ask for the link to that application.")
    begun = _draft_again(session, details.application, cycle)
    if begun is not None:
        session.connection().execute(
            update(Draft)
            .where(col(Draft.id) == begun.id, col(Draft.submitted_application_id).is_(None))
            .values(web_session_id=web_session_id, updated_at=at)
        )
        session.refresh(begun)
        return begun, cycle
    draft = drafts.start_draft(
        session,
        cycle_id=cycle.id,
        kind=details.application.kind,
        web_session_id=web_session_id,
        language=details.application.language,
        data=data,
        at=at,
    )
    session.add(Renewal(draft_id=draft.id, previous_id=details.application.id, created_at=at))
    session.flush()
    audit.record(
        session,
        actor,
        "application:begin_again",
        subject_kind="application",
        subject_id=details.application.public_id,
        programme_id=cycle.programme_id,
        facts={"cycle": cycle.public_id},
        at=at,
    )
    return draft, cycle


def previous_of(session: Session, application: Application) -> Application | None:
    """Return the application of an earlier cycle that an application was filled in from."""
    return session.exec(
        select(Application)
        .join(Renewal, col(Renewal.previous_id) == col(Application.id))
        .join(Draft, col(Draft.id) == col(Renewal.draft_id))
        .where(Draft.submitted_application_id == application.id)
    ).first()


def carry_over(
    session: Session, actor: Actor, draft: Draft, application: Application, at: datetime
) -> list[ScreeningCheck]:
    """Take checks along that still hold for a host who has signed up again; none for others."""
    previous_id = session.exec(
        select(Renewal.previous_id).where(Renewal.draft_id == draft.id)
    ).one_or_none()
    if previous_id is None or application.host_id is None:
        return []
    old = details_of(session, session.get_one(Application, previous_id))
    new = details_of(session, application)
    if old.application.erased_at is not None or old.host is None or new.host is None:
        return []
    today = day_in(new.cycle.time_zone, at)
    rows = session.exec(
        select(ScreeningCheck)
        .where(ScreeningCheck.application_id == previous_id)
        .order_by(col(ScreeningCheck.done_on), col(ScreeningCheck.id))
    )
    carried = [
        copy
        for check in _last_of_each(rows.all())
        if (copy := _carried(check, old, new, today, at)) is not None
    ]
    session.add_all(carried)
    session.flush()
    if carried:
        audit.record(
            session,
            actor,
            "check:carry",
            subject_kind="application",
            subject_id=application.public_id,
            programme_id=new.cycle.programme_id,
            facts={
                "from": old.application.public_id,
                "checks": [[one.id, one.kind.value] for one in carried],
            },
            at=at,
        )
    return carried


def _last_of_each(checks: Sequence[ScreeningCheck]) -> list[ScreeningCheck]:
    """Of several checks of a kind and a person the last that ended counts."""
    last: dict[tuple[CheckKind, int | None, int | None], ScreeningCheck] = {}
    for one in checks:
        if one.outcome is not CheckOutcome.PENDING:
            last[one.kind, one.member_id, one.member_number] = one
    return list(last.values())


def _carried(
    check: ScreeningCheck,
    old: ApplicationDetails,
    new: ApplicationDetails,
    today: date,
    at: datetime,
) -> ScreeningCheck | None:
    """Return a check as it stands with the new application, or None where it does not hold."""
    has_failed = check.outcome is CheckOutcome.FAIL
    if not has_failed and check.expires_on is not None and check.expires_on < today:
        return None
    member_id = None
    if check.kind is CheckKind.BACKGROUND:
        # Without a list of who lives there, nobody can say that adult number 2 is the same.
        member_id = _same_person(check, old.members, new.members)
        if member_id is None:
            return None
    elif not has_failed and not _holds(check.kind, old, new):
        return None
    if (old.host and old.host.kind) is not (new.host and new.host.kind):
        return None
    return ScreeningCheck(
        application_id=new.application.id,
        kind=check.kind,
        member_id=member_id,
        outcome=check.outcome,
        issuer=check.issuer,
        reference=check.reference,
        done_on=check.done_on,
        expires_on=check.expires_on,
        recorded_by_id=check.recorded_by_id,
        created_at=at,
    )


def _holds(kind: CheckKind, old: ApplicationDetails, new: ApplicationDetails) -> bool:
    """Say whether what a check looked at is still what it was."""
    assert old.host is not None
    assert new.host is not None
    if kind in _OF_THE_HOME:
        same_people = _living(old) == _living(new)
        same_adults = old.host.adults == new.host.adults
        return same_people and same_adults and _are_same(old.host, new.host, _PLACE)
    return _are_same(old.host, new.host, _BUILT_ON.get(kind, ()))


def _living(details: ApplicationDetails) -> list[tuple[str, str, str]]:
    return sorted(_named(one) for one in details.members if one.left_on is None)


def _are_same(old: Host, new: Host, names: Sequence[str]) -> bool:
    """Say whether the answers are given, and the same."""
    return all(
        getattr(old, name) is not None and getattr(old, name) == getattr(new, name)
        for name in names
    )


def _same_person(
    check: ScreeningCheck, old: Sequence[HouseholdMember], new: Sequence[HouseholdMember]
) -> int | None:
    """Return the row id of who was checked, if exactly one person of each list is described so."""
    checked = next((one for one in old if one.id == check.member_id), None)
    if checked is None or checked.left_on is not None:
        return None
    twins = [one for one in old if _named(one) == _named(checked)]
    found = [one for one in new if _named(one) == _named(checked)]
    return found[0].id if len(twins) == len(found) == 1 else None


def _named(member: HouseholdMember) -> tuple[str, str, str]:
    gender = member.gender.value if member.gender else ""
    return member.birth_on.isoformat(), gender, (member.relation or "").strip().casefold()


def _draft_again(session: Session, application: Application, cycle: Cycle) -> Draft | None:
    return session.exec(
        select(Draft)
        .join(Renewal, col(Renewal.draft_id) == col(Draft.id))
        .where(
            Renewal.previous_id == application.id,
            Draft.cycle_id == cycle.id,
            col(Draft.submitted_application_id).is_(None),
        )
    ).first()


def _was_sent(session: Session, application: Application, cycle: Cycle) -> bool:
    found = session.exec(
        select(Draft.id)
        .join(Renewal, col(Renewal.draft_id) == col(Draft.id))
        .where(
            Renewal.previous_id == application.id,
            Draft.cycle_id == cycle.id,
            col(Draft.submitted_application_id).is_not(None),
        )
    ).first()
    return found is not None
