"""What a pair would cost: small problems against every answer, larger ones against each other."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from exchange.errors import SolverError
from exchange.matching import Options, Problem, Solution, audit, measures, solve
from exchange.matching.audit_limits import check_limits
from exchange.matching.audit_prices import recompute_bounds
from exchange.matching.counterfactual import (
    Loss,
    Obstacle,
    PairLoss,
    bounds_with,
    find_obstacle,
    gained_by,
    price_pair,
)
from exchange.matching.exchanges import exchange_places
from exchange.matching.measures import find_edges
from exchange.matching.pinned_search import search_pinned
from tests.bench import problems
from tests.matching.cohorts import all_answers, measure, random_arrays, random_problem

ROUNDING = 1e-6


def _sound_answers(problem: Problem) -> list[tuple[int, ...]]:
    answers = []
    for answer in all_answers(problem):
        try:
            check_limits(problem, np.array(answer, dtype=np.int64))
        except SolverError:
            continue
        answers.append(answer)
    return answers


def _nations(problem: Problem, host: np.ndarray) -> list[int]:
    there = problem.student_nation[host >= 0]
    return np.bincount(there, minlength=problem.n_nations).tolist()


def _open_pairs(problem: Problem, solution: Solution) -> list[tuple[int, int]]:
    pairs = zip(problem.edge_student.tolist(), problem.edge_host.tolist(), strict=True)
    return [
        (i, j) for i, j in pairs if solution.host[i] != j and find_obstacle(problem, i, j) is None
    ]


def _true_losses(
    problem: Problem, solution: Solution, answers: list[tuple[int, ...]], pair: tuple[int, int]
) -> tuple[float, float] | None:
    """Look at all answers that place as many of each nation, with the pair and without."""
    nations = _nations(problem, solution.host)
    level = [
        one
        for one in answers
        if sum(j >= 0 for j in one) == solution.M
        and (not problem.fair_nations or _nations(problem, np.array(one)) == nations)
    ]
    values = {one: measure(problem, one) for one in level}
    with_pair = [one for one in level if one[pair[0]] == pair[1]]
    if not with_pair:
        return None
    least = solution.S_floor * (1 - 1e-9)

    def best(some: list[tuple[int, ...]]) -> tuple[float, float]:
        fits = [values[one][1] for one in some if values[one][0] >= least]
        return max(values[one][0] for one in some), max(fits, default=-math.inf)

    (s_all, q_all), (s_pair, q_pair) = best(level), best(with_pair)
    return s_all - s_pair, q_all - q_pair


def _holds(loss: Loss, true: float) -> bool:
    return loss.least <= true + ROUNDING and (loss.most is None or true <= loss.most + ROUNDING)


@pytest.mark.parametrize("limits", [{}, {"fair_nations": False}, {"keep_apart": [(0, 1)]}])
@pytest.mark.parametrize("seed", range(5))
def test_losses_of_a_small_cohort_are_those_of_all_answers(
    seed: int, limits: dict[str, Any]
) -> None:
    arrays = random_arrays(seed, students=5, hosts=4, nations=3, density=0.8)
    problem = Problem.dense(**arrays, **limits)
    solution = solve(problem, Options(epsilon=0.1))
    answers = _sound_answers(problem)
    for pair in _open_pairs(problem, solution):
        pinned = search_pinned(problem, solution, *pair)
        placed = max((sum(j >= 0 for j in a) for a in answers if a[pair[0]] == pair[1]), default=0)
        true = _true_losses(problem, solution, answers, pair)
        if true is None:
            assert pinned.loss is None
            assert pinned.places_lost == solution.M - placed
            assert not pinned.keeps_nations
            continue
        if pinned.loss is None:
            # Where nations tie, a solve with limits that join pairs may favour another.
            assert limits.get("keep_apart")
            continue
        for loss in (pinned.loss, price_pair(problem, solution, *pair)):
            assert _holds(loss.diversity, true[0])
            assert _holds(loss.quality, true[1])
        if pinned.loss.exact:
            assert pinned.loss.diversity.most == pytest.approx(true[0], abs=1e-5)
            assert pinned.loss.quality.most == pytest.approx(true[1], abs=1e-5)


def test_loss_is_called_exact_when_both_runs_are_proven() -> None:
    problem = random_problem(1, students=12, hosts=10, nations=4, density=0.9)
    solution = solve(problem, Options(epsilon=0.2))
    pairs = _open_pairs(problem, solution)[:6]
    found = [search_pinned(problem, solution, *pair).loss for pair in pairs]
    exact = [loss for loss in found if loss is not None and loss.exact]
    assert exact
    for loss in exact:
        assert loss.diversity.most is not None
        assert loss.diversity.most - loss.diversity.least <= 1e-5


def _searched(**optional: Any) -> tuple[Problem, Solution]:
    made = problems.dense(100, 9)
    problem = Problem.dense(
        made.student_nation,
        made.host_nation,
        made.capacity,
        made.pair_weight,
        made.quality,
        made.allowed,
        **optional,
    )
    return problem, solve(problem, Options(epsilon=0.03))


def test_losses_from_prices_and_from_a_search_agree_at_a_hundred_people() -> None:
    problem, solution = _searched()
    assert solution.certificate.diversity is not None
    assert solution.certificate.fit is not None
    pairs = _open_pairs(problem, solution)[:: len(problem.edge_host) // 12]
    narrower = 0
    for pair in pairs:
        at_once = price_pair(problem, solution, *pair)
        pinned = search_pinned(problem, solution, *pair)
        assert pinned.loss is not None
        assert not pinned.loss.exact
        for one, other in zip(_ends(at_once), _ends(pinned.loss), strict=True):
            for loss, against in ((one, other), (other, one)):
                assert against.most is None or loss.least <= against.most + ROUNDING
        assert pinned.loss.diversity.most is not None
        narrower += at_once.diversity.most is None or (
            pinned.loss.diversity.most < at_once.diversity.most - ROUNDING
        )
        assert search_pinned(problem, solution, *pair) == pinned
    assert narrower > 0


def _ends(loss: PairLoss) -> tuple[Loss, Loss]:
    return loss.diversity, loss.quality


def test_bounds_with_a_pair_hold_where_a_mix_inside_hosts_counts() -> None:
    arrays = random_arrays(8, students=70, hosts=14, nations=6, density=0.5)
    arrays["capacity"] = np.full(14, 5)
    problem = Problem.dense(**arrays, inside_host_weight=0.5)
    solution = solve(problem, Options(epsilon=0.05))
    stages = [(solution.certificate.diversity, None), (solution.certificate.fit, solution.S_floor)]
    assert stages[0][0] is not None and stages[0][0].cell is not None
    for pair in _open_pairs(problem, solution)[::20]:
        pinned = replace(problem, pin=np.array([pair]))
        # With the pin taken out as an answer must have it, so that a bound can be true of it.
        again = solve(pinned, Options(epsilon=0.05))
        found = bounds_with(problem, solution, *pair)
        if again.M == solution.M:
            assert found[0] >= again.S_found * (1 - 1e-9)


def test_bounds_with_a_pair_are_those_of_the_problem_that_pins_it() -> None:
    problem, solution = _searched()
    stages = [(solution.certificate.diversity, None), (solution.certificate.fit, solution.S_floor)]
    fell = 0
    for pair in _open_pairs(problem, solution)[:: len(problem.edge_host) // 20]:
        pinned = replace(problem, pin=np.array([pair]))
        proven = recompute_bounds(pinned, solution.host, stages)  # type: ignore[arg-type]
        found = bounds_with(problem, solution, *pair)
        # The pin also takes a place, which can only lower what a pair of nations can carry.
        # Bounds that a solver proved hold with the pair as well.
        proven = [min(proven[0], solution.S_bound), min(proven[1], solution.Q_bound)]
        assert found[0] >= proven[0] * (1 - 1e-9)
        assert found[1] >= proven[1] * (1 - 1e-9)
        assert found == pytest.approx(tuple(proven), rel=2e-3)
        fell += found[1] < solution.Q_bound - 0.01
    assert fell > 0


@pytest.mark.parametrize("seed", range(6))
def test_exchanges_keep_limits_and_nations_and_contain_the_pair(seed: int) -> None:
    arrays = random_arrays(seed, students=12, hosts=7, nations=3, density=0.7)
    open_pairs = np.argwhere(arrays["allowed"] & (arrays["capacity"] > 0))
    problem = Problem.dense(**arrays, min_quality=0.1, forbid=open_pairs[3:6])
    solution = solve(problem, Options(epsilon=0.1))
    exchanged = 0
    for pair in _open_pairs(problem, solution):
        for answer in exchange_places(problem, solution.host, pair, 0.0):
            assert answer[pair[0]] == pair[1]
            check_limits(problem, answer)
            assert _nations(problem, answer) == _nations(problem, solution.host)
            assert 2 <= (answer != solution.host).sum() <= 3 or (
                (answer != solution.host).sum() == 1 and solution.host[pair[0]] >= 0
            )
            exchanged += 1
    assert exchanged > 0


def test_best_exchange_is_the_best_of_all_chains_of_three() -> None:
    problem = random_problem(4, students=7, hosts=5, nations=3, density=0.9)
    solution = solve(problem, Options(epsilon=0.1))
    answers = [np.array(a) for a in all_answers(problem) if sum(j >= 0 for j in a) == solution.M]
    compared = 0
    for pair in _open_pairs(problem, solution):
        found = exchange_places(problem, solution.host, pair, 0.0)
        if not found:
            continue
        best = measure(problem, tuple(found[0]))[0]
        # An exchange of places between two, or a move to a free place, is among the chains.
        near = [
            measure(problem, tuple(a))[0]
            for a in answers
            if a[pair[0]] == pair[1]
            and (a != solution.host).sum() <= 2
            and _nations(problem, a) == _nations(problem, solution.host)
        ]
        assert best >= max(near, default=0.0) - 1e-9
        compared += bool(near)
    assert compared > 0


def test_obstacles_name_the_rule() -> None:
    arrays = random_arrays(0, students=6, hosts=5, nations=4, density=1.0)
    arrays["student_nation"] = np.array([0, 0, 1, 1, 2, 2])
    arrays["host_nation"] = np.array([0, 3, 3, 3, 3])
    arrays["allowed"] = arrays["student_nation"][:, None] != arrays["host_nation"][None, :]
    arrays["quality"] = np.full((6, 5), 0.5, dtype=np.float32)
    arrays["quality"][5, 1] = 0.1
    arrays["capacity"] = np.array([1, 2, 0, 1, 1])
    problem = Problem.dense(**arrays, min_quality=0.2, forbid=[(4, 1)], pin=[(2, 3)])
    asked = [(0, 0), (4, 1), (5, 1), (0, 2), (2, 1), (0, 3), (2, 3), (0, 1)]
    assert [find_obstacle(problem, *pair) for pair in asked] == [
        Obstacle.NOT_ALLOWED,
        Obstacle.FORBIDDEN,
        Obstacle.BELOW_MIN_QUALITY,
        Obstacle.NO_PLACES,
        Obstacle.PINNED_ELSEWHERE,
        Obstacle.HELD_BY_PINS,
        None,
        None,
    ]


def test_a_placement_adds_what_its_absence_takes_from_s() -> None:
    problem = random_problem(3, students=20, hosts=15, nations=4)
    host = solve(problem, Options()).host
    placed = np.flatnonzero(host >= 0)

    def diversity(answer: np.ndarray) -> float:
        return measures.diversity_sum(measures.pair_counts(problem, answer), problem.pair_weight)

    for student in placed.tolist():
        without = host.copy()
        without[student] = -1
        lost = diversity(host) - diversity(without)
        assert gained_by(problem, host, student) == pytest.approx(lost, abs=1e-12)
    for student in np.flatnonzero(host < 0).tolist():
        assert gained_by(problem, host, student) == 0.0


def test_audit_refuses_a_first_answer_that_does_not_reach_s_found() -> None:
    problem = random_problem(5, students=12, hosts=10, nations=4)
    solution = solve(problem, Options(epsilon=0.5))
    assert solution.first is not None
    audit(problem, solution)
    worse = solution.first.copy()
    worse[np.flatnonzero(worse >= 0)[0]] = -1
    with pytest.raises(SolverError, match="S_found is misreported"):
        audit(problem, replace(solution, first=worse))
    worse = solution.first.copy()
    student = int(np.flatnonzero(worse >= 0)[0])
    closed = [
        j
        for j in range(problem.n_hosts)
        if find_edges(problem, np.array([student]), np.array([j]))[0] < 0
    ]
    worse[student] = closed[0]
    with pytest.raises(SolverError, match="failed its audit"):
        audit(problem, replace(solution, first=worse))
