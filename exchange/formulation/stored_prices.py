"""The prices behind a run's bounds, laid out for storing, and what they say of one pair.

Written by a worker from a solution's certificate; read by a page with NumPy alone. A bound falls
by what the student's best value at these prices exceeds the value of the pair, as in
`matching.counterfactual`, which the tests hold this against.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from exchange.domain.hand import Cohort
from exchange.domain.nation import pair_key
from exchange.domain.placement import Placement
from exchange.formulation.hand import score_pairs

if TYPE_CHECKING:
    from exchange.formulation.encode import Encoded
    from exchange.matching.solution import Solution, StagePrices

GOALS = (("diversity", "S_found", 0.0), ("fit", "Q", 1.0))
"""Stage, the sum that it makes large, and the share that fit has in a pair's value."""

MOST_EDGES = 3_000_000
"""Beyond it, going over all pairs once more would be felt in the time of the run."""


class LeastLoss(NamedTuple):
    """What every answer with a pair loses at least, of the best diversity and of the best fit.

    None where a run kept no prices of that stage.
    """

    diversity: float | None
    fit: float | None


def lay_out_prices(solution: "Solution", encoded: "Encoded") -> dict[str, Any] | None:
    """Lay the prices of a solution out by ids and nations, JSON-ready.

    Returns
    -------
    dict or None
        None where a run looked at some pairs only, for its prices say nothing of the others, or
        at too many; and where an exact solver proved the bound and left no prices. A stage whose
        prices are of limits that join pairs too is left out.
    """
    # Loaded here: it needs the solver, which a page that reads prices must not load.
    from exchange.matching.audit_prices import recompute_bounds

    if not encoded.every_pair or encoded.problem.n_edges > MOST_EDGES:
        return None
    if solution.certificate.diversity is None:
        return None
    laid: dict[str, Any] = {}
    stages = (
        ("diversity", solution.certificate.diversity, None, solution.S_bound),
        ("fit", solution.certificate.fit, solution.S_floor, solution.Q_bound),
    )
    for name, prices, floor, most in stages:
        if prices is None or prices.rows is not None:
            # Prices of limits that join pairs are not stored; without them the rest proves nothing.
            continue
        (bound,) = recompute_bounds(encoded.problem, solution.host, [(prices, floor)])
        laid[name] = {"bound": float(bound), "most": float(most), **_by_name(prices, encoded)}
    return laid or None


def _by_name(prices: "StagePrices", encoded: "Encoded") -> dict[str, Any]:
    nations = encoded.index.nations
    pair = {
        f"{nations[a]}-{nations[b]}": float(prices.pair[a, b])
        for a, b in zip(*prices.pair.nonzero(), strict=True)
    }
    cells = []
    if prices.cell is not None:
        cells = [
            [encoded.hosts[row].id, nations[column], float(prices.cell[row, column])]
            for row, column in zip(*prices.cell.nonzero(), strict=True)
        ]
    return {
        "pair": pair,
        "host": {
            encoded.hosts[row].id: float(prices.host[row]) for row in prices.host.nonzero()[0]
        },
        "unplaced": {nations[row]: float(price) for row, price in enumerate(prices.unplaced)},
        "cells": cells,
    }


def least_loss(
    cohort: Cohort,
    placements: Sequence[Placement],
    prices: Mapping[str, Any],
    found: Mapping[str, float],
    pair: tuple[str, str],
) -> LeastLoss:
    """Say what every answer with a pair loses at least.

    Parameters
    ----------
    cohort : Cohort
        With the rules of the run itself.
    placements : sequence of Placement
        The answer of the run.
    prices : mapping
        From `lay_out_prices`.
    found : mapping
        The run's report, for `S_found` and `Q`.
    pair : (student id, host id)
        One that no rule keeps apart.
    """
    student = cohort.students[pair[0]]
    open_hosts = [
        host for host in _hosts_with_room(cohort) if not cohort.rules_against(student.id, host)
    ]
    scored = score_pairs(cohort, [(student.id, host) for host in {*open_hosts, pair[1]}])
    quality = {one.host_id: one.quality for one in scored}
    usable = [one for one in open_hosts if quality[one] >= cohort.rules.min_quality]
    placed = {one.student_id for one in placements}
    waits = any(
        one.nation == student.nation for one in cohort.students.values() if one.id not in placed
    )
    losses: list[float | None] = []
    for name, sum_name, share in GOALS:
        stage = prices.get(name)
        if stage is None:
            losses.append(None)
            continue
        values = {
            host: _value(cohort, stage, student.nation, host) + share * quality[host]
            for host in {*usable, pair[1]}
        }
        best = max((values[one] for one in usable), default=values[pair[1]])
        if waits:
            best = max(best, -stage["unplaced"].get(student.nation, 0.0))
        shortfall = 0.0 if _is_pinned(cohort, student.id) else max(0.0, best - values[pair[1]])
        bound = min(stage["bound"] - shortfall, stage["most"])
        losses.append(max(0.0, found[sum_name] - bound))
    return LeastLoss(losses[0], losses[1])


def _value(cohort: Cohort, stage: Mapping[str, Any], nation: str, host: str) -> float:
    pair = "-".join(pair_key(nation, cohort.hosts[host].nation))
    cell = sum(price for home, of, price in stage["cells"] if (home, of) == (host, nation))
    value = stage["pair"].get(pair, 0.0) - stage["host"].get(host, 0.0) + cell
    return float(value)


def _hosts_with_room(cohort: Cohort) -> Iterable[str]:
    held: dict[str, int] = {}
    for _student, host in cohort.rules.pins:
        held[host] = held.get(host, 0) + 1
    return sorted(one.id for one in cohort.hosts.values() if one.capacity > held.get(one.id, 0))


def _is_pinned(cohort: Cohort, student: str) -> bool:
    return any(one == student for one, _ in cohort.rules.pins)
