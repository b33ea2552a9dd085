"""The limits that join several placements, counted for one set of placements, by plain counting.

The reference for a match changed by hand: what `matching.audit` refuses of a solver's answer is
named here of a person's. Nothing is solved, and nothing but the standard library is needed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exchange.domain.nation import pair_key
from exchange.domain.placement import Contact
from exchange.domain.rules import Rules
from exchange.domain.snapshot import HostEntry, StudentEntry


@dataclass(frozen=True, slots=True, order=True)
class BrokenLimit:
    """One limit that some placements break.

    Attributes
    ----------
    rule : str
        Its name, as the programme gives it in its rules; `keep_with` for companions.
    whom : str
        A host's or student's id, a group's or partner's name, or two nations; empty for the whole.
    found, asked : int
        What is there, and the least or most that the rule allows.
    """

    rule: str
    whom: str
    found: int
    asked: int


def broken_limits(
    students: Mapping[str, StudentEntry],
    hosts: Mapping[str, HostEntry],
    rules: Rules,
    host_of: Mapping[str, str],
    met: Iterable[Contact],
) -> frozenset[BrokenLimit]:
    """List the limits that placements break.

    Parameters
    ----------
    students, hosts : mapping
        Everybody in the match, by id.
    rules : Rules
    host_of : mapping of student id to host id
    met : iterable of Contact
        The nation pairs of these placements, for the tension tiers.

    Returns
    -------
    frozenset of BrokenLimit
        `max_changes` is not counted: by hand, a change is meant.
    """
    placed = [(students[one], hosts[home]) for one, home in host_of.items()]
    return frozenset(
        [
            *_at_hosts(placed, rules),
            *_together(students, hosts, host_of),
            *_groups("partner", (one.partner for one, _ in placed), rules),
            *_groups("group", (home.group for _, home in placed), rules),
            *_alone(placed, rules),
            *_contacts(placed, rules, met),
        ]
    )


Placed = list[tuple[StudentEntry, HostEntry]]


def _at_hosts(placed: Placed, rules: Rules) -> Iterable[BrokenLimit]:
    caps = {
        "max_same_nation_per_host": lambda one: one.nation,
        "max_same_language_per_host": native_language,
    }
    for rule, label in caps.items():
        cap = getattr(rules, rule)
        if cap is None:
            continue
        counts = Counter((home.id, label(one)) for one, home in placed if label(one))
        for (home_id, _label), count in counts.items():
            if count > cap:
                yield BrokenLimit(rule, home_id, count, cap)


def native_language(student: StudentEntry) -> str | None:
    """Return the language that a student names first; None where none is known."""
    return student.languages[0].tag if student.languages else None


def _together(
    students: Mapping[str, StudentEntry],
    hosts: Mapping[str, HostEntry],
    host_of: Mapping[str, str],
) -> Iterable[BrokenLimit]:
    def place(student_id: str) -> str | None:
        home = host_of.get(student_id)
        return None if home is None else hosts[home].group or f"host {home}"

    pairs = {
        (min(one.id, other), max(one.id, other))
        for one in students.values()
        for other in one.keep_with
        if other in students and other != one.id
    }
    for one_id, other_id in pairs:
        if place(one_id) != place(other_id):
            yield BrokenLimit("keep_with", f"{one_id} {other_id}", 1, 0)


def _groups(rule: str, names: Iterable[str | None], rules: Rules) -> Iterable[BrokenLimit]:
    counts = Counter(name for name in names if name)
    for name, least in getattr(rules, f"{rule}_min").items():
        if counts[name] < least:
            yield BrokenLimit(f"{rule}_min", name, counts[name], least)
    for name, most in getattr(rules, f"{rule}_max").items():
        if counts[name] > most:
            yield BrokenLimit(f"{rule}_max", name, counts[name], most)


def _alone(placed: Placed, rules: Rules) -> Iterable[BrokenLimit]:
    if not rules.isolation_guard:
        return
    counts = Counter((home.group, one.nation) for one, home in placed if home.group)
    for (group, nation), count in counts.items():
        if count == 1:
            yield BrokenLimit("isolation_guard", f"{group} {nation}", 1, 2)


def _contacts(placed: Placed, rules: Rules, met: Iterable[Contact]) -> Iterable[BrokenLimit]:
    if rules.tier4_floor is not None:
        found = sum(one.placements for one in met if one.tension_tier == 4)
        if found < rules.tier4_floor:
            yield BrokenLimit("tier4_floor", "", found, rules.tier4_floor)
    if rules.reciprocity_tolerance is not None:
        before = rules.standing_balance
        balance: Counter[tuple[str, str]] = Counter()
        for one, home in placed:
            pair = pair_key(one.nation, home.nation)
            balance[pair] += 1 if one.nation == pair[0] else -1
        for pair, sent in balance.items():
            difference = sent + before.get(pair, 0)
            # What was uneven before may stay so, and must not grow.
            most = max(rules.reciprocity_tolerance, before.get(pair, 0))
            least = min(-rules.reciprocity_tolerance, before.get(pair, 0))
            if not least <= difference <= most:
                yield BrokenLimit(
                    "reciprocity_tolerance",
                    "-".join(pair),
                    abs(difference),
                    rules.reciprocity_tolerance,
                )
