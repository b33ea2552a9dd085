"""The rules of a run: how terms weigh, what the floors are, what is pinned or forbidden."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exchange.domain.attributes import Level

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


@dataclass(frozen=True, slots=True)
class Rules:
    """What a programme decides about a run; stored whole on the run.

    Attributes
    ----------
    term_weights : mapping
        Weight ≥ 0 of each quality term; 0 leaves it out.
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
        Pairs that must be, or must not be, in the answer.
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
