"""Incidents: somebody asks for help, a safeguarding lead acknowledges it, and decides.

Everything said is an entry, added and never changed. Whoever may not look at an incident is told
as of one that does not exist. Its events stand on the audit trail under a kind of their own, with
no programme and no person, so that no list of events of either shows that there is one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from exchange.domain.incident import (
    EntryKind,
    IncidentOutcome,
    IncidentState,
    Reporter,
    help_times,
)
from exchange.domain.placement import AGREED_PLACEMENT_STATES
from exchange.domain.roles import Permission
from exchange.domain.rule_packs import RULE_PACKS
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.notices.texts import Template
from exchange.records import (
    Account,
    Application,
    Cycle,
    Guardian,
    Incident,
    IncidentEntry,
    IncidentPerson,
    Membership,
    Offer,
    Placement,
    Programme,
)
from exchange.services import audit, mails
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.incident_mails import tell_leads, tell_outside
from exchange.services.incident_people import (
    is_concerned,
    is_visible,
    led_programmes,
    other_sides,
)
from exchange.translations import ENGLISH, Sentence

LONGEST_TEXT = 4000
LEAST_REASON = 10


@dataclass(frozen=True, slots=True)
class Named:
    """Whom somebody names when they ask for help: each of them then sees nothing of it."""

    host: bool = False
    """The other side of one's placement."""
    guardian: bool = False
    accounts: Sequence[str] = ()
    """Public ids of staff."""


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry, and what its author is called; empty where it came from a participant."""

    entry: IncidentEntry
    author: str


def own_side(session: Session, actor: Actor) -> tuple[Application, Reporter]:
    """Return the application of whoever came through a link, and who they are to it."""
    if actor.guardian_id is not None:
        guardian = session.get(Guardian, actor.guardian_id)
        found = None if guardian is None else session.get(Application, guardian.application_id)
        reporter = Reporter.GUARDIAN
    else:
        found = session.get(Application, actor.application_id or 0)
        is_host = found is not None and found.host_id is not None
        reporter = Reporter.HOST if is_host else Reporter.STUDENT
    if found is None or found.erased_at is not None:
        raise NotFound("There is nothing at this address.")
    return found, reporter


def ask_for_help(
    session: Session, actor: Actor, *, text: str | None, named: Named, key: str, at: datetime
) -> Incident:
    """Tell the leads that whoever came through a link needs help; the same key asks once."""
    about, reporter = own_side(session, actor)
    return _report(session, actor, about, reporter, text=text, named=named, key=key, at=at)


def report_for(
    session: Session,
    actor: Actor,
    about: Application,
    *,
    text: str | None,
    named: Named,
    key: str,
    at: datetime,
) -> Incident:
    """Tell the leads of something on behalf of somebody.

    Raises
    ------
    InvalidInput
        When nothing is said.
    """
    cycle = session.get_one(Cycle, about.cycle_id)
    require(actor, Permission.REPORT_INCIDENTS, cycle.programme_id)
    if not (text or "").strip():
        sentence = Sentence("Say what has happened")
        raise InvalidInput(f"{sentence}.", {"text": [sentence]})
    return _report(session, actor, about, Reporter.STAFF, text=text, named=named, key=key, at=at)


def list_incidents(session: Session, actor: Actor) -> list[Incident]:
    """Return the incidents that the actor may look at, those not decided first."""
    query = select(Incident).where(col(Incident.programme_id).in_(led_programmes(actor)))
    order = (col(Incident.state) == IncidentState.DECIDED, col(Incident.decide_by))
    found = session.exec(query.order_by(*order, col(Incident.id)))
    return [one for one in found if is_visible(session, actor, one)]


def get_incident(session: Session, actor: Actor, public_id: str) -> Incident:
    """Return an incident; one that the actor may not look at is none."""
    query = select(Incident).where(Incident.public_id == public_id)
    found = session.exec(query).one_or_none()
    if found is None or not is_visible(session, actor, found):
        raise NotFound("There is nothing at this address.")
    return found


def entries_of(session: Session, incident: Incident) -> list[EntryLine]:
    """Return everything said and done about an incident, the first first."""
    rows = session.exec(
        select(IncidentEntry, Account.display_name)
        .outerjoin(Account, col(IncidentEntry.by_id) == col(Account.id))
        .where(IncidentEntry.incident_id == incident.id)
        .order_by(col(IncidentEntry.id))
    )
    return [EntryLine(entry, name or "") for entry, name in rows]


def asked_by(session: Session, about: Application, public_id: str) -> Incident | None:
    """Return the incident that somebody's own browser session remembers to have asked for."""
    query = select(Incident).where(Incident.public_id == public_id, Incident.about_id == about.id)
    return session.exec(query).one_or_none()


