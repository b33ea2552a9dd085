"""Programmes: made by an administrator of the installation, named by their own, seen by staff."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from exchange.domain.roles import Permission
from exchange.errors import Forbidden, InvalidInput, NotFound
from exchange.records import Programme
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.names import clean_name, normalise_email
from exchange.services.time_zones import check_zone


def create_programme(
    session: Session,
    actor: Actor,
    *,
    name: str,
    contact_email: str,
    time_zone: str,
    at: datetime,
) -> Programme:
    """Make a programme; only an administrator of the installation may."""
    if not actor.is_administrator:
        raise Forbidden("Only an administrator of this installation can make a programme.")
    words = _checked(name=name, contact_email=contact_email, time_zone=time_zone)
    programme = Programme(
        name=words["name"],
        contact_email=words["contact_email"],
        time_zone=words["time_zone"],
        created_at=at,
    )
    session.add(programme)
    session.flush()
    assert programme.id is not None
    audit.record(
        session,
        actor,
        "programme:create",
        subject_kind="programme",
        subject_id=programme.public_id,
        programme_id=programme.id,
        at=at,
    )
    return programme


def list_programmes(session: Session, actor: Actor) -> list[Programme]:
    """Return the programmes in which the actor has a role, by name."""
    query = select(Programme).order_by(col(Programme.name), col(Programme.id))
    if not actor.is_administrator:
        query = query.where(col(Programme.id).in_(actor.roles.keys()))
    return list(session.exec(query))


def get_programme(session: Session, actor: Actor, public_id: str) -> Programme:
    """Return one programme of the actor's; NotFound for any other."""
    found = session.exec(select(Programme).where(Programme.public_id == public_id)).one_or_none()
    if found is None or found.id is None:
        raise NotFound("There is nothing at this address.")
    require(actor, Permission.SEE_CYCLES, found.id)
    return found


def manage_programme(session: Session, actor: Actor, public_id: str) -> Programme:
    """Return a programme whose people the actor looks after; NotFound for any other."""
    found = get_programme(session, actor, public_id)
    require(actor, Permission.MANAGE_PEOPLE, found.id)
    return found


def edit_programme(
    session: Session,
    actor: Actor,
    programme: Programme,
    *,
    name: str,
    contact_email: str,
    time_zone: str,
    at: datetime,
) -> None:
    """Say how a programme is called and reached; cycles keep the time zone that they have."""
    require(actor, Permission.MANAGE_PEOPLE, programme.id)
    words = _checked(name=name, contact_email=contact_email, time_zone=time_zone)
    changed = sorted(key for key, word in words.items() if getattr(programme, key) != word)
    if not changed:
        return
    for key in changed:
        setattr(programme, key, words[key])
    session.add(programme)
    session.flush()
    audit.record(
        session,
        actor,
        "programme:edit",
        subject_kind="programme",
        subject_id=programme.public_id,
        programme_id=programme.id,
        facts={"changed": changed},
        at=at,
    )


def _checked(*, name: str, contact_email: str, time_zone: str) -> dict[str, str]:
    """Return the words as they are kept, or refuse them with every fault at once."""
    readers = {
        "name": lambda: clean_name(name),
        "contact_email": lambda: normalise_email(contact_email, "contact_email"),
        "time_zone": lambda: check_zone(time_zone),
    }
    words: dict[str, str] = {}
    faults: dict[str, Sequence[str]] = {}
    for key, read in readers.items():
        try:
            words[key] = read()
        except InvalidInput as refusal:
            faults |= refusal.faults
    if faults:
        raise InvalidInput("Check what was given for the programme.", faults)
    return words


def set_times(
    session: Session,
    actor: Actor,
    programme: Programme,
    *,
    offer_days: int,
    contact_days: int,
    hold_hours: int,
    at: datetime,
) -> None:
    """Say how long offers and holds last, and from when contact details are shown."""
    require(actor, Permission.MANAGE_CYCLES, programme.id)
    programme.offer_days, programme.contact_days = offer_days, contact_days
    programme.hold_hours = hold_hours
    session.add(programme)
    session.flush()
    audit.record(
        session,
        actor,
        "programme:set_times",
        subject_kind="programme",
        subject_id=programme.public_id,
        programme_id=programme.id,
        facts={"offer_days": offer_days, "contact_days": contact_days, "hold_hours": hold_hours},
        at=at,
    )
