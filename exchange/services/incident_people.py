"""Whom an incident concerns, and which safeguarding leads may therefore look at it.

A lead sees an incident unless it names them, or names or is about an application that does: as
the host, as a guardian, as somebody who vouches. Nobody else sees any, whatever their roles; an
administrator of the installation does not even where they are a lead as well.
"""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlmodel import Session, col, or_, select

from exchange.domain.incident import IncidentState
from exchange.domain.roles import Role
from exchange.records import Account, Application, Incident, IncidentPerson, Offer
from exchange.services.actor import Actor
from exchange.services.applications import details_of
from exchange.services.contact_reminders import leads_of
from exchange.services.impartiality import is_own


def led_programmes(actor: Actor) -> list[int]:
    """Return the programmes in which the actor is a safeguarding lead."""
    if actor.account_id is None or actor.is_administrator:
        return []
    return [one for one, roles in actor.roles.items() if Role.SAFEGUARDING_LEAD in roles]


def is_visible(session: Session, actor: Actor, incident: Incident) -> bool:
    """Say whether the actor may look at an incident."""
    if actor.account_id is None or incident.programme_id not in led_programmes(actor):
        return False
    return not is_concerned(session, actor.account_id, incident)


def is_concerned(session: Session, account_id: int, incident: Incident) -> bool:
    """Say whether an incident names an account, or an application that names it."""
    query = select(IncidentPerson.id).where(
        IncidentPerson.incident_id == incident.id, IncidentPerson.account_id == account_id
    )
    if session.exec(query.limit(1)).first() is not None:
        return True
    person = Actor(account_id=account_id)
    return any(
        is_own(session, person, details_of(session, application))
        for application in applications_in(session, incident)
    )


def eligible_leads(session: Session, incident: Incident) -> list[Account]:
    """Return the leads who may look at an incident."""
    return [
        one
        for one in leads_of(session, incident.programme_id)
        if not is_concerned(session, one.id, incident)
    ]


def applications_in(session: Session, incident: Incident) -> list[Application]:
    """Return the applications that an incident is about or names, and those on the other side."""
    named = select(IncidentPerson.application_id).where(
        IncidentPerson.incident_id == incident.id, col(IncidentPerson.application_id).is_not(None)
    )
    found = {incident.about_id, *(one for one in session.exec(named) if one is not None)}
    found |= set(other_sides(session, incident.about_id))
    return list(
        session.exec(
            select(Application)
            .where(col(Application.id).in_(found), col(Application.erased_at).is_(None))
            .order_by(col(Application.id))
        )
    )


def other_sides(session: Session, application_id: int) -> list[int]:
    """Return the applications with which one has an offer that is not over."""
    pairs = session.exec(
        select(Offer.student_application_id, Offer.host_application_id).where(
            col(Offer.ended_at).is_(None),
            or_(
                col(Offer.student_application_id) == application_id,
                col(Offer.host_application_id) == application_id,
            ),
        )
    )
    return sorted({one for pair in pairs for one in pair if one != application_id})


def touching(applications: Iterable[int]) -> sa.ColumnElement[bool]:
    """Return the condition of incidents that are about one of some applications, or name one."""
    people = list(applications)
    named = sa.exists().where(
        col(IncidentPerson.incident_id) == col(Incident.id),
        col(IncidentPerson.application_id).in_(people),
    )
    return or_(col(Incident.about_id).in_(people), named)


def holds_contact(session: Session, applications: Iterable[int]) -> bool:
    """Say whether an incident keeps the two sides of a placement from seeing how to reach them."""
    query = select(Incident.id).where(col(Incident.is_frozen).is_(True), touching(applications))
    return session.exec(query.limit(1)).first() is not None


def open_about(session: Session, application_id: int) -> list[Incident]:
    """Return the incidents that touch an application and are not decided yet."""
    query = select(Incident).where(
        col(Incident.state) != IncidentState.DECIDED, touching([application_id])
    )
    return list(session.exec(query.order_by(col(Incident.id))))
