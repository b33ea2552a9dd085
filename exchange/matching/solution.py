"""The answer of a solve: who goes where, with its certificate. Holds numbers, computes none."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Status(StrEnum):
    """What is known about an answer."""

    OPTIMAL = "optimal"
    """Every stage is proven best within `measures.OPTIMAL_TOLERANCE`."""
    FEASIBLE = "feasible"
    """All limits hold; the gaps say how far from the best it can be at most."""
    INFEASIBLE = "infeasible"
    """Limits contradict each other; `conflicts` names them."""
    NO_ANSWER = "no_answer"
    """Stopped before any answer was found."""


class LimitConflict(NamedTuple):
    """Limits that cannot hold together."""

    code: str
    message: str
    facts: dict[str, object]


class RowPrices(NamedTuple):
    """Prices of limits that join pairs; None, or 0, where a limit is not set or costs nothing.

    Attributes
    ----------
    tier4_floor : float
        Of one contact of tier 4 less, at least 0.
    kept : float
        Of one earlier placement less that is kept, at least 0.
    reciprocity : (K, K) float64, optional
        At [a, b] with a < b, of any sign: above 0 where a → b may not exceed b → a by more, below
        where b → a may not.
    host_nation : (m, K) float64, optional
        Of one more student of a nation at a host, at least 0.
    host_language : (m, L) float64, optional
        Of one more student of a native language at a host, at least 0.
    student_group, host_group : (G,) float64, optional
        Of any sign: above 0 one more placement than the most, below 0 one less than the least.
    day : (m, T) float64, optional
        Of one more student at a host on a day, at least 0; the days are the T distinct ones on
        which somebody arrives, ascending.
    """

    tier4_floor: float = 0.0
    kept: float = 0.0
    reciprocity: npt.NDArray[np.float64] | None = None
    host_nation: npt.NDArray[np.float64] | None = None
    host_language: npt.NDArray[np.float64] | None = None
    student_group: npt.NDArray[np.float64] | None = None
    host_group: npt.NDArray[np.float64] | None = None
    day: npt.NDArray[np.float64] | None = None


class StagePrices(NamedTuple):
    """Prices of one stage, by which anybody can compute its bound.

    Attributes
    ----------
    pair : (K, K) float64
        λ of each nation pair, at least 0, at [a, b] with a < b.
    host : (m,) float64
        v, at least 0.
    unplaced : (K,) float64
        u of staying without a place, by nation of the student; of any sign. Equal for all
        nations where `fair_nations` is off.
    diversity : float
        μ, at least 0; used for the fit stage only.
    cell : (m, K) float64, optional
        κ of the guests of each nation at each host, at least 0, where a mix inside hosts counts.
    rows : RowPrices, optional
        Of limits that join pairs, where they are priced.
    """

    pair: npt.NDArray[np.float64]
    host: npt.NDArray[np.float64]
    unplaced: npt.NDArray[np.float64]
    diversity: float = 1.0
    cell: npt.NDArray[np.float64] | None = None
    rows: RowPrices | None = None


class Certificate(NamedTuple):
    """What proves the bounds of a solution; None where a stage was proven another way.

    Attributes
    ----------
    diversity, fit : StagePrices or None
        Behind S_bound and Q_bound.
    contacts : StagePrices or None
        Behind D_bound, where a mix inside hosts counts in S_bound and not in D_bound.
    by_solver : tuple of str
        Bounds ("S_bound", "Q_bound") that a solver proved below what the prices given here prove;
        those prices still say what a change would cost at least.
    """

    diversity: StagePrices | None
    fit: StagePrices | None
    contacts: StagePrices | None = None
    by_solver: tuple[str, ...] = ()


NO_PRICES = Certificate(None, None)
"""Of an answer whose bounds were all proven by a solver."""


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """One answer and its certificate; symbols as in this package's README.

    Attributes
    ----------
    host : (n,) int64
        Host of each student, −1 when unplaced.
    M, M_bound : int
        Students placed, and the most that any answer can place.
    S_found, S_bound : float
        Best diversity sum found in the diversity stage, and a proven upper bound.
    S_floor : float
        What the fit stage had to keep: (1 − epsilon) · S_found.
    S, D, D_bound : float
        Diversity sum and effective number of nation pairs of this answer; S_bound² / M.
    Q, Q_bound : float
        Total quality of this answer, and a proven upper bound at `S_floor`.
    status : Status
    seconds : float
        Wall time of the solve; the only field that differs between equal runs.
    seed, epsilon
        As given in the options.
    cancelled : bool
        Stopped on request; the numbers are still true.
    conflicts : tuple of LimitConflict
        For an infeasible problem, the limits that contradict each other.
    changes, changes_bound : int, optional
        Earlier placements moved or lost, and the fewest that any answer of this coverage needs;
        the latter only where fewest changes were asked for.
    inside : float, optional
        Σ √n over the nations of the guests of each host with several places, where that counts:
        then S_found, S_bound and S_floor are of S + weight · inside, S and D_bound of S alone.
    certificate : Certificate
        The prices behind S_bound and Q_bound, where prices prove them.
    first : (n,) int64, optional
        Host of each student in the answer of the diversity stage, whose diversity sum is S_found.
    """

    host: npt.NDArray[np.int64]
    M: int
    M_bound: int
    S_found: float
    S_bound: float
    S_floor: float
    S: float
    D: float
    D_bound: float
    Q: float
    Q_bound: float
    status: Status
    seconds: float
    seed: int = 0
    epsilon: float = 0.0
    cancelled: bool = False
    conflicts: tuple[LimitConflict, ...] = field(default=())
    changes: int | None = None
    changes_bound: int | None = None
    inside: float | None = None
    certificate: Certificate = NO_PRICES
    first: npt.NDArray[np.int64] | None = None

    @property
    def gap(self) -> float:
        """Diversity gap, 1 − S_found / S_bound; 0 when nobody can be placed."""
        return _gap(self.S_found, self.S_bound)

    @property
    def fit_gap(self) -> float:
        """Fit gap, 1 − Q / Q_bound; 0 when nobody can be placed."""
        return _gap(self.Q, self.Q_bound)


def _gap(found: float, bound: float) -> float:
    return max(0.0, 1.0 - found / bound) if bound > 0.0 else 0.0
