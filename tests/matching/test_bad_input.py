"""Input that no solver may see: refused with array, index and fault, or answered as infeasible.

`test_problem` goes through the arrays of small problems one by one; here are the forms in which
pairs come, sizes that could not be held, and limits that contradict each other.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from exchange.errors import ProblemError
from exchange.matching import Options, Problem, Status, solve
from tests.matching.cohorts import random_arrays

SIDES: dict[str, Any] = {
    "student_nation": [0, 0, 1],
    "host_nation": [1, 2, 0],
    "capacity": [1, 1, 1],
    "pair_weight": np.ones((3, 3)),
}
LISTED: dict[str, Any] = {
    "edge_student": [0, 1, 2],
    "edge_host": [0, 1, 1],
    "edge_quality": [0.5, 0.25, 1.0],
}
ROWS: dict[str, Any] = {
    "start": [0, 1, 2, 3],
    "edge_host": np.array([0, 1, 1], dtype=np.int32),
    "edge_quality": np.array([0.5, 0.25, 1.0], dtype=np.float32),
}
MANY = 2**31


def _quality(at: int, value: float, dtype: type) -> dict[str, Any]:
    array = np.array([0.5, 0.25, 1.0], dtype=dtype)
    array[at] = value
    return {"edge_quality": array}


@pytest.mark.parametrize("build", [Problem.sparse, Problem.rows])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "value", [np.nan, np.inf, -np.inf, -1e-7, 1.0000002, 7.0], ids=lambda value: str(value)
)
def test_edges_quality_that_is_no_share_is_refused(
    build: Callable[..., Problem], dtype: type, value: float
) -> None:
    form = LISTED if build == Problem.sparse else ROWS
    with pytest.raises(ProblemError, match=r"edge_quality\[1\] is .*expected a number from 0 to 1"):
        build(**(SIDES | form | _quality(1, value, dtype)))


@pytest.mark.parametrize("name", ["student_nation", "host_nation", "capacity"])
@pytest.mark.parametrize("value", [-1, 2**31, -(2**63)])
@pytest.mark.parametrize("form", [LISTED, ROWS], ids=["listed", "rows"])
def test_sides_value_out_of_range_is_refused(name: str, value: int, form: dict[str, Any]) -> None:
    build = Problem.sparse if form is LISTED else Problem.rows
    array = np.array(SIDES[name])
    array[2] = value
    with pytest.raises(ProblemError, match=rf"{name}\[2\] is {value}, expected 0 to") as caught:
        build(**(SIDES | form | {name: array}))
    assert caught.value.facts["array"] == name
    assert caught.value.facts["index"] == (2,)


def test_weights_that_are_not_mirrored_are_refused() -> None:
    weight = np.ones((3, 3))
    weight[0, 2] = np.nextafter(1.0, 0.0)
    with pytest.raises(ProblemError, match=r"pair_weight\[0, 2\] differs from its mirror"):
        Problem.sparse(**(SIDES | LISTED | {"pair_weight": weight}))


@pytest.mark.parametrize("name", ["edge_student", "edge_host", "edge_quality"])
def test_sparse_too_many_pairs_are_refused_before_any_are_copied(name: str) -> None:
    value = np.float32(0.5) if name == "edge_quality" else np.int64(0)
    endless = np.broadcast_to(value, (MANY,))
    with pytest.raises(ProblemError, match=f"{name} has {MANY} pairs, at most {MANY - 1}"):
        Problem.sparse(**(SIDES | LISTED | {name: endless}))


@pytest.mark.parametrize("name", ["edge_host", "edge_quality"])
def test_rows_too_many_pairs_are_refused_before_any_are_copied(name: str) -> None:
    value = np.float32(0.5) if name == "edge_quality" else np.int32(0)
    endless = np.broadcast_to(value, (MANY,))
    with pytest.raises(ProblemError, match=f"{name} has {MANY} pairs, at most {MANY - 1}"):
        Problem.rows(**(SIDES | ROWS | {name: endless}))


def test_dense_too_many_pairs_are_refused_before_any_are_copied() -> None:
    people = 46_341  # The least whole number whose square is above 2³¹ − 1.
    with pytest.raises(ProblemError, match="allowed has 2147488281 pairs"):
        Problem.dense(
            np.zeros(people, dtype=np.int64),
            np.ones(people, dtype=np.int64),
            np.ones(people, dtype=np.int64),
            np.ones((2, 2)),
            np.broadcast_to(np.float32(0.5), (people, people)),
            np.broadcast_to(np.True_, (people, people)),
        )


def test_capacity_that_adds_up_to_too_much_is_refused() -> None:
    with pytest.raises(ProblemError, match="capacity adds up to 3221225472, at most 2147483647"):
        Problem.sparse(**(SIDES | LISTED | {"capacity": [2**30] * 3}))


@pytest.mark.parametrize("kept", ["forbid", "allowed"])
def test_pin_of_a_pair_that_may_not_be_is_infeasible_and_named(kept: str) -> None:
    """A pin against another limit is no fault of an array: each alone could hold."""
    arrays = random_arrays(3, students=8, hosts=6, nations=3, density=1.0)
    arrays["capacity"][:] = 2
    student, host = (int(place) for place in np.argwhere(arrays["allowed"])[0])
    if kept == "forbid":
        arrays["forbid"] = [[student, host]]
    else:
        arrays["allowed"][student, host] = False
    solution = solve(Problem.dense(**arrays, pin=[[student, host]]), Options())
    assert solution.status is Status.INFEASIBLE
    code = {"forbid": "pin_forbidden", "allowed": "pin_not_allowed"}[kept]
    named = [(one.code, one.facts["student"], one.facts["host"]) for one in solution.conflicts]
    assert named == [(code, student, host)]
