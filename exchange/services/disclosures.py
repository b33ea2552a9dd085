"""What each side of an offer is told of the other, step by step, and that it was looked at.

First what helps to decide, under a pseudonym; a first name when both have agreed; how to reach
each other shortly before the stay. Each look is on record, for the eyes of whom it is about.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from exchange.domain.attributes import age_on
from exchange.domain.offer import Party, Rung, age_band, rung_at
from exchange.intake.answers import parse_languages
from exchange.records import Application, Cycle, Host, HostKind, Programme, Student
from exchange.services import viewings
from exchange.services.actor import Actor
from exchange.services.incident_people import holds_contact
from exchange.services.offers import Offered
from exchange.services.time_zones import day_in


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The other side of an offer, as far as it may be seen today."""

    rung: Rung
    code: str
    """The pseudonym: four signs, the same for both sides."""
    is_home: bool
    nation: str
    languages: Sequence[str]
    """Language tags that both speak."""
    interests: Sequence[str]
    """Codes that both have."""
    age_band: str | None = None
    household: tuple[int | None, int | None] | None = None
    """Adults and children."""
    letter: str | None = None
    house_rules: str | None = None
    name: str | None = None
    city: str | None = None
    contact: dict[str, str] = field(default_factory=dict)
    """How to reach them, by what it is: email, phone, address, emergency."""
    is_held: bool = False
    """They would be told how to reach each other by now, and are not: a lead decides first."""


def disclose(session: Session, one: Offered, party: Party, at: datetime) -> Disclosure:
    """Return what a party of an offer may see of the other side at a moment."""
    cycle = session.get_one(Cycle, one.offer.cycle_id)
    programme = session.get_one(Programme, cycle.programme_id)
    student = session.get_one(Student, one.student.student_id)
    host = session.get_one(Host, one.host.host_id)
    rung = rung_at(
        one.placement.state,
        starts_on=student.arrive_on or cycle.stay_from_on,
        ends_on=student.depart_on or cycle.stay_to_on,
        contact_days=programme.contact_days,
        today=day_in(cycle.time_zone, at),
    )
    is_held = rung is Rung.CONTACT and holds_contact(session, [one.student.id, one.host.id])
    spoken = _tags(host.languages)
    shared = {
        "rung": Rung.FIRST_NAME if is_held else rung,
        "is_held": is_held,
        "code": one.offer.public_id[:4].upper(),
        "languages": [tag for tag in _tags(student.languages) if tag in spoken],
        "interests": [code for code in student.interests if code in host.interests],
    }
    if party.sees_the_home:
        return _home(host, one, shared)
    return _guest(student, one, cycle, shared)


def note_look(session: Session, actor: Actor, one: Offered, party: Party, at: datetime) -> bool:
    """Put a look on record with the side that was looked at; say whether it is new."""
    seen = _seen(one, party)
    rung = disclose(session, one, party, at).rung
    programme_id = session.get_one(Cycle, seen.cycle_id).programme_id
    return viewings.note_disclosure(
        session, actor, seen, programme_id, party=party, rung=int(rung), at=at
    )


def is_noted(session: Session, actor: Actor, one: Offered, party: Party, at: datetime) -> bool:
    """Say whether a look at what is told today is on record for this day; it only reads."""
    rung = disclose(session, one, party, at).rung
    return viewings.is_disclosure_noted(session, actor, _seen(one, party), rung=int(rung), at=at)


def _seen(one: Offered, party: Party) -> Application:
    return one.host if party.sees_the_home else one.student


def _home(host: Host, one: Offered, shared: dict[str, object]) -> Disclosure:
    is_household = host.kind is HostKind.HOUSEHOLD
    known: dict[str, object] = {
        "is_home": True,
        "nation": one.placement.host_nation,
        "household": (host.adults, host.children) if is_household else None,
        "letter": host.about,
        "house_rules": host.house_rules,
    }
    rung = shared["rung"]
    if rung >= Rung.FIRST_NAME:  # type: ignore[operator]
        name = (host.name or "").strip()
        known |= {"name": name.split()[0] if is_household and name else name, "city": host.city}
    if rung is Rung.CONTACT:
        ways = {
            "name": host.name,
            "email": host.email,
            "phone": host.phone,
            "address": host.address,
        }
        known["contact"] = {way: value for way, value in ways.items() if value}
    return Disclosure(**shared, **known)  # type: ignore[arg-type]


def _guest(student: Student, one: Offered, cycle: Cycle, shared: dict[str, object]) -> Disclosure:
    starts_on = student.arrive_on or cycle.stay_from_on
    age = student.age if student.birth_on is None else age_on(student.birth_on, starts_on)
    known: dict[str, object] = {
        "is_home": False,
        "nation": one.placement.student_nation,
        "age_band": None if age is None else age_band(age),
        "letter": student.letter,
    }
    rung = shared["rung"]
    if rung >= Rung.FIRST_NAME:  # type: ignore[operator]
        known |= {
            "name": student.preferred_name or student.given_name or "",
            "city": student.home_city,
        }
    if rung is Rung.CONTACT:
        names = (student.given_name, student.family_name)
        ways = {
            "name": " ".join(name for name in names if name),
            "email": student.email,
            "emergency": student.emergency_contact,
        }
        known["contact"] = {way: value for way, value in ways.items() if value}
    return Disclosure(**shared, **known)  # type: ignore[arg-type]


def _tags(languages: Sequence[str]) -> list[str]:
    return [skill.tag for skill in parse_languages(list(languages))]
