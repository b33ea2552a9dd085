"""What clearance is decided from: hosts, students, checks and sections, without a name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from exchange.domain.attributes import age_on
from exchange.domain.findings import Findings
from exchange.domain.screening import CheckKind, CheckOutcome, Section, SectionState


@dataclass(frozen=True, slots=True)
class Stay:
    """From the first to the last day on which a guest lives there."""

    from_on: date
    to_on: date


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What is known of a host; None where nobody was asked."""

    is_household: bool
    capacity: int
    languages: tuple[str, ...] = ()
    available_from: date | None = None
    available_to: date | None = None
    adults: int | None = None
    children: int | None = None
    guest_rooms: int | None = None
    guest_beds: int | None = None
    group_size: int | None = None
    references_of_staff: tuple[int, ...] = ()
    """Which of the references, counted from 1, work for the programme."""


@dataclass(frozen=True, slots=True)
class StudentFacts:
    """What is known of a student."""

    birth_on: date | None
    age: int | None
    arrive_on: date
    depart_on: date
    lacks_guardian_consent: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check; `member` is the person it is of, counted from 1."""

    kind: CheckKind
    outcome: CheckOutcome
    done_on: date
    expires_on: date | None = None
    member: int | None = None


@dataclass(frozen=True, slots=True)
class SectionFacts:
    """How a part of the application stands."""

    state: SectionState
    is_twice_approved: bool = False


Sections = Mapping[Section, SectionFacts]


def is_twice_approved(sections: Sections, section: Section) -> bool:
    """Say whether two persons have approved a part of an application."""
    known = sections.get(section)
    return known is not None and known.is_twice_approved


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the household; the date of birth is None where only a number was stated."""

    number: int
    birth_on: date | None


@dataclass(frozen=True, slots=True)
class HostFile:
    """Everything that the rules about one host look at."""

    facts: HostFacts
    people: Sequence[Person]
    checks: Sequence[Check]
    sections: Sections
    stay: Stay
    on: date
    found: Findings

    def is_twice_approved(self, section: Section) -> bool:
        """Whether two persons have approved a part of the application."""
        return is_twice_approved(self.sections, section)

    def outcome(self, kind: CheckKind, member: int | None = None) -> Check | None:
        """The check that counts: the last that ended, else one that is under way."""
        mine = [one for one in self.checks if one.kind is kind and one.member == member]
        ended = [one for one in mine if one.outcome is not CheckOutcome.PENDING]
        # They come in the order in which they were noted; of one day the one noted last counts.
        return max(reversed(ended or mine), key=lambda one: one.done_on, default=None)

    def people_at(self, age: int) -> list[Person]:
        """Those of that age at some time of the stay; an adult without a date of birth is one."""
        return [
            one
            for one in self.people
            if one.birth_on is None or age_on(one.birth_on, self.stay.to_on) >= age
        ]
