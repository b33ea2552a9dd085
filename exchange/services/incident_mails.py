"""Who hears that somebody asked for help: leads it does not name; else somebody outside.

A mail says that something waits, and nothing of what or of whom. None of them belongs to an
application, so none is among what is kept about a person or shown to them.
"""

from datetime import datetime

from sqlmodel import Session

from exchange.notices.texts import Template
from exchange.records import Incident, Programme
from exchange.services import mails
from exchange.services.contact_reminders import reader_of
from exchange.services.incident_people import eligible_leads
from exchange.translations import ENGLISH


def tell_leads(
    session: Session, incident: Incident, template: Template, at: datetime, *, again: str = ""
) -> None:
    """Write to every lead who may look at an incident; where there is none, to the one outside."""
    leads = eligible_leads(session, incident)
    for one in leads:
        reader = reader_of(one)
        mails.queue_mail(
            session,
            key=f"{template.value}:{incident.public_id}:{again}:{reader.label}",
            recipient=reader.email,
            template=template,
            language=reader.language,
            context={"token": incident.public_id},
            at=at,
        )
    if not leads:
        tell_outside(session, incident, at)


def tell_outside(session: Session, incident: Incident, at: datetime) -> bool:
    """Write to the person outside the programme, once for each incident; say whether there is one.

    They have no account and read nothing of it: they make sure that somebody who may does.
    """
    programme = session.get_one(Programme, incident.programme_id)
    if programme.outside_email is None:
        return False
    mails.queue_mail(
        session,
        key=f"help_outside:{incident.public_id}",
        recipient=programme.outside_email,
        template=Template.HELP_OUTSIDE,
        language=ENGLISH,
        context={"token": incident.public_id, "reference": reference_of(incident)},
        at=at,
    )
    return True


def reference_of(incident: Incident) -> str:
    """Return the signs by which people speak of an incident."""
    return incident.public_id[:8].upper()
