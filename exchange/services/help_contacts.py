"""Whom to call: the programme's duty number, and somebody outside where nobody inside may look."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from exchange.domain.emergency import EmergencyNumbers, numbers_in
from exchange.domain.placement import AGREED_PLACEMENT_STATES
from exchange.domain.roles import Permission
from exchange.errors import InvalidInput
from exchange.records import Account, Application, Host, Incident, Offer, Placement, Programme
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.contact_reminders import leads_of
from exchange.services.incident_people import eligible_leads
from exchange.translations import Sentence


@dataclass(frozen=True, slots=True)
class Call:
    """Whom somebody can call, as far as the programme has said; never under its name.

    Attributes
    ----------
    nation : str or None
        Where they are.
    numbers : EmergencyNumbers or None
        None where they are not known.
    is_seen_inside : bool
        Whether somebody of the programme reads what they write.
    """

    nation: str | None
    numbers: EmergencyNumbers | None
    duty_phone: str | None
    outside_name: str | None
    outside_phone: str | None
    is_seen_inside: bool


def set_help_contacts(
    session: Session,
    actor: Actor,
    programme: Programme,
    *,
    duty_phone: str | None,
    outside_name: str | None,
    outside_email: str | None,
    outside_phone: str | None,
    at: datetime,
) -> None:
    """Say whom to call in a programme.

    Raises
    ------
    InvalidInput
        When the one outside is an account of the programme, or has a name and no address.
    """
    require(actor, Permission.MANAGE_CYCLES, programme.id)
    faults: dict[str, list[str]] = {}
    if outside_name and not (outside_email and outside_phone):
        sentence = Sentence("Enter an e-mail address and a telephone number too")
        faults["outside_email" if not outside_email else "outside_phone"] = [sentence]
    if outside_email and _is_staff(session, outside_email):
        faults["outside_email"] = [Sentence("Name somebody who is not on the staff")]
    if faults:
        raise InvalidInput("Check whom to call.", faults)
    programme.duty_phone, programme.outside_name = duty_phone, outside_name
    programme.outside_email, programme.outside_phone = outside_email, outside_phone
    session.add(programme)
    session.flush()
    audit.record(
        session,
        actor,
        "programme:set_help_contacts",
        subject_kind="programme",
        subject_id=programme.public_id,
        programme_id=programme.id,
        at=at,
    )


def whom_to_call(session: Session, application: Application, programme: Programme) -> Call:
    """Return whom a participant can call."""
    nation = _nation_of(session, application)
    return Call(
        nation=nation,
        numbers=numbers_in(nation),
        duty_phone=programme.duty_phone,
        outside_name=programme.outside_name,
        outside_phone=programme.outside_phone,
        is_seen_inside=bool(leads_of(session, programme.id)),
    )


def has_lead(session: Session, programme: Programme) -> bool:
    """Say whether a programme has a safeguarding lead who can sign in."""
    return bool(leads_of(session, programme.id))


def is_seen(session: Session, incident: Incident) -> bool:
    """Say whether anybody inside may look at an incident."""
    return bool(eligible_leads(session, incident))


def _is_staff(session: Session, email: str) -> bool:
    query = select(Account.id).where(
        col(Account.email) == email.lower(), col(Account.disabled_at).is_(None)
    )
    return session.exec(query).first() is not None


def _nation_of(session: Session, application: Application) -> str | None:
    """Return where somebody is: a host at home, a student with the host."""
    if application.host_id is not None:
        return session.get_one(Host, application.host_id).nation
    query = (
        select(Placement.host_nation)
        .join(Offer, col(Offer.placement_id) == col(Placement.id))
        .where(
            Offer.student_application_id == application.id,
            col(Offer.ended_at).is_(None),
            col(Placement.state).in_(AGREED_PLACEMENT_STATES),
        )
    )
    return session.exec(query).first()
