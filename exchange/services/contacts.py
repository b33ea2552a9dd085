"""The contact log of a stay: who spoke with whom, added and corrected, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from exchange.domain.contact_schedule import ContactKind, ContactOutcome, Side
from exchange.domain.placement import AGREED_PLACEMENT_STATES
from exchange.domain.roles import Permission
from exchange.domain.screening import CheckKind
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.records import (
    Account,
    Application,
    ContactEntry,
    Cycle,
    Offer,
    ScreeningCheck,
)
from exchange.services import audit, offers, sight
from exchange.services.actor import Actor
from exchange.services.applications import details_of
from exchange.services.authority import require
from exchange.services.contact_clocks import Stay, forget_next_look, read_stay, stays_query
from exchange.services.impartiality import require_impartial
from exchange.services.offers import Offered
from exchange.services.time_zones import day_in
from exchange.translations import Sentence

LONGEST_NOTE = 1000
_JUDGING = (CheckKind.INTERVIEW, CheckKind.HOME_VISIT)


@dataclass(frozen=True, slots=True)
class LogLine:
    """An entry, who wrote it, and the one that corrects it."""

    entry: ContactEntry
    side: Side
    author: str
    is_corrected: bool


def get_placement(session: Session, actor: Actor, offer_id: str) -> Offered:
    """Return a placement whose contacts somebody notes, as an offer with all it joins.

    Raises
    ------
    NotFound
        For every other, and for one that is not in the caseload of a local coordinator.
    """
    row = session.exec(offers.joined().where(Offer.public_id == offer_id)).one_or_none()
    if row is None:
        raise NotFound("There is nothing at this address.")
    one = Offered(*row)
    cycle = session.get_one(Cycle, one.offer.cycle_id)
    require(actor, Permission.LOG_CONTACTS, cycle.programme_id)
    if sight.sees_all(actor, cycle.programme_id):
        return one
    if not sight.looks_after(session, actor, one.student.id):
        raise NotFound("There is nothing at this address.")
    return one


def get_person(session: Session, actor: Actor, application_id: str) -> Application:
    """Return an application about which the actor may report; every other is none.

    A local coordinator may for those of their own caseload, and for hosts with whom these are or
    once were placed.
    """
    found = session.exec(
        select(Application).where(Application.public_id == application_id)
    ).one_or_none()
    if found is None or found.erased_at is not None:
        raise NotFound("There is nothing at this address.")
    cycle = session.get_one(Cycle, found.cycle_id)
    require(actor, Permission.REPORT_INCIDENTS, cycle.programme_id)
    if sight.sees_all(actor, cycle.programme_id) or sight.looks_after(session, actor, found.id):
        return found
    placed = select(Offer.id).where(
        Offer.host_application_id == found.id,
        sight.in_caseload(actor, col(Offer.student_application_id)),
    )
    if session.exec(placed.limit(1)).first() is None:
        raise NotFound("There is nothing at this address.")
    return found


def stay_of(session: Session, one: Offered) -> Stay | None:
    """Return the stay of a placement; None where it is not live."""
    cycle = session.get_one(Cycle, one.offer.cycle_id)
    query = stays_query(cycle).where(col(Offer.id) == one.offer.id)
    row = session.connection().execute(query).one_or_none()
    return None if row is None else read_stay(row, cycle)


def log_of(session: Session, one: Offered) -> list[LogLine]:
    """Return the entries about both sides of a placement, the latest day first."""
    people = [one.student.id, one.host.id]
    rows = session.exec(
        select(ContactEntry, Account.display_name)
        .outerjoin(Account, col(ContactEntry.by_id) == col(Account.id))
        .where(col(ContactEntry.application_id).in_(people))
        .order_by(col(ContactEntry.met_on).desc(), col(ContactEntry.id).desc())
    ).all()
    corrected = {entry.corrects_id for entry, _name in rows}
    return [
        LogLine(
            entry,
            Side.STUDENT if entry.application_id == one.student.id else Side.HOST,
            name or "",
            entry.id in corrected,
        )
        for entry, name in rows
    ]


def entries_about(session: Session, application: Application) -> list[ContactEntry]:
    """Return the entries about one person, for that person, the first day first."""
    query = select(ContactEntry).where(ContactEntry.application_id == application.id)
    return list(session.exec(query.order_by(col(ContactEntry.met_on), col(ContactEntry.id))))


def note_contact(
    session: Session,
    actor: Actor,
    one: Offered,
    *,
    side: Side,
    kind: ContactKind,
    on: date,
    outcome: ContactOutcome,
    note: str | None,
    at: datetime,
    corrects: ContactEntry | None = None,
) -> ContactEntry:
    """Write down that somebody spoke with a student or a host of a live placement.

    Raises
    ------
    InvalidInput
        When the day is in the future or before the stay, or the note is too long.
    SafetyRefusal
        When the application names the actor.
    Conflict
        When the placement is not live, or somebody else corrects the same entry.
    """
    cycle = session.get_one(Cycle, one.offer.cycle_id)
    require(actor, Permission.LOG_CONTACTS, cycle.programme_id)
    for application in (one.student, one.host):
        require_impartial(session, actor, details_of(session, application))
    stay = stay_of(session, one)
    if stay is None:
        raise Conflict("This placement is not live, so nothing is noted here any more.")
    person = one.student if side is Side.STUDENT else one.host
    told = (note or "").strip() or None
    _check(on, told, first=stay.home.starts_on, today=day_in(cycle.time_zone, at))
    entry = ContactEntry(
        application_id=person.id,
        met_on=on,
        kind=kind,
        outcome=outcome,
        note=told,
        is_independent=side is Side.STUDENT or not _has_judged(session, actor, one.host.id),
        by_id=actor.account_id,
        corrects_id=corrects.id if corrects is not None else None,
        created_at=at,
    )
    _add(session, entry)
    forget_next_look(session, person.id)
    audit.record(
        session,
        actor,
        "contact:note" if corrects is None else "contact:correct",
        subject_kind="application",
        subject_id=person.public_id,
        programme_id=cycle.programme_id,
        facts={"entry": entry.public_id, "kind": kind.value, "outcome": outcome.value},
        at=at,
    )
    return entry


def get_entry(session: Session, actor: Actor, entry_id: str) -> tuple[ContactEntry, Offered]:
    """Return an entry that can be corrected, and the live placement it belongs to."""
    entry = session.exec(
        select(ContactEntry).where(ContactEntry.public_id == entry_id)
    ).one_or_none()
    if entry is None:
        raise NotFound("There is nothing at this address.")
    mine = (col(Offer.student_application_id), col(Offer.host_application_id))
    found = session.exec(
        select(Offer.public_id)
        .where((mine[0] == entry.application_id) | (mine[1] == entry.application_id))
        .order_by(col(Offer.ended_at).is_not(None), col(Offer.id).desc())
    ).all()
    for offer_id in found:
        try:
            return entry, get_placement(session, actor, offer_id)
        except NotFound:
            continue  # Of several guests of a host, perhaps only one is in the caseload.
    raise NotFound("There is nothing at this address.")


def correct(
    session: Session,
    actor: Actor,
    entry: ContactEntry,
    one: Offered,
    *,
    kind: ContactKind,
    on: date,
    outcome: ContactOutcome,
    note: str | None,
    at: datetime,
) -> ContactEntry:
    """Add an entry in the place of another, which stays and counts for nothing from now on."""
    side = Side.STUDENT if entry.application_id == one.student.id else Side.HOST
    return note_contact(
        session,
        actor,
        one,
        side=side,
        kind=kind,
        on=on,
        outcome=outcome,
        note=note,
        at=at,
        corrects=entry,
    )


def is_live(one: Offered) -> bool:
    """Say whether contacts of a placement are still noted."""
    return one.offer.ended_at is None and one.placement.state in AGREED_PLACEMENT_STATES


def _check(on: date, note: str | None, *, first: date, today: date) -> None:
    faults: dict[str, Sequence[str]] = {}
    if on > today:
        faults["on"] = [Sentence("Enter a day that is not in the future")]
    elif on < first:
        faults["on"] = [Sentence("Enter a day of the stay: it had not begun yet")]
    if note is not None and len(note) > LONGEST_NOTE:
        faults["note"] = [Sentence("Use %(most)d characters or fewer", most=LONGEST_NOTE)]
    if faults:
        raise InvalidInput("Check what was entered about the contact.", faults)


def _has_judged(session: Session, actor: Actor, host_application_id: int) -> bool:
    query = select(ScreeningCheck.id).where(
        ScreeningCheck.application_id == host_application_id,
        col(ScreeningCheck.kind).in_(_JUDGING),
        ScreeningCheck.recorded_by_id == (actor.account_id or 0),
    )
    return session.exec(query.limit(1)).first() is not None


def _add(session: Session, entry: ContactEntry) -> None:
    try:
        with session.begin_nested():
            session.add(entry)
            session.flush()
    except IntegrityError as error:
        raise Conflict("This entry was corrected already. Look at it again.") from error