def live_offer(session: Session, incident: Incident) -> Offer | None:
    """Return the placement that an incident touches, where somebody lives there."""
    query = (
        select(Offer)
        .join(Placement, col(Offer.placement_id) == col(Placement.id))
        .where(
            (col(Offer.student_application_id) == incident.about_id)
            | (col(Offer.host_application_id) == incident.about_id),
            col(Offer.ended_at).is_(None),
            col(Placement.state).in_(AGREED_PLACEMENT_STATES),
        )
    )
    return session.exec(query.order_by(col(Offer.id)).limit(1)).first()


def acknowledge(session: Session, actor: Actor, incident: Incident, at: datetime) -> None:
    """Say that somebody has seen it and acts; done twice, it is done."""
    hold(session, actor, incident)
    if incident.state is not IncidentState.REPORTED:
        return
    incident.state, incident.acknowledged_at = IncidentState.ACKNOWLEDGED, at
    session.add(incident)
    _add(session, actor, incident, EntryKind.ACKNOWLEDGED, at)


def add_note(session: Session, actor: Actor, incident: Incident, text: str, at: datetime) -> None:
    """Write something down about an incident; also after it was decided."""
    hold(session, actor, incident)
    _add(session, actor, incident, EntryKind.NOTE, at, text=checked_text(text, least=1))


def name_account(
    session: Session, actor: Actor, incident: Incident, account_id: str, at: datetime
) -> None:
    """Write down that an incident concerns somebody of the staff, who then sees nothing of it.

    Nobody is ever taken off again. Where that leaves no lead, the one outside is asked.
    """
    hold(session, actor, incident)
    account = _staff(session, incident.programme_id, [account_id])
    if not account:
        sentence = Sentence("Choose somebody of the list")
        raise InvalidInput(f"{sentence}.", {"account": [sentence]})
    if is_concerned(session, account[0].id, incident):
        raise Conflict("It is known already that this concerns them.")
    _add(session, actor, incident, EntryKind.NAMED, at)
    _name(session, incident, at, accounts=[account[0].id])
    tell_leads(session, incident, Template.HELP_ASKED, at, again="named")


def decide(
    session: Session,
    actor: Actor,
    incident: Incident,
    *,
    outcome: IncidentOutcome,
    text: str | None,
    told_at: datetime | None,
    shows_contact: bool,
    at: datetime,
) -> None:
    """Decide what becomes of an incident; a later decision is added to an earlier one.

    Parameters
    ----------
    told_at : datetime or None
        When the authority was told, where the outcome is that.
    shows_contact : bool
        Whether the two sides of the placement see again how to reach each other.

    Raises
    ------
    InvalidInput
        Unless the reasons are told, and the moment where an authority was told.
    """
    hold(session, actor, incident)
    faults: dict[str, Sequence[str]] = {}
    reasons = (text or "").strip()
    if not LEAST_REASON <= len(reasons) <= LONGEST_TEXT:
        faults["text"] = [_length_sentence(LEAST_REASON)]
    if outcome is IncidentOutcome.AUTHORITY and told_at is None:
        faults["told_on"] = [Sentence("Say when the authority was told")]
    if told_at is not None and told_at > at:
        faults["told_on"] = [Sentence("Enter a moment that is not in the future")]
    if faults:
        raise InvalidInput("Check what was entered about the decision.", faults)
    if incident.acknowledged_at is None:
        acknowledge(session, actor, incident, at)
    incident.state, incident.outcome = IncidentState.DECIDED, outcome
    incident.decided_at = incident.decided_at or at
    if outcome is IncidentOutcome.AUTHORITY:
        incident.told_at = told_at
    incident.is_frozen = not shows_contact
    session.add(incident)
    _add(session, actor, incident, EntryKind.DECIDED, at, text=reasons, outcome=outcome)
    if outcome is IncidentOutcome.RELOCATION:
        _ask_for_relocation(session, incident, at)


def late(session: Session, at: datetime) -> list[Incident]:
    """Return the incidents that nobody has acknowledged, or decided, in time."""
    is_unseen = (col(Incident.state) == IncidentState.REPORTED) & (
        col(Incident.acknowledge_by) < at
    )
    query = select(Incident).where(
        col(Incident.state) != IncidentState.DECIDED, (col(Incident.decide_by) < at) | is_unseen
    )
    return list(session.exec(query.order_by(col(Incident.id))))


def watch(session: Session, at: datetime) -> int:
    """Write again where a lead is late, and to the one outside as well; return how many are."""
    found = late(session, at)
    for one in found:
        again = "decide" if one.decide_by < at else "acknowledge"
        tell_leads(session, one, Template.HELP_LATE, at, again=again)
        tell_outside(session, one, at)
    return len(found)


def staff_who_could_be_named(session: Session, programme_id: int) -> list[Account]:
    """Return the staff of a programme, by name."""
    return _staff(session, programme_id, None)


