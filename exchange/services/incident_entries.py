"""Entries of incidents: added and never changed, each with an event of a kind of its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from exchange.domain.incident import EntryKind
from exchange.errors import InvalidInput
from exchange.records import Account, Incident, IncidentEntry, IncidentPerson
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.translations import Sentence

LONGEST_TEXT = 4000
LEAST_REASON = 10
_PARTICIPANT = Actor(name="participant")


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry, and what its author is called; empty where it came from a participant."""

    entry: IncidentEntry
    author: str


def entries_of(session: Session, incident: Incident) -> list[EntryLine]:
    """Return everything said and done about an incident, the first first."""
    rows = session.exec(
        select(IncidentEntry, Account.display_name)
        .outerjoin(Account, col(IncidentEntry.by_id) == col(Account.id))
        .where(IncidentEntry.incident_id == incident.id)
        .order_by(col(IncidentEntry.id))
    )
    return [EntryLine(entry, name or "") for entry, name in rows]


def add_entry(
    session: Session,
    actor: Actor,
    incident: Incident,
    kind: EntryKind,
    at: datetime,
    **said: Any,
) -> None:
    """Add an entry, and its event to the trail."""
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


def name_people(
    session: Session,
    incident: Incident,
    at: datetime,
    *,
    accounts: Iterable[int] = (),
    applications: Iterable[int] = (),
) -> None:
    """Name people; whoever is named sees nothing of the incident from then on."""
    session.add_all(
        IncidentPerson(incident_id=incident.id, account_id=one, created_at=at) for one in accounts
    )
    session.add_all(
        IncidentPerson(incident_id=incident.id, application_id=one, created_at=at)
        for one in applications
    )
    session.flush()


def checked_text(text: str, *, least: int) -> str:
    """Return a text without spaces around it, or refuse it."""
    told = text.strip()
    if not least <= len(told) <= LONGEST_TEXT:
        sentence = length_sentence(least)
        raise InvalidInput(f"{sentence}.", {"text": [sentence]})
    return told


def length_sentence(least: int) -> Sentence:
    """Say how long a text may be."""
    return Sentence("Say it in %(low)d to %(high)d characters", low=least, high=LONGEST_TEXT)
