"""A wish to be erased waits while an incident that touches the person is open.

The person is told that it was noted, in the same words whoever they are, and never why it waits.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from exchange.domain.incident import EntryKind
from exchange.notices.texts import Template
from exchange.records import Application, Incident, IncidentEntry
from exchange.services.actor import Actor
from exchange.services.incident_entries import note_event
from exchange.services.incident_mails import tell_leads
from exchange.services.incident_people import open_about

_OF_ERASURE = (EntryKind.ERASURE_ASKED, EntryKind.ERASURE_REFUSED, EntryKind.ERASURE_ALLOWED)


def waits(session: Session, application: Application) -> bool:
    """Say whether an erasure has to wait for a lead."""
    return any(
        _last(session, one, application.id) is not EntryKind.ERASURE_ALLOWED
        for one in open_about(session, application.id)
    )


def note_wish(session: Session, actor: Actor, application: Application, at: datetime) -> None:
    """Put the wish before the leads of every incident that touches the person; once each."""
    for one in open_about(session, application.id):
        last = _last(session, one, application.id)
        if last in (EntryKind.ERASURE_ASKED, EntryKind.ERASURE_ALLOWED):
            continue
        session.add(
            IncidentEntry(
                incident_id=one.id,
                kind=EntryKind.ERASURE_ASKED,
                application_id=application.id,
                created_at=at,
            )
        )
        session.flush()
        note_event(session, actor, one, EntryKind.ERASURE_ASKED, at)
        tell_leads(session, one, Template.ERASURE_WAITS, at, again=at.isoformat())


def wishes(session: Session, incident: Incident) -> list[Application]:
    """Return whose wish to be erased waits for the decision of a lead of this incident."""
    query = select(IncidentEntry).where(
        IncidentEntry.incident_id == incident.id, col(IncidentEntry.kind).in_(_OF_ERASURE)
    )
    last: dict[int, EntryKind] = {}
    for one in session.exec(query.order_by(col(IncidentEntry.id))):
        last[one.application_id or 0] = one.kind
    waiting = [one for one, kind in last.items() if kind is EntryKind.ERASURE_ASKED]
    found = select(Application).where(
        col(Application.id).in_(waiting), col(Application.erased_at).is_(None)
    )
    return list(session.exec(found.order_by(col(Application.id))))


def _last(session: Session, incident: Incident, application_id: int) -> EntryKind | None:
    query = select(IncidentEntry.kind).where(
        IncidentEntry.incident_id == incident.id,
        IncidentEntry.application_id == application_id,
        col(IncidentEntry.kind).in_(_OF_ERASURE),
    )
    found = session.exec(query.order_by(col(IncidentEntry.id).desc()).limit(1)).first()
    return None if found is None else EntryKind(found)