def _report(
    session: Session,
    actor: Actor,
    about: Application,
    reporter: Reporter,
    *,
    text: str | None,
    named: Named,
    key: str,
    at: datetime,
) -> Incident:
    told = (text or "").strip() or None
    if told is not None and len(told) > LONGEST_TEXT:
        sentence = Sentence("Use %(most)d characters or fewer", most=LONGEST_TEXT)
        raise InvalidInput(f"{sentence}.", {"text": [sentence]})
    own_key = f"{actor.label}:{key}"[:64]
    known = _with_key(session, own_key)
    if known is not None:
        return known
    cycle = session.get_one(Cycle, about.cycle_id)
    times = help_times(RULE_PACKS[cycle.rule_pack])
    incident = Incident(
        programme_id=cycle.programme_id,
        cycle_id=cycle.id,
        about_id=about.id,
        reporter=reporter,
        reporter_account_id=actor.account_id,
        idempotency_key=own_key,
        acknowledge_by=at + times.acknowledge,
        decide_by=at + times.decide,
        created_at=at,
    )
    try:
        with session.begin_nested():
            session.add(incident)
            session.flush()
    except IntegrityError:
        # Of two who press at once, one asks.
        found = _with_key(session, own_key)
        assert found is not None
        return found
    _add(session, actor, incident, EntryKind.REPORTED, at, text=told)
    if named.guardian:
        _add(session, actor, incident, EntryKind.GUARDIAN_NAMED, at)
    staff = _staff(session, cycle.programme_id, list(named.accounts)) if named.accounts else []
    _name(
        session,
        incident,
        at,
        accounts=[one.id for one in staff],
        applications=other_sides(session, about.id) if named.host else (),
    )
    tell_leads(session, incident, Template.HELP_ASKED, at)
    return incident


def hold(session: Session, actor: Actor, incident: Incident) -> None:
    """Have others who would change an incident wait, and see it as it is now."""
    session.refresh(incident, with_for_update=True)
    if not is_visible(session, actor, incident):
        raise NotFound("There is nothing at this address.")


def _with_key(session: Session, key: str) -> Incident | None:
    return session.exec(select(Incident).where(Incident.idempotency_key == key)).one_or_none()


def _staff(session: Session, programme_id: int, ids: list[str] | None) -> list[Account]:
    query = (
        select(Account)
        .where(
            col(Account.id).in_(
                select(Membership.account_id).where(Membership.programme_id == programme_id)
            ),
            col(Account.disabled_at).is_(None),
        )
        .order_by(col(Account.display_name), col(Account.id))
    )
    if ids is not None:
        query = query.where(col(Account.public_id).in_(ids))
    return list(session.exec(query))


def _name(
    session: Session,
    incident: Incident,
    at: datetime,
    *,
    accounts: Iterable[int] = (),
    applications: Iterable[int] = (),
) -> None:
    session.add_all(
        IncidentPerson(incident_id=incident.id, account_id=one, created_at=at) for one in accounts
    )
    session.add_all(
        IncidentPerson(incident_id=incident.id, application_id=one, created_at=at)
        for one in applications
    )
    session.flush()


def _add(
    session: Session,
    actor: Actor,
    incident: Incident,
    kind: EntryKind,
    at: datetime,
    **said: Any,
) -> None:
    session.add(
        IncidentEntry(
            incident_id=incident.id, kind=kind, by_id=actor.account_id, created_at=at, **said
        )
    )
    session.flush()
    note_event(session, actor, incident, kind, at)


def note_event(
    session: Session, actor: Actor, incident: Incident, kind: EntryKind, at: datetime
) -> None:
    """Put an event of an incident on the trail; of a participant not even by which link."""
    audit.record(
        session,
        actor if actor.account_id is not None else _PARTICIPANT,
        f"incident:{kind.value}",
        subject_kind="incident",
        subject_id=incident.public_id,
        at=at,
    )


_PARTICIPANT = Actor(name="participant")


def checked_text(text: str, *, least: int) -> str:
    """Return a text without spaces around it, or refuse it."""
    told = text.strip()
    if not least <= len(told) <= LONGEST_TEXT:
        sentence = _length_sentence(least)
        raise InvalidInput(f"{sentence}.", {"text": [sentence]})
    return told


def _length_sentence(least: int) -> Sentence:
    return Sentence("Say it in %(low)d to %(high)d characters", low=least, high=LONGEST_TEXT)


def _ask_for_relocation(session: Session, incident: Incident, at: datetime) -> None:
    """Have the office find another home; it is told of whom, and nothing of why."""
    cycle = session.get_one(Cycle, incident.cycle_id)
    programme = session.get_one(Programme, incident.programme_id)
    mails.queue_mail(
        session,
        key=f"relocation_asked:{incident.public_id}",
        recipient=programme.contact_email,
        template=Template.RELOCATION_ASKED,
        language=ENGLISH,
        context={"token": f"{cycle.public_id}/contacts"},
        at=at,
    )
