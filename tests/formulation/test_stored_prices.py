"""Prices that were stored say of a pair what those of the solution say."""

import json

import pytest
from hypothesis import given

from exchange.domain.hand import Cohort
from exchange.domain.rules import Rules
from exchange.domain.snapshot import Snapshot
from exchange.formulation.decode import decode
from exchange.formulation.encode import encode
from exchange.formulation.stored_prices import lay_out_prices, least_loss
from exchange.matching import Options, solve
from exchange.matching.counterfactual import bounds_with, find_obstacle
from tests.formulation.cohorts import large_snapshot, snapshots, unhurried


@given(snapshot=snapshots())
@unhurried
def test_least_loss_is_that_of_the_solution(snapshot: Snapshot) -> None:
    _compare(snapshot, Rules(inside_host_weight=0.0))


def test_least_loss_of_a_larger_cohort_is_that_of_the_solution() -> None:
    # Smaller ones are proven by an exact solver, which leaves no prices.
    assert _compare(large_snapshot(120), Rules(), students=3) > 100


def _compare(snapshot: Snapshot, rules: Rules, *, students: int = 6) -> int:
    encoded = encode(snapshot, rules)
    solution = solve(encoded.problem, Options(epsilon=0.05, seed=1, gap=0.02))
    laid = lay_out_prices(solution, encoded)
    if laid is None:
        return 0
    laid = json.loads(json.dumps(laid))
    cohort, placements = Cohort(snapshot, rules), decode(solution, encoded)
    found = {"S_found": solution.S_found, "Q": solution.Q}
    compared = 0
    for row, student in enumerate(encoded.students[:students]):
        for column, host in enumerate(encoded.hosts):
            if find_obstacle(encoded.problem, row, column) is not None:
                continue
            bounds = bounds_with(encoded.problem, solution, row, column)
            told = least_loss(cohort, placements, laid, found, (student.id, host.id))
            for name, bound, value in (
                ("diversity", bounds[0], solution.S_found),
                ("fit", bounds[1], solution.Q),
            ):
                if name in laid:
                    loss = getattr(told, name)
                    assert loss == pytest.approx(max(0.0, value - bound), abs=1e-5)
                    compared += 1
    return compared
