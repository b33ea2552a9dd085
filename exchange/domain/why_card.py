"""What speaks for one placement, as facts that a page puts into words for each reader.

No weight and no score of a nation is here: a card stands beside names.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from exchange.domain.attributes import Level, is_met
from exchange.domain.eligibility import home_facts, primary_subtag
from exchange.domain.placement import Placement
from exchange.domain.snapshot import HostEntry, StudentEntry

NEAR_IN_AGE = 2
"""Years between a guest and a child of the home within which they are called of like age."""


@dataclass(frozen=True, slots=True)
class SharedLanguage:
    """A language that both speak, and how well each does."""

    tag: str
    student: Level
    host: Level


@dataclass(frozen=True, slots=True)
class WhyCard:
    """What a student and a host have in common.

    Attributes
    ----------
    student_nation, host_nation : str
    meetings : int
        Placements of the run that join these two nations, this one among them.
    languages : tuple of SharedLanguage
        Those that the weaker of both speaks best come first.
    interests : tuple of str
    same_field, same_lifestyle : str or None
        The code that both gave.
    wishes_met, wishes_open : tuple of str
        What the student wished for.
    needs_met : tuple of str
        What the student needs; a placement meets all of it.
    ranked : int or None
        Place of this host among those that the student ranked, from 1.
    ranked_nation : int or None
        The same of the host's nation.
    like_age : bool
        A child of the home is about as old as the student.
    """

    student_nation: str
    host_nation: str
    meetings: int
    languages: tuple[SharedLanguage, ...]
    interests: tuple[str, ...]
    same_field: str | None
    same_lifestyle: str | None
    wishes_met: tuple[str, ...]
    wishes_open: tuple[str, ...]
    needs_met: tuple[str, ...]
    ranked: int | None
    ranked_nation: int | None
    like_age: bool


def make_card(student: StudentEntry, host: HostEntry, placements: Iterable[Placement]) -> WhyCard:
    """Gather what speaks for a student at a host.

    Parameters
    ----------
    student : StudentEntry
    host : HostEntry
    placements : iterable of Placement
        All of the run, to count how often the two nations meet.
    """
    nations = {student.nation, host.nation}
    facts = home_facts(host)
    return WhyCard(
        student_nation=student.nation,
        host_nation=host.nation,
        meetings=sum({one.student_nation, one.host_nation} == nations for one in placements),
        languages=shared_languages(student, host),
        interests=tuple(sorted({*student.interests} & {*host.interests})),
        same_field=student.field if student.field == host.field else None,
        same_lifestyle=(
            student.lifestyle.value
            if student.lifestyle is not None and student.lifestyle is host.lifestyle
            else None
        ),
        wishes_met=tuple(one for one in student.wishes if is_met(one, facts)),
        wishes_open=tuple(one for one in student.wishes if not is_met(one, facts)),
        needs_met=tuple(one for one in student.needs if is_met(one, facts)),
        ranked=_place(host.id, student.ranked_hosts),
        ranked_nation=_place(host.nation, student.ranked_nations),
        like_age=student.age is not None
        and any(abs(student.age - child) <= NEAR_IN_AGE for child in host.child_ages),
    )


def shared_languages(student: StudentEntry, host: HostEntry) -> tuple[SharedLanguage, ...]:
    """List the languages that both speak, scripts and regions aside."""
    best: dict[str, tuple[str, Level]] = {}
    for skill in student.languages:
        tag = primary_subtag(skill.tag)
        if tag not in best or best[tag][1].rank < skill.level.rank:
            best[tag] = (skill.tag, skill.level)
    found: dict[str, SharedLanguage] = {}
    for skill in host.languages:
        tag = primary_subtag(skill.tag)
        if tag in best and (tag not in found or found[tag].host.rank < skill.level.rank):
            found[tag] = SharedLanguage(best[tag][0], best[tag][1], skill.level)
    return tuple(
        sorted(found.values(), key=lambda one: (-min(one.student.rank, one.host.rank), one.tag))
    )


def _place(one: str, ranked: Iterable[str]) -> int | None:
    order = tuple(dict.fromkeys(ranked))
    return order.index(one) + 1 if one in order else None
