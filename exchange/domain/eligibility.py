"""The hard gates between a student and a host: what each one asks, one pair at a time.

This is the reference that the vectorised gates of `formulation` are tested against. Nothing is
ever traded against a gate; what may be traded is a quality term, and none lives here.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import TypeVar

from exchange.domain.attributes import Gender, LanguageSkill, is_met
from exchange.domain.rules import Rules
from exchange.domain.snapshot import HostEntry, StudentEntry

Bounded = TypeVar("Bounded", int, date)


class Gate(StrEnum):
    """A hard rule between one student and one host; the values are stable codes."""

    NATION = "nation"
    LANGUAGE = "language"
    DATES = "dates"
    NEEDS = "needs"
    HOST_GENDER = "host_gender"
    AGE = "age"
    NEVER = "never"
    SCREENING = "screening"


GATE_TEXTS: dict[Gate, str] = {
    Gate.NATION: "The host is of one of the student's own nations.",
    Gate.LANGUAGE: "They share no language at the level that the rules ask for.",
    Gate.DATES: "The stay does not lie within the time in which the host is available.",
    Gate.NEEDS: "The host does not meet something that the student needs.",
    Gate.HOST_GENDER: "The genders in the household, or those it accepts, do not suit.",
    Gate.AGE: "The student's age is outside the host's limits.",
    Gate.NEVER: "One of them is on the other's list of people never to be placed with.",
    Gate.SCREENING: "The student or the host has not been cleared by screening.",
}
"""What a closed gate means, as a plain sentence."""


def active_gates(student_columns: frozenset[str], host_columns: frozenset[str]) -> frozenset[Gate]:
    """Say which gates can be checked with the columns that were asked.

    Parameters
    ----------
    student_columns, host_columns : frozenset of str
        Attribute names of `StudentEntry` and `HostEntry`.

    Returns
    -------
    frozenset of Gate
        A gate whose column is absent is off. NATION is always on. So is SCREENING: who was
        never screened counts as cleared, but nobody marked as not cleared passes.
    """
    stay = {"arrive_on", "depart_on"} & student_columns
    availability = {"available_from", "available_to"} & host_columns
    checkable = {
        Gate.NATION: True,
        Gate.LANGUAGE: "languages" in student_columns and "languages" in host_columns,
        Gate.DATES: bool(stay and availability),
        Gate.NEEDS: "needs" in student_columns and "offers" in host_columns,
        Gate.HOST_GENDER: checks_household(student_columns, host_columns)
        or checks_accepted(student_columns, host_columns),
        Gate.AGE: "age" in student_columns and bool({"min_age", "max_age"} & host_columns),
        Gate.NEVER: "never" in student_columns or "never" in host_columns,
        Gate.SCREENING: True,
    }
    return frozenset(gate for gate, is_on in checkable.items() if is_on)


def checks_household(student_columns: frozenset[str], host_columns: frozenset[str]) -> bool:
    """Say whether the genders in a household can be held against what a student requires."""
    return "host_gender" in student_columns and "household_genders" in host_columns


def checks_accepted(student_columns: frozenset[str], host_columns: frozenset[str]) -> bool:
    """Say whether a student's gender can be held against those that a host accepts."""
    return "gender" in student_columns and "genders_accepted" in host_columns


def closed_gates(
    student: StudentEntry, host: HostEntry, rules: Rules, gates: frozenset[Gate]
) -> tuple[Gate, ...]:
    """List the gates that keep this student from this host.

    Parameters
    ----------
    student : StudentEntry
    host : HostEntry
    rules : Rules
        For the working languages and their level. Pins and forbids are not gates.
    gates : frozenset of Gate
        The gates that are on, from `active_gates`.

    Returns
    -------
    tuple of Gate
        In the order of `Gate`; empty when the pair is allowed.
    """
    is_open = {
        Gate.NATION: lambda: host.nation not in student.nationalities,
        Gate.LANGUAGE: lambda: shares_language(student.languages, host.languages, rules),
        Gate.DATES: lambda: _dates_fit(student, host),
        Gate.NEEDS: lambda: all(is_met(need, home_facts(host)) for need in student.needs),
        Gate.HOST_GENDER: lambda: _genders_fit(student, host),
        Gate.AGE: lambda: _is_within(student.age, host.min_age, host.max_age),
        Gate.NEVER: lambda: host.id not in student.never and student.id not in host.never,
        Gate.SCREENING: lambda: student.cleared and host.cleared,
    }
    return tuple(gate for gate in Gate if gate in gates and not is_open[gate]())


def primary_subtag(tag: str) -> str:
    """Return the language of a BCP 47 tag without script and region: zh-Hans and zh are one."""
    return tag.split("-", 1)[0].lower()


def level_ranks(languages: Iterable[LanguageSkill]) -> dict[str, int]:
    """Return the best rank (1 for A1 … 7 for native) of each language by primary subtag."""
    ranks: dict[str, int] = {}
    for skill in languages:
        tag = primary_subtag(skill.tag)
        ranks[tag] = max(ranks.get(tag, 0), skill.level.rank)
    return ranks


def shares_language(
    languages_1: Iterable[LanguageSkill], languages_2: Iterable[LanguageSkill], rules: Rules
) -> bool:
    """Say whether both speak one (working) language at the working level or better."""
    ranks_1, ranks_2 = level_ranks(languages_1), level_ranks(languages_2)
    shared = ranks_1.keys() & ranks_2.keys()
    if rules.working_languages:
        shared &= {primary_subtag(tag) for tag in rules.working_languages}
    floor = rules.working_level.rank
    return any(min(ranks_1[tag], ranks_2[tag]) >= floor for tag in shared)


def stated_offers(host: HostEntry) -> frozenset[str]:
    """Return what a host offers; children in the household count as listed.

    Otherwise a student who needs a home without children could be sent to one that states them
    under its household only.
    """
    has_children = bool(host.children) or bool(host.child_ages)
    return frozenset(host.offers) | ({"children"} if has_children else frozenset())


def home_facts(host: HostEntry) -> frozenset[str]:
    """Return what is true of a home: its offers, and what follows from who lives there.

    A household of one adult without children is `single_adult`. Where two guests may live at the
    same time it is `other_students`, even if in the end only one comes: who has not agreed to
    share is kept from every home in which that could happen.
    """
    facts = set(stated_offers(host))
    if host.adults == 1 and "children" not in facts:
        facts.add("single_adult")
    if host.capacity > 1:
        facts.add("other_students")
    return frozenset(facts)


def _dates_fit(student: StudentEntry, host: HostEntry) -> bool:
    bounds = (host.available_from, host.available_to)
    return all(_is_within(day, *bounds) for day in (student.arrive_on, student.depart_on))


def _genders_fit(student: StudentEntry, host: HostEntry) -> bool:
    required: frozenset[Gender] = frozenset(student.host_gender)
    if required and not required.issuperset(host.household_genders):
        return False
    accepted, gender = host.genders_accepted, student.gender
    return not accepted or gender is None or gender in accepted


def _is_within(value: Bounded | None, low: Bounded | None, high: Bounded | None) -> bool:
    """Say whether a value lies between two bounds; whatever is unknown is no obstacle."""
    if value is None:
        return True
    return (low is None or low <= value) and (high is None or value <= high)
