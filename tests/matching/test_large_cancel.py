"""A large solve cancelled anywhere gives an answer that is whole, with bounds that are true.

Nothing is timed: the work between two questions is bounded by counts, and made small here.
"""

import sys

import numpy as np
import pytest

from exchange.matching import Options, Problem, Solution, Status, measures, solve
from tests.bench import engine

COVERAGE_QUESTIONS = 5
"""Questions asked before coverage is reached: a cancel at one of them has no answer."""


class CancelAt:
    """Cancels when it is asked for the k-th time; counts how often it was asked."""

    def __init__(self, k: int | None) -> None:
        self.asked, self._k = 0, k

    def report(self, stage: str, fraction: float, gap: float | None) -> None:
        """Take no note."""

    def is_cancelled(self) -> bool:
        """Cancel from the k-th question on."""
        self.asked += 1
        return self._k is not None and self.asked >= self._k


@pytest.fixture(autouse=True)
def _take_the_large_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    # The package offers a function by the name of its module.
    monkeypatch.setattr(sys.modules[solve.__module__], "LARGE_STUDENTS", 10)
    for module in ("market", "price_rounds"):
        monkeypatch.setattr(f"exchange.matching.{module}.SLICE", 300)
    monkeypatch.setattr("exchange.matching.search.SLICE", 6_000)


def make(shape: str) -> Problem:
    return engine.dense(60, 6) if shape == "dense" else engine.sparse(80, 6)


def check_bounds(problem: Problem, solution: Solution, whole: Solution) -> None:
    # The audit has passed, or solve would have raised; both claim to bound the same things.
    assert solution.M == whole.M
    assert whole.S_found <= solution.S_bound * (1 + 1e-9)
    counts = measures.pair_counts(problem, solution.host)
    assert measures.diversity_sum(counts, problem.pair_weight) >= solution.S_floor * (1 - 1e-9)
    assert solution.S_found <= whole.S_bound * (1 + 1e-9)
    if solution.S_floor <= whole.S_floor:
        assert whole.Q <= solution.Q_bound * (1 + 1e-9)


@pytest.mark.parametrize("shape", ["dense", "sparse"])
def test_cancelled_at_any_question_gives_an_audited_answer(shape: str) -> None:
    problem = make(shape)
    listener = CancelAt(None)
    # A gap that is never reached, so that all searches are gone through.
    options = Options(epsilon=0.02, gap=0.0)
    whole = solve(problem, options, listener)
    assert not whole.cancelled
    assert listener.asked > 30
    answered = 0
    for k in np.unique(np.geomspace(1, listener.asked, 10).astype(int)).tolist():
        cancelled = CancelAt(k)
        solution = solve(problem, options, cancelled)
        assert solution.cancelled
        assert cancelled.asked == k
        if solution.status is Status.NO_ANSWER:
            # Before coverage is reached there is nothing to show, and nothing is claimed.
            assert k <= COVERAGE_QUESTIONS
            assert (solution.host < 0).all()
        else:
            answered += 1
            check_bounds(problem, solution, whole)
    assert answered >= 5


@pytest.mark.parametrize("shape", ["dense", "sparse"])
def test_bounds_of_a_large_solve_are_recomputed_from_its_prices(shape: str) -> None:
    solution = solve(make(shape), Options(epsilon=0.02))
    assert solution.certificate.diversity is not None
    assert solution.certificate.fit is not None


@pytest.mark.parametrize("shape", ["dense", "sparse"])
def test_answer_does_not_depend_on_where_the_work_is_cut(
    shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = make(shape)
    first = solve(problem, Options(epsilon=0.02, gap=0.0))
    for module in ("market", "price_rounds", "search"):
        monkeypatch.setattr(f"exchange.matching.{module}.SLICE", 50_000_000)
    second = solve(problem, Options(epsilon=0.02, gap=0.0))
    assert np.array_equal(first.host, second.host)
    assert (first.S_bound, first.Q_bound) == (second.S_bound, second.Q_bound)
