"""A lead decides what becomes of a wish to be erased that an incident keeps waiting."""

from datetime import datetime

from sqlmodel import Session

from exchange.domain.incident import EntryKind
from exchange.errors import Conflict
from exchange.records import Application, Incident, IncidentEntry
from exchange.services import erasure, incident_waits
from exchange.services.actor import Actor
from exchange.services.incident_entries import LEAST_REASON, checked_text, note_event
from exchange.services.incidents import hold


def decide_erasure(
    session: Session,
    actor: Actor,
    incident: Incident,
    application: Application,
    *,
    allows: bool,
    text: str,
    at: datetime,
) -> bool:
    """Allow that a person is erased, or say why not yet; return whether they are erased now.

    Where another incident keeps them too, its leads decide as well. The incident itself stays:
    what is in it is needed to answer for what was done, and no longer leads to anybody.

    Raises
    ------
    InvalidInput
        Unless the reason is told.
    Conflict
        When nobody wishes it, or it was decided.
    """
    hold(session, actor, incident)
    reason = checked_text(text, least=LEAST_REASON)
    if application.id not in [one.id for one in incident_waits.wishes(session, incident)]:
        raise Conflict("Nobody waits for this decision any more.")
    kind = EntryKind.ERASURE_ALLOWED if allows else EntryKind.ERASURE_REFUSED
    session.add(
        IncidentEntry(
            incident_id=incident.id,
            kind=kind,
            text=reason,
            application_id=application.id,
            by_id=actor.account_id,
            created_at=at,
        )
    )
    session.flush()
    note_event(session, actor, incident, kind, at)
    if not allows or incident_waits.waits(session, application):
        return False
    erasure.erase_for(session, actor, application, at)
    return True
