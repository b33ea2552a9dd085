"""Bounds with prices of limits that join pairs: true, the audit's own, and a lie is caught."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.errors import SolverError
from exchange.matching import Options, Problem, Status, audit, solve
from exchange.matching.audit_prices import recompute_bounds
from exchange.matching.audit_row_prices import widen_places
from exchange.matching.bounds import Prices, pair_limits
from exchange.matching.certificate import stage_prices
from exchange.matching.counterfactual import bounds_with
from exchange.matching.coupled_program import CoupledProgram, Goal
from exchange.matching.coupling_rows import build_rows, longest_chain, with_shared_places
from exchange.matching.limits import NO_NATION, Network, build_network, with_unplaced
from exchange.matching.progress import Watch
from exchange.matching.row_prices import (
    MOST_Q,
    MOST_S,
    bound_diversity,
    bound_fit,
    lay_rows,
    row_prices,
)
from exchange.matching.solution import Certificate, StagePrices
from tests.matching.cohorts import measure
from tests.matching.row_price_cases import (
    LIMITS,
    answers,
    any_prices,
    make_problem,
    plain_bound,
)

SEEDS = st.integers(0, 10_000)
SOME = st.sets(st.sampled_from(LIMITS), min_size=1, max_size=4).map(sorted)
FEW = settings(deadline=None, max_examples=25)
SHAPE = {"students": 5, "hosts": 4}


def _recompute(problem: Problem, host: np.ndarray, prices: StagePrices, floor: Any = None) -> float:
    (bound,) = recompute_bounds(problem, host, [(prices, floor)])
    return bound


def _alike(problem: Problem, host: np.ndarray) -> tuple[Any, ...]:
    """Name the answers that a bound is of: as many placed, of each nation where that is kept."""
    there = np.bincount(problem.student_nation[host >= 0], minlength=problem.n_nations)
    return tuple(there.tolist()) if problem.fair_nations else (int((host >= 0).sum()),)


def _kept(problem: Problem, host: np.ndarray) -> int:
    previous = problem.couplings.previous
    if previous is None or problem.couplings.max_changes is not None:
        return 0
    return int(((previous >= 0) & (previous == host)).sum())


def _edges_kept(problem: Problem, network: Network) -> np.ndarray:
    """Mark the edges that leave a student where the student was."""
    previous = problem.couplings.previous
    assert previous is not None
    rows = network.student_row[network.edge_student]
    kept: np.ndarray = (previous[rows] == network.host_row[network.edge_host]).astype(np.float64)
    return kept


@FEW
@given(seed=SEEDS, names=SOME, fair=st.booleans(), pinned=st.booleans())
def test_bound_of_any_prices_is_at_least_the_best_answer_under_the_limits(
    seed: int, names: list[str], fair: bool, pinned: bool
) -> None:
    problem = make_problem(seed, *names, pinned=pinned, fair_nations=fair, **SHAPE)
    found = [(host, *measure(problem, tuple(host.tolist()))) for host in answers(problem)]
    if not found:
        return
    prices = any_prices(problem, seed)
    chosen = found[seed % len(found)][0]
    same = [
        one
        for one in found
        if _alike(problem, one[0]) == _alike(problem, chosen)
        and _kept(problem, one[0]) >= _kept(problem, chosen)
    ]
    best = max(s for _, s, _ in same)
    assert _recompute(problem, chosen, prices) >= best * (1 - 1e-9)
    floor = 0.9 * best
    fit = max(q for _, s, q in same if s >= floor)
    assert _recompute(problem, chosen, prices, floor) >= fit * (1 - 1e-9)


@FEW
@given(seed=SEEDS, names=SOME, fair=st.booleans(), pinned=st.booleans(), fit=st.booleans())
def test_audit_computes_the_bound_that_plain_loops_compute(
    seed: int, names: list[str], fair: bool, pinned: bool, fit: bool
) -> None:
    problem = make_problem(
        seed, *names, pinned=pinned, fair_nations=fair, min_quality=0.1, forbid=[[3, 1]]
    )
    prices, floor = any_prices(problem, seed), 0.7 if fit else None
    host = np.full(problem.n_students, -1, dtype=np.int64)
    host[problem.pin[:, 0]] = problem.pin[:, 1]
    plain = plain_bound(problem, host, prices, floor)
    assert _recompute(problem, host, prices, floor) == pytest.approx(plain, abs=1e-9)


@FEW
@given(seed=SEEDS, names=SOME, fair=st.booleans(), pinned=st.booleans())
def test_relaxation_with_rows_proves_what_the_audit_computes_and_is_above_the_best(
    seed: int, names: list[str], fair: bool, pinned: bool
) -> None:
    problem = make_problem(seed, *names, pinned=pinned, fair_nations=fair, **SHAPE)
    found = [(host, *measure(problem, tuple(host.tolist()))) for host in answers(problem)]
    if not found:
        return
    chosen, _, _ = max(found, key=lambda one: (int((one[0] >= 0).sum()), one[1]))
    wide = with_shared_places(problem)
    network = build_network(wide, seed=seed)
    unplaced = chosen < 0
    counts = {NO_NATION: int(unplaced.sum())}
    if problem.fair_nations:
        nation, count = np.unique(problem.student_nation[unplaced], return_counts=True)
        counts = dict(zip(nation.tolist(), count.tolist(), strict=True))
    whole = with_unplaced(network, counts)
    previous = problem.couplings.previous
    kept = None
    if previous is not None and problem.couplings.max_changes is None:
        kept = _edges_kept(problem, network)
    pins = problem.pin
    held = 0 if previous is None else int((previous[pins[:, 0]] == pins[:, 1]).sum())
    laid = lay_rows(
        build_rows(problem, network), whole, kept=kept, least_kept=_kept(problem, chosen) - held
    )
    if laid is None or not whole.n_students:
        return
    same = [
        one
        for one in found
        if _alike(problem, one[0]) == _alike(problem, chosen)
        and _kept(problem, one[0]) >= _kept(problem, chosen)
    ]
    best = max(s for _, s, _ in same)
    limits, everything, watch = pair_limits(whole), np.arange(whole.n_edges), Watch(None, None)
    floor = 0.95 * best
    # Prices that are known already, whatever they say, are one end of a line of true bounds.
    free = Prices(np.full(whole.n_pairs + 1, 0.2), np.full(whole.n_hosts, 0.1), 0.5)
    free.pair[-1] = 0.0
    known = free if seed % 2 else None
    for stage, lowest in (
        (bound_diversity(whole, limits, laid, everything, watch, known=known), None),
        (bound_fit(whole, limits, laid, everything, watch, known=known, floor=floor), floor),
    ):
        if stage is None:
            # On a few people without any choice the interior point may end without an answer.
            continue
        truth = best if lowest is None else max(q for _, s, q in same if s >= floor)
        assert stage.bound >= truth * (1 - 1e-9)
        prices = stage_prices(wide, whole, stage.prices)
        prices = prices._replace(rows=row_prices(wide, laid, stage.row))
        proven = _recompute(problem, chosen, prices, lowest)
        assert proven <= stage.bound + 1e-9
        assert proven == pytest.approx(stage.bound, abs=1e-6)


def test_floor_that_nobody_is_left_to_reach_places_nobody() -> None:
    problem = make_problem(484, "tier4_floor", pinned=True, **SHAPE)
    solution = solve(problem, Options(epsilon=0.1))
    assert solution.M == 0
    assert (solution.host == -1).all()


def test_price_of_a_row_without_room_to_spare_stays_small() -> None:
    """No answer keeps more than the most, so without an end its price could be anything."""
    problem = make_problem(3, "previous", students=40, hosts=30, density=0.4)
    network = build_network(problem, seed=0)
    kept = _edges_kept(problem, network)
    most = CoupledProgram(network, build_rows(problem, network)).maximise(Goal(kept))
    assert most.edge is not None
    whole = with_unplaced(network, {NO_NATION: problem.n_students - most.edge.size})
    laid = lay_rows(
        build_rows(problem, network), whole, kept=kept, least_kept=int(np.rint(most.value))
    )
    assert laid is not None
    limits, watch = pair_limits(whole), Watch(None, None)
    # Over all edges no end is needed.
    edges = np.arange(1, whole.n_edges)
    free = Prices(np.zeros(whole.n_pairs + 1), np.zeros(whole.n_hosts))
    for stage, end in (
        (bound_diversity(whole, limits, laid, edges, watch, known=free), MOST_S),
        (bound_fit(whole, limits, laid, edges, watch, known=free, floor=1.0), MOST_Q),
    ):
        assert stage is not None
        # A second try, where the first gave nothing, may ask for a fifth more.
        assert np.abs(stage.row).max() <= end * 1.21


@pytest.mark.parametrize("name", LIMITS)
def test_bound_with_a_price_is_lower_than_without_where_the_limit_binds(name: str) -> None:
    for seed in range(30):
        problem = make_problem(seed, name, students=20, hosts=7, density=0.7)
        solution = solve(problem, Options(epsilon=0.05))
        if not solution.M:
            continue
        wide = with_shared_places(problem)
        network = build_network(wide, seed=0)
        whole = with_unplaced(network, {NO_NATION: problem.n_students - solution.M})
        kept = _edges_kept(problem, network) if name == "previous" else None
        least = _kept(problem, solution.host)
        laid = lay_rows(build_rows(problem, network), whole, kept=kept, least_kept=least)
        assert laid is not None
        nothing = np.full(laid.key.size, np.inf)
        free = laid._replace(rows=laid.rows._replace(low=-nothing, high=nothing))
        limits, edges, watch = pair_limits(whole), np.arange(whole.n_edges), Watch(None, None)
        floor = solution.S_floor
        tight, loose = (
            bound_fit(whole, limits, one, edges, watch, floor=floor) for one in (laid, free)
        )
        if tight is None or loose is None:
            continue
        assert tight.bound <= loose.bound + 1e-5
        if tight.bound < loose.bound - 1e-3:
            return
    pytest.fail("no bound is lower with the limit")


@FEW
@given(seed=SEEDS, names=SOME, pinned=st.booleans())
def test_bounds_with_a_pair_are_at_least_the_best_answer_that_has_it(
    seed: int, names: list[str], pinned: bool
) -> None:
    problem = make_problem(seed, *names, pinned=pinned, **SHAPE)
    found = [(host, *measure(problem, tuple(host.tolist()))) for host in answers(problem)]
    solution = solve(problem, Options(epsilon=0.1))
    if not solution.M:
        return
    prices = any_prices(problem, seed)
    floor = solution.S_floor * (1 - 1e-9)
    same = [
        one
        for one in found
        if _alike(problem, one[0]) == _alike(problem, solution.host)
        and _kept(problem, one[0]) >= _kept(problem, solution.host)
    ]
    claimed = dataclasses.replace(
        solution,
        S_bound=_recompute(problem, solution.host, prices),
        Q_bound=_recompute(problem, solution.host, prices, solution.S_floor),
        certificate=Certificate(prices, prices),
    )
    student = int(np.random.default_rng(seed).choice(np.flatnonzero(same[0][0] >= 0)))
    for host in {int(one[student]) for one, _, _ in same if one[student] >= 0}:
        s_bound, q_bound = bounds_with(problem, claimed, student, host)
        there = [(s, q) for one, s, q in same if one[student] == host]
        assert s_bound >= max(s for s, _ in there) * (1 - 1e-9)
        assert q_bound >= max((q for s, q in there if s >= floor), default=-math.inf) * (1 - 1e-9)


def test_widen_places_is_what_the_solver_counts_on() -> None:
    for seed in range(30):
        problem = make_problem(seed, "stay")
        stay = problem.couplings.stay
        assert stay is not None
        expected = problem.capacity * longest_chain(stay)
        assert widen_places(problem).tolist() == expected.tolist()


CAPS = ("host_nation_cap", "host_language_cap", "stay")
LIES = [("off_by_one", name) for name in LIMITS]
LIES += [("twice" if name in CAPS else "left_out", name) for name in LIMITS]
LIES += [("one_way", "reciprocity_tolerance"), ("no_balance", "standing_balance")]
LIES += [("stay_places", "stay")]
"""Mistakes that make a bound lower than it is: a right side that is one off, a price that is not in
the value of pairs (or there twice), both directions of reciprocity in one, no standing balance,
places without stays."""


@pytest.mark.parametrize(("wrong", "name"), LIES)
def test_bound_with_a_planted_mistake_is_refused(wrong: str, name: str) -> None:
    for seed in range(60):
        problem = make_problem(seed, name)
        solution = solve(problem, Options(epsilon=0.05))
        if solution.conflicts or not solution.M:
            continue
        prices = any_prices(problem, seed)
        true = plain_bound(problem, solution.host, prices)
        lie = plain_bound(problem, solution.host, prices, wrong=wrong)
        if not (math.isfinite(lie) and solution.S_found < lie < true - 1e-6):
            continue
        for claimed, holds in ((true * (1 + 1e-12), True), (lie, False)):
            one = dataclasses.replace(
                solution,
                S_bound=claimed,
                D_bound=claimed**2 / solution.M,
                status=Status.FEASIBLE,
                certificate=Certificate(prices, None),
            )
            if holds:
                audit(problem, one)
                continue
            with pytest.raises(SolverError, match="less than its prices prove") as refused:
                audit(problem, one)
            assert refused.value.facts["check"] == "S_bound"
        return
    pytest.fail("the mistake makes no bound lower")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("tier4_floor", {"tier4_floor": -0.1}),
        ("previous", {"kept": -0.1}),
        ("host_nation_cap", {"host_nation": np.full((5, 3), -0.1)}),
        ("host_language_cap", {"host_language": np.full((5, 2), -0.1)}),
        ("stay", {"day": np.full((5, 9), 0.1)}),
        ("stay", {"day": np.full((1, 1), np.nan)}),
        ("reciprocity_tolerance", {"reciprocity": np.full((3, 3), 0.1)}),
        ("reciprocity_tolerance", {"reciprocity": np.full((3, 3), np.inf)}),
        ("stay", {"tier4_floor": 0.1}),
        ("stay", {"kept": 0.1}),
        ("stay", {"host_nation": np.full((5, 3), 0.1)}),
        ("stay", {"host_language": np.full((5, 2), 0.1)}),
        ("stay", {"reciprocity": np.triu(np.full((3, 3), 0.1), 1)}),
        ("stay", {"student_group": np.full(2, 0.1)}),
        ("stay", {"host_group": np.full(2, -0.1)}),
        ("tier4_floor", {"day": np.full((5, 3), 0.1)}),
    ],
)
def test_prices_of_the_wrong_sign_or_of_no_limit_are_refused(
    name: str, change: dict[str, Any]
) -> None:
    problem = make_problem(2 if name == "tier4_floor" else 4, name)
    solution = solve(problem, Options(epsilon=0.05))
    assert solution.M
    prices = any_prices(problem, 1)
    assert prices.rows is not None
    wrong = prices._replace(rows=prices.rows._replace(**change))
    with pytest.raises(SolverError, match="a price of a limit|two prices") as caught:
        audit(problem, solution, Certificate(wrong, None))
    assert caught.value.facts["check"] == "prices"


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_price_of_an_end_that_is_open_is_refused(sign: float) -> None:
    """A group with a least only has no price of its most, and the other way round."""
    rng = np.random.default_rng(2)
    end = "host_group_min" if sign > 0 else "host_group_max"
    amounts = np.zeros(2, dtype=np.int64) if sign > 0 else np.full(2, 9)
    limits: dict[str, Any] = {"host_group": rng.integers(0, 2, 5), end: amounts}
    problem = make_problem(4, **limits)
    solution = solve(problem, Options(epsilon=0.05))
    prices = any_prices(problem, 1)
    assert prices.rows is not None
    wrong = prices._replace(rows=prices.rows._replace(host_group=np.full(2, sign * 0.1)))
    with pytest.raises(SolverError, match="limit that is not set") as caught:
        audit(problem, solution, Certificate(wrong, None))
    assert caught.value.facts["check"] == "prices"


@pytest.mark.parametrize("name", ["host_nation_cap", "previous", "stay", "all"])
def test_solve_larger_brings_prices_that_prove_its_bounds(name: str) -> None:
    names = LIMITS if name == "all" else (name,)
    problem = make_problem(
        5,
        *[one for one in names if one != "previous" or name != "all"],
        students=66,
        hosts=60,
        density=0.4,
    )
    solution = solve(problem, Options(epsilon=0.05))
    if solution.status is Status.INFEASIBLE:
        assert name == "all"
        return
    proof = solution.certificate
    assert proof.diversity is not None
    assert proof.fit is not None
    for prices, floor, bound, label in (
        (proof.diversity, None, solution.S_bound, "S_bound"),
        (proof.fit, solution.S_floor, solution.Q_bound, "Q_bound"),
    ):
        proven = _recompute(problem, solution.host, prices, floor)
        if label in proof.by_solver:
            assert proven >= bound * (1 - 1e-9)
        else:
            assert proven == pytest.approx(bound, rel=1e-6)
