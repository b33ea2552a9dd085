"""Incidents as a safeguarding lead has them: looked at, acknowledged, decided, late.

How they come about is in `incident_reports`. Whoever may not look at one is told as of one that
does not exist. Its events stand on the audit trail under a kind of their own, with
no programme and no person, so that no list of events of either shows that there is one.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from exchange.domain.incident import EntryKind, IncidentOutcome, IncidentState
from exchange.domain.placement import AGREED_PLACEMENT_STATES
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.notices.texts import Template
from exchange.records import Cycle, Incident, Offer, Placement, Programme
from exchange.services import mails
from exchange.services.actor import Actor
from exchange.services.incident_entries import (
    LEAST_REASON,
    LONGEST_TEXT,
    add_entry,
    checked_text,
    length_sentence,
    name_people,
)
from exchange.services.incident_mails import tell_leads, tell_outside
from exchange.services.incident_people import is_concerned, is_visible, led_programmes
from exchange.services.incident_reports import staff_of
from exchange.translations import ENGLISH, Sentence


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
    add_entry(session, actor, incident, EntryKind.ACKNOWLEDGED, at)


def add_note(session: Session, actor: Actor, incident: Incident, text: str, at: datetime) -> None:
    """Write something down about an incident; also after it was decided."""
    hold(session, actor, incident)
    add_entry(session, actor, incident, EntryKind.NOTE, at, text=checked_text(text, least=1))


def name_account(
    session: Session, actor: Actor, incident: Incident, account_id: str, at: datetime
) -> None:
    """Write down that an incident concerns somebody of the staff, who then sees nothing of it.

    Nobody is ever taken off again. Where that leaves no lead, the one outside is asked.
    """
    hold(session, actor, incident)
    account = staff_of(session, incident.programme_id, [account_id])
    if not account:
        sentence = Sentence("Choose somebody of the list")
        raise InvalidInput(f"{sentence}.", {"account": [sentence]})
    if is_concerned(session, account[0].id, incident):
        raise Conflict("It is known already that this concerns them.")
    add_entry(session, actor, incident, EntryKind.NAMED, at)
    name_people(session, incident, at, accounts=[account[0].id])
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
        faults["text"] = [length_sentence(LEAST_REASON)]
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
    add_entry(session, actor, incident, EntryKind.DECIDED, at, text=reasons, outcome=outcome)
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


def hold(session: Session, actor: Actor, incident: Incident) -> None:
    """Have others who would change an incident wait, and see it as it is now."""
    session.refresh(incident, with_for_update=True)
    if not is_visible(session, actor, incident):
        raise NotFound("There is nothing at this address.")


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
