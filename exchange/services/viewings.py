"""Who has seen what is told of a person, and when: for the eyes of that person.

Staff see a person's page; the other side of an offer sees what the state of the offer allows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlmodel import Session, col, select

from exchange.domain.offer import Party
from exchange.domain.roles import Role
from exchange.records import Application, AuditEvent
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.applications import ApplicationDetails

VIEWED = "application:viewed"
DISCLOSED = "application:disclosed"
"""Seen by the other side of an offer, as far as the two may know each other."""

_RANKS = (
    Role.SAFEGUARDING_LEAD,
    Role.REVIEWER,
    Role.PROGRAMME_ADMINISTRATOR,
    Role.COORDINATOR,
    Role.ADMINISTRATOR,
    Role.LOCAL_COORDINATOR,
    Role.PARTNER,
)
"""Of several roles, the one in which somebody is taken to have looked: the first that is held."""


@dataclass(frozen=True, slots=True)
class Viewing:
    """Somebody of the staff or of the other side, by role, on one day."""

    role: str
    day: date


def is_noted(session: Session, actor: Actor, application_id: str, at: datetime) -> bool:
    """Say whether this person's look at the application is on record for this day (UTC)."""
    query = select(AuditEvent.id).where(
        AuditEvent.subject_kind == "application",
        AuditEvent.subject_id == application_id,
        AuditEvent.action == VIEWED,
        AuditEvent.actor == actor.label,
        AuditEvent.at >= datetime.combine(at.astimezone(UTC).date(), time(), UTC),
    )
    return session.exec(query.limit(1)).first() is not None


def note_viewing(session: Session, actor: Actor, details: ApplicationDetails, at: datetime) -> bool:
    """Put a look at a person's page on record, once for each day; say whether it is new."""
    application = details.application
    if actor.account_id is None:
        return False
    audit.hold(session)
    if is_noted(session, actor, application.public_id, at):
        return False
    programme_id = details.cycle.programme_id
    roles = actor.roles_in(programme_id)
    role = next((one for one in _RANKS if one in roles), Role.ADMINISTRATOR)
    audit.record(
        session,
        actor,
        VIEWED,
        subject_kind="application",
        subject_id=application.public_id,
        programme_id=programme_id,
        facts={"role": role.value},
        at=at,
    )
    return True


def is_disclosure_noted(
    session: Session, actor: Actor, seen: Application, *, rung: int, at: datetime
) -> bool:
    """Say whether this party's look at this much is on record for this day (UTC)."""
    query = select(AuditEvent.facts).where(
        AuditEvent.subject_kind == "application",
        AuditEvent.subject_id == seen.public_id,
        AuditEvent.action == DISCLOSED,
        AuditEvent.actor == actor.label,
        AuditEvent.at >= datetime.combine(at.astimezone(UTC).date(), time(), UTC),
    )
    return any(facts.get("rung") == rung for facts in session.exec(query))


def note_disclosure(
    session: Session,
    actor: Actor,
    seen: Application,
    programme_id: int,
    *,
    party: Party,
    rung: int,
    at: datetime,
) -> bool:
    """Put on record that a party of an offer saw this much of the other side, once for each day."""
    audit.hold(session)
    if is_disclosure_noted(session, actor, seen, rung=rung, at=at):
        return False
    audit.record(
        session,
        actor,
        DISCLOSED,
        subject_kind="application",
        subject_id=seen.public_id,
        programme_id=programme_id,
        facts={"role": party.value, "rung": rung},
        at=at,
    )
    return True


def viewings_of(session: Session, application_id: str) -> list[Viewing]:
    """Return who has seen an application, by role and day, the latest first; nobody by name."""
    events = session.exec(
        select(AuditEvent)
        .where(
            AuditEvent.subject_kind == "application",
            AuditEvent.subject_id == application_id,
            col(AuditEvent.action).in_((VIEWED, DISCLOSED)),
        )
        .order_by(col(AuditEvent.id).desc())
    )
    found = (Viewing(_role_in(event.facts), event.at.date()) for event in events)
    return list(dict.fromkeys(found))


def _role_in(facts: Mapping[str, object]) -> str:
    return str(facts.get("role", ""))
