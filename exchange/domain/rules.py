"""The rules of a run: how terms weigh, what the floors are, what is pinned or forbidden.

A `Rules` that exists is valid; reading it from a file or a form happens elsewhere.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from exchange.domain.attributes import LANGUAGE_TAG, Level
from exchange.domain.nation import NATIONS
from exchange.errors import RulesError

TERM_WEIGHTS: Mapping[str, float] = {
    "languages": 3.0,
    "interests": 2.0,
    "field": 1.0,
    "age": 1.0,
    "household": 1.0,
    "wishes": 2.0,
    "preference": 2.0,
    "waiting": 1.0,
}
"""Names and default weights of the quality terms, in the order of their columns."""

INSIDE_HOST_WEIGHT = 0.1
"""Default weight of the mix inside hosts. Nearly all of D is kept, and most mixing is had: of two
answers that nation pairs call equal, the one where guests of a host come from more nations wins."""

MAX_TERM_WEIGHT = 1000.0
"""Far above any sensible weight; keeps the weighted mean exact enough in 32-bit floats."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a programme decides about a run; stored whole on the run.

    Attributes
    ----------
    term_weights : mapping
        Weight ≥ 0 of each quality term; 0 leaves it out, a name not given keeps its default.
    min_quality : float
        Floor of q in [0, 1].
    epsilon : float
        Share of diversity S that may be given up for fit, in [0, 1].
    working_languages : tuple of str
        Empty: any shared language serves. Else student and host must share one of these.
    working_level : Level
        The level that both need in the shared language.
    pair_weights : mapping of (nation, nation) to float
        The programme's own weights in (0, 1], keyed as `pair_key` orders them.
    contested_pairs : frozenset
        Pairs that this programme treats as tier 4.
    flatten : bool
        Every nation pair weighs 1.
    pins, forbids : tuple of (student id, host id)
        Pairs that must be, or must not be, in the answer; kept sorted, each once.
    max_same_nation_per_host, max_same_language_per_host : int or None
        Most students of one nation, or of one native language, at one host.
    partner_min, partner_max : mapping of str to int
        Least and most placements of the students that a partner sends.
    group_min, group_max : mapping of str to int
        Least and most placements at the hosts of a group.
    tier4_floor : int or None
        Least number of placements between nations of tension tier 4.
    reciprocity_tolerance, max_changes : int or None
        Most by which two nations may differ in how many they send each other; see `previous`.
    reciprocity_cycles : int or None
        So many earlier cycles of the programme count in it; none where it is not set.
    standing_balance : mapping of (nation, nation) to int
        By how many the first nation has sent the second more in those cycles. Filled in when a run
        starts; a balance beyond the tolerance must not grow.
    isolation_guard : bool
        In no group of hosts exactly one student of a nation.
    inside_host_weight : float
        What mixing the nations of the guests counts for, at hosts of three places and more,
        beside contacts between nations: 0 nothing, 1 as much. Where no such host is open to
        students of two nations it changes nothing.
    previous : tuple of (student id, host id)
        Placements of an earlier run; as few of them as possible are moved or lost, or at most
        `max_changes` where that is a number.
    hold_back : tuple of str
        Ids of students who get no place in this run, because a person chooses by hand who of the
        waiting list moves up.

    Raises
    ------
    RulesError
        On the first value that has no meaning. Rules that contradict each other (a pin against
        a forbid) are not refused here: the run answers that they are infeasible.
    """

    term_weights: Mapping[str, float] = field(default_factory=lambda: dict(TERM_WEIGHTS))
    min_quality: float = 0.0
    epsilon: float = 0.02
    working_languages: tuple[str, ...] = ()
    working_level: Level = Level.B1
    pair_weights: Mapping[tuple[str, str], float] = field(default_factory=dict)
    contested_pairs: frozenset[tuple[str, str]] = frozenset()
    flatten: bool = False
    pins: tuple[tuple[str, str], ...] = ()
    forbids: tuple[tuple[str, str], ...] = ()
    max_same_nation_per_host: int | None = None
    max_same_language_per_host: int | None = None
    partner_min: Mapping[str, int] = field(default_factory=dict)
    partner_max: Mapping[str, int] = field(default_factory=dict)
    group_min: Mapping[str, int] = field(default_factory=dict)
    group_max: Mapping[str, int] = field(default_factory=dict)
    tier4_floor: int | None = None
    reciprocity_tolerance: int | None = None
    reciprocity_cycles: int | None = None
    standing_balance: Mapping[tuple[str, str], int] = field(default_factory=dict)
    isolation_guard: bool = False
    inside_host_weight: float = INSIDE_HOST_WEIGHT
    previous: tuple[tuple[str, str], ...] = ()
    max_changes: int | None = None
    hold_back: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check every value, and bring those whose order means nothing into one order."""
        canonical = {
            "term_weights": _term_weights(self.term_weights),
            "min_quality": _number("min_quality", self.min_quality, 0.0, 1.0),
            "epsilon": _number("epsilon", self.epsilon, 0.0, 1.0),
            "working_languages": _language_tags(self.working_languages),
            "working_level": _level(self.working_level),
            "pair_weights": _pair_weights(self.pair_weights),
            "contested_pairs": frozenset(
                _nation_pair("contested_pairs", pair) for pair in self.contested_pairs
            ),
            "flatten": _truth("flatten", self.flatten),
            "standing_balance": _balances(self.standing_balance),
            "pins": _id_pairs("pins", self.pins),
            "forbids": _id_pairs("forbids", self.forbids),
            "isolation_guard": _truth("isolation_guard", self.isolation_guard),
            "inside_host_weight": _number("inside_host_weight", self.inside_host_weight, 0.0, 1.0),
            "previous": _id_pairs("previous", self.previous),
            "hold_back": _ids("hold_back", self.hold_back),
            **{name: _count(name, getattr(self, name), low) for name, low in _COUNTS.items()},
            **{name: _counts(name, getattr(self, name)) for name in _GROUP_COUNTS},
        }
        for name, value in canonical.items():
            object.__setattr__(self, name, value)

    def to_json(self) -> str:
        """Return the canonical JSON text: equal rules give equal text."""
        body = {
            "term_weights": dict(self.term_weights),
            "min_quality": self.min_quality,
            "epsilon": self.epsilon,
            "working_languages": list(self.working_languages),
            "working_level": self.working_level.value,
            "pair_weights": {"-".join(pair): w for pair, w in self.pair_weights.items()},
            "contested_pairs": sorted("-".join(pair) for pair in self.contested_pairs),
            "flatten": self.flatten,
            "pins": [list(pair) for pair in self.pins],
            "forbids": [list(pair) for pair in self.forbids],
        }
        # Limits that are not set are left out: runs of before they existed keep their text.
        for name in (*_COUNTS, *_GROUP_COUNTS, "isolation_guard", "previous", "hold_back"):
            value = getattr(self, name)
            if not (value is None or value is False or value == () or value == {}):
                body[name] = value
        if self.standing_balance:
            body["standing_balance"] = {
                "-".join(pair): count for pair, count in self.standing_balance.items()
            }
        if self.inside_host_weight:
            body["inside_host_weight"] = self.inside_host_weight
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; a rule left out keeps its default.

        Only `inside_host_weight` left out is 0, as `to_json` leaves it out: rules that were stored
        before it had a default go on to mean what they meant, under the same digest.

        Raises
        ------
        RulesError
            When the text is no JSON object, names an unknown rule or holds a bad value.
        """
        try:
            body = json.loads(text)
        except ValueError as error:
            raise RulesError("The rules are not JSON; check the text.") from error
        if not isinstance(body, dict):
            raise RulesError("The rules are not a JSON object; give names and values.")
        unknown = sorted(body.keys() - {item.name for item in fields(cls)})
        if unknown:
            raise RulesError(
                f"Unknown rule: {', '.join(unknown)}; remove it or correct its name.", rules=unknown
            )
        if "pair_weights" in body:
            weights = _mapping("pair_weights", body["pair_weights"])
            body["pair_weights"] = {_split(pair): weight for pair, weight in weights.items()}
        if "standing_balance" in body:
            counts = _mapping("standing_balance", body["standing_balance"])
            body["standing_balance"] = {_split(pair): count for pair, count in counts.items()}
        if "contested_pairs" in body:
            pairs = _sequence("contested_pairs", body["contested_pairs"])
            body["contested_pairs"] = frozenset(_split(pair) for pair in pairs)
        return cls(**{"inside_host_weight": 0.0, **body})

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


_COUNTS = {
    "max_same_nation_per_host": 1,
    "max_same_language_per_host": 1,
    "tier4_floor": 0,
    "reciprocity_tolerance": 0,
    "reciprocity_cycles": 1,
    "max_changes": 0,
}
"""Rules that are a whole number or not set, with the least that has a meaning."""
_GROUP_COUNTS = ("partner_min", "partner_max", "group_min", "group_max")
MAX_LIMIT = 1_000_000_000


def _count(rule: str, value: Any, low: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= MAX_LIMIT:
        raise _refuse(rule, f"is {value!r}; give a whole number from {low}")
    return value


def _counts(rule: str, value: Any) -> dict[str, int]:
    limits = {}
    for name, limit in _mapping(rule, value).items():
        if not (isinstance(name, str) and name):
            raise _refuse(rule, f"names {name!r}; give a name")
        limits[name] = _count(f"{rule}.{name}", limit, 0) or 0
    return dict(sorted(limits.items()))


def _refuse(rule: str, fault: str) -> RulesError:
    return RulesError(f"The rule {rule} {fault}.", rule=rule)


def _number(rule: str, value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refuse(rule, "is not a number; give one")
    if not (math.isfinite(value) and low <= value <= high):
        raise _refuse(rule, f"is {value}; give a number from {low:g} to {high:g}")
    return float(value)


def _truth(rule: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _refuse(rule, "is neither true nor false; give one of them")
    return value


def _mapping(rule: str, value: Any) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise _refuse(rule, "is not a table of names and values")
    return value


def _sequence(rule: str, value: Any) -> Iterable[Any]:
    if isinstance(value, str) or not isinstance(value, list | tuple | set | frozenset):
        raise _refuse(rule, "is not a list")
    return value


def _term_weights(value: Any) -> dict[str, float]:
    given = _mapping("term_weights", value)
    for name in given:
        if name not in TERM_WEIGHTS:
            known = ", ".join(TERM_WEIGHTS)
            raise _refuse("term_weights", f"names {name!r}, which is no term; known are {known}")
    return {
        name: _number(f"term_weights.{name}", given.get(name, default), 0.0, MAX_TERM_WEIGHT)
        for name, default in TERM_WEIGHTS.items()
    }


def _language_tags(value: Any) -> tuple[str, ...]:
    tags: set[str] = set()
    for tag in _sequence("working_languages", value):
        if not (isinstance(tag, str) and LANGUAGE_TAG.fullmatch(tag)):
            raise _refuse("working_languages", f"lists {tag!r}; give tags such as 'en' or 'pt-BR'")
        tags.add(tag)
    return tuple(sorted(tags))


def _level(value: Any) -> Level:
    try:
        return Level(value)
    except ValueError as error:
        known = ", ".join(Level)
        raise _refuse("working_level", f"is {value!r}; give one of {known}") from error


def _split(pair: Any) -> tuple[str, ...]:
    if not isinstance(pair, str):
        raise RulesError(f"The rules list {pair!r}; give two nations, such as 'DE-FR'.")
    return tuple(pair.split("-"))


def _nation_pair(rule: str, value: Any) -> tuple[str, str]:
    if not (isinstance(value, tuple) and len(value) == 2):
        raise _refuse(rule, f"lists {value!r}; give two nations, such as 'DE-FR'")
    a, b = value
    for nation in value:
        if not isinstance(nation, str) or nation not in NATIONS:
            raise _refuse(rule, f"lists {nation!r}; give a nation by its two-letter code")
    if not a < b:
        raise _refuse(rule, f"lists {a}-{b}; give two nations in the order of the alphabet")
    return a, b


def _pair_weights(value: Any) -> dict[tuple[str, str], float]:
    weights = {}
    for pair, weight in _mapping("pair_weights", value).items():
        a, b = _nation_pair("pair_weights", pair)
        weights[a, b] = _number(f"pair_weights.{a}-{b}", weight, 0.0, 1.0)
        if weights[a, b] == 0.0:
            raise _refuse(f"pair_weights.{a}-{b}", "is 0; give a number above 0, or forbid pairs")
    return dict(sorted(weights.items()))


def _balances(value: Any) -> dict[tuple[str, str], int]:
    found = {}
    for pair, count in _mapping("standing_balance", value).items():
        a, b = _nation_pair("standing_balance", pair)
        if isinstance(count, bool) or not isinstance(count, int) or abs(count) > MAX_LIMIT:
            raise _refuse(f"standing_balance.{a}-{b}", f"is {count!r}; give a whole number")
        if count:
            found[a, b] = count
    return dict(sorted(found.items()))


def _ids(rule: str, value: Any) -> tuple[str, ...]:
    for one in _sequence(rule, value):
        if not (isinstance(one, str) and one):
            raise _refuse(rule, f"lists {one!r}; give the id of a student")
    return tuple(sorted(set(value)))


def _id_pairs(rule: str, value: Any) -> tuple[tuple[str, str], ...]:
    pairs = set()
    for pair in _sequence(rule, value):
        is_pair = isinstance(pair, list | tuple) and len(pair) == 2
        if not (is_pair and all(isinstance(one, str) and one for one in pair)):
            raise _refuse(rule, f"lists {pair!r}; give the id of a student and that of a host")
        pairs.add((pair[0], pair[1]))
    return tuple(sorted(pairs))
