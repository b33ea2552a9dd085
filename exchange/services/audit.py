"""The audit trail: written in the transaction of the change it tells of, chained by hash."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from exchange.records import AuditEvent
from exchange.services.actor import Actor

FIRST_HASH = "0" * 64
_CHAIN_LOCK = 7_340_221
"""Key of PostgreSQL's advisory lock: writers of the trail wait for each other until they commit.
SQLite's writers do so anyway."""

_HOLD = sa.select(sa.func.pg_advisory_xact_lock(_CHAIN_LOCK))
_NEWEST = select(AuditEvent.hash).order_by(col(AuditEvent.id).desc()).limit(1)
_INSERT = sa.insert(SQLModel.metadata.tables[AuditEvent.__tablename__])


def hold(session: Session) -> None:
    """Have other writers of the trail wait until this transaction ends; harmless when held."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(_HOLD)


def record(
    session: Session,
    actor: Actor,
    action: str,
    *,
    subject_kind: str,
    subject_id: str,
    at: datetime,
    programme_id: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Add one event to the trail; ids and codes only.

    Parameters
    ----------
    action : str
        `noun:verb`, such as `run:publish`.
    facts : mapping
        JSON-ready; never a name, an address or free text.
    """
    record_each(
        session,
        actor,
        action,
        subject_kind=subject_kind,
        subject_ids=[subject_id],
        programme_id=programme_id,
        facts=facts,
        at=at,
    )


def record_each(
    session: Session,
    actor: Actor,
    action: str,
    *,
    subject_kind: str,
    subject_ids: Sequence[str],
    at: datetime,
    programme_id: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Add one event for each of many things to which the same was done, such as a file's rows."""
    if subject_ids:
        told = _chained(
            session,
            actor,
            action,
            subject_kind=subject_kind,
            subject_ids=subject_ids,
            programme_id=programme_id,
            facts=facts or {},
            at=at,
        )
        # Past the ORM, which would make an object and send a statement for each.
        session.connection().execute(_INSERT, told)


def _chained(
    session: Session,
    actor: Actor,
    action: str,
    *,
    subject_kind: str,
    subject_ids: Sequence[str],
    programme_id: int | None,
    facts: Mapping[str, Any],
    at: datetime,
) -> list[dict[str, Any]]:
    """Return the columns of events that follow the newest one, each with its hash."""
    hold(session)
    previous = session.exec(_NEWEST).first() or FIRST_HASH
    # As it will be read back: JSON knows no tuple and no number as a key.
    plain = json.loads(json.dumps(dict(facts), allow_nan=False))
    events: list[dict[str, Any]] = []
    for subject_id in subject_ids:
        event = {
            "created_at": at,
            "at": at,
            "actor": actor.label,
            "programme_id": programme_id,
            "action": action,
            "subject_kind": subject_kind,
            "subject_id": subject_id,
            "facts": plain,
            "previous_hash": previous,
        }
        event["hash"] = previous = _hash(event)
        events.append(event)
    return events


def first_broken_event(session: Session) -> int | None:
    """Walk the chain; return the row id of the first event that does not fit, or None."""
    previous = FIRST_HASH
    for event in session.exec(select(AuditEvent).order_by(col(AuditEvent.id))):
        is_linked = event.previous_hash == previous and event.hash == _hash(event.model_dump())
        if not is_linked or event.created_at != event.at:
            return event.id
        previous = event.hash
    return None


def _hash(event: Mapping[str, Any]) -> str:
    told = [
        event["previous_hash"],
        event["at"].astimezone(UTC).isoformat(),
        event["actor"],
        event["programme_id"],
        event["action"],
        event["subject_kind"],
        event["subject_id"],
        event["facts"],
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
