"""Placements that a safeguarding lead wants changed: of whom, and nothing of why."""

from sqlmodel import Session, col, select

from exchange.domain.incident import IncidentOutcome
from exchange.domain.roles import Permission
from exchange.records import Cycle, Incident, IncidentPerson, Offer
from exchange.services.actor import Actor
from exchange.services.contact_clocks import Stay, read_stay, stays_query


def asked_in(session: Session, actor: Actor, cycle: Cycle) -> list[Stay]:
    """Return the live placements of a cycle for which a lead wants another home.

    Only for those who can find one, and for nobody whom the incident names. A placement that was
    offered after the decision is another home already.
    """
    if not actor.may(Permission.START_RUNS, cycle.programme_id):
        return []
    named = select(IncidentPerson.incident_id).where(
        IncidentPerson.account_id == (actor.account_id or 0)
    )
    wanted = select(Incident.id).where(
        Incident.cycle_id == cycle.id,
        Incident.outcome == IncidentOutcome.RELOCATION,
        col(Incident.id).not_in(named),
        (col(Incident.about_id) == col(Offer.student_application_id))
        | (col(Incident.about_id) == col(Offer.host_application_id)),
        col(Offer.created_at) < col(Incident.decided_at),
    )
    query = stays_query(cycle).where(wanted.exists()).order_by(col(Offer.id))
    return [read_stay(row, cycle) for row in session.connection().execute(query)]
