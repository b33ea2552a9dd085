"""Every malformed array is refused by name, index and fault, before any solver runs."""

from typing import Any

import numpy as np
import pytest

from exchange.errors import ProblemError
from exchange.matching import Problem
from tests.matching.cohorts import random_arrays


def _arrays() -> dict[str, Any]:
    arrays = random_arrays(1, students=4, hosts=3, nations=3, density=1.0)
    arrays["student_nation"] = np.array([0, 0, 1, 2])
    arrays["host_nation"] = np.array([0, 1, 2])
    arrays["capacity"] = np.array([1, 1, 2])
    arrays["allowed"] = arrays["student_nation"][:, None] != arrays["host_nation"][None, :]
    return arrays


def _with(name: str, index: Any, value: Any, dtype: Any = None) -> dict[str, Any]:
    arrays = _arrays()
    array = np.array(arrays[name], dtype=dtype)
    array[index] = value
    arrays[name] = array
    return arrays


CASES = [
    (_with("quality", (1, 2), np.nan), "quality", (1, 2), "from 0 to 1"),
    (_with("quality", (0, 1), np.inf), "quality", (0, 1), "from 0 to 1"),
    (_with("quality", (3, 0), -0.1), "quality", (3, 0), "from 0 to 1"),
    (_with("capacity", 1, -1), "capacity", (1,), "is -1"),
    (_with("capacity", 0, 2**40), "capacity", (0,), "expected 0 to"),
    (_with("student_nation", 2, 3), "student_nation", (2,), "is 3, expected 0 to 2"),
    (_with("host_nation", 0, -1), "host_nation", (0,), "is -1"),
    (_with("pair_weight", (0, 1), 0.9), "pair_weight", (0, 1), "mirror"),
    (_with("pair_weight", (0, 1), np.nan), "pair_weight", (0, 1), "above 0"),
    (_with("pair_weight", (2, 1), 0.0), "pair_weight", (2, 1), "above 0"),
    (_with("allowed", (0, 0), True), "allowed", (0, 0), "one nation"),
    (_arrays() | {"capacity": [1, 1]}, "capacity", None, "2 entries"),
    (_arrays() | {"capacity": [1.0, 1.0, 2.0]}, "capacity", None, "whole numbers"),
    (_arrays() | {"quality": np.zeros((4, 2))}, "quality", None, "expected 4x3"),
    (_arrays() | {"allowed": np.ones((4, 3))}, "allowed", None, "true and false"),
    (_arrays() | {"pair_weight": np.ones((2, 3))}, "pair_weight", None, "square"),
    (_arrays() | {"pin": [[4, 0]]}, "pin", (0, 0), "is 4"),
    (_arrays() | {"forbid": [[0, 0], [0, 9]]}, "forbid", (1, 1), "is 9"),
    (_arrays() | {"pin": [[0, 1, 2]]}, "pin", None, "3 columns"),
    (_arrays() | {"min_quality": 1.5}, "min_quality", None, "from 0 to 1"),
    (_arrays() | {"min_quality": float("nan")}, "min_quality", None, "from 0 to 1"),
    (_arrays() | {"tier": np.full((3, 3), 5)}, "tier", (0, 0), "is 5"),
    (_arrays() | {"student_key": [1, 2, 2, 3]}, "student_key", (2,), "repeats"),
    (_arrays() | {"host_key": [1, 2]}, "host_key", None, "expected 3 entries"),
    (_arrays() | {"student_nation": [[0], [1, 2]]}, "student_nation", None, "regular array"),
]


@pytest.mark.parametrize(("arrays", "name", "index", "match"), CASES)
def test_problem_malformed_array_names_array_and_index(
    arrays: dict[str, Any], name: str, index: tuple[int, ...] | None, match: str
) -> None:
    with pytest.raises(ProblemError, match=match) as caught:
        Problem.dense(**arrays)
    assert caught.value.facts["array"] == name
    assert caught.value.facts["index"] == index


@pytest.mark.parametrize(
    ("student", "host", "match"),
    [
        ([0, 0], [1, 1], r"edge_student\[1\] lists a pair that is listed before"),
        ([0, 9], [1, 1], r"edge_student\[1\] is 9"),
        ([0, 1], [1, 7], r"edge_host\[1\] is 7"),
        ([0, 1], [1, 0], r"edge_student\[1\] joins a student and a host of one nation"),
        ([0, 1], [1], "edge_host has 1 entries"),
    ],
)
def test_sparse_malformed_edges_are_refused(
    student: list[int], host: list[int], match: str
) -> None:
    arrays = _arrays()
    del arrays["quality"], arrays["allowed"]
    with pytest.raises(ProblemError, match=match):
        Problem.sparse(
            **arrays, edge_student=student, edge_host=host, edge_quality=[0.5] * len(student)
        )


def test_problem_arrays_are_copied_and_frozen() -> None:
    arrays = _arrays()
    problem = Problem.dense(**arrays)
    arrays["capacity"][0] = 99
    assert problem.capacity[0] == 1
    with pytest.raises(ValueError, match="read-only"):
        problem.capacity[0] = 5


def test_sparse_same_pairs_in_any_order_equal_dense() -> None:
    arrays = _arrays()
    dense = Problem.dense(**arrays)
    student, host = np.nonzero(arrays["allowed"])
    order = np.random.default_rng(0).permutation(student.size)
    quality = arrays["quality"][student, host]
    del arrays["quality"], arrays["allowed"]
    sparse = Problem.sparse(
        **arrays,
        edge_student=student[order],
        edge_host=host[order],
        edge_quality=quality[order],
    )
    for name in ("edge_student", "edge_host", "edge_quality"):
        np.testing.assert_array_equal(getattr(dense, name), getattr(sparse, name))


def test_rows_equal_the_list_they_were_made_from() -> None:
    arrays = {
        "student_nation": [0, 1, 0],
        "host_nation": [1, 0, 2],
        "capacity": [1, 1, 1],
        "pair_weight": np.ones((3, 3)),
    }
    listed = Problem.sparse(
        **arrays, edge_student=[2, 0, 1], edge_host=[2, 0, 2], edge_quality=[0.3, 0.5, 0.25]
    )
    rows = Problem.rows(
        **arrays, start=[0, 1, 2, 3], edge_host=[0, 2, 2], edge_quality=[0.5, 0.25, 0.3]
    )
    for name in ("start", "edge_host", "edge_quality", "edge_student"):
        assert np.array_equal(getattr(rows, name), getattr(listed, name))


@pytest.mark.parametrize(
    ("start", "host", "message"),
    [
        ([0, 1], [0, 2, 2], "start does not cut 3 pairs into 3 rows"),
        ([0, 2, 1, 3], [0, 2, 2], "start does not cut 3 pairs into 3 rows"),
        ([0, 2, 2, 3], [2, 0, 2], r"edge_host\[1\] does not ascend within its row"),
        ([0, 2, 2, 3], [0, 0, 2], r"edge_host\[1\] does not ascend within its row"),
        ([0, 1, 2, 3], [0, 1, 2], ""),
        ([0, 1, 2, 3], [0, 0, 2], r"edge_host\[1\] joins a student and a host of one nation"),
        ([0, 1, 2, 3], [0, 1, 9], r"edge_host\[2\] is 9"),
    ],
)
def test_rows_faulty_are_refused(start: list[int], host: list[int], message: str) -> None:
    def make() -> Problem:
        return Problem.rows(
            student_nation=[0, 2, 1],
            host_nation=[2, 1, 0],
            capacity=[1, 1, 1],
            pair_weight=np.ones((3, 3)),
            start=start,
            edge_host=host,
            edge_quality=[0.5] * len(host),
        )

    if message:
        with pytest.raises(ProblemError, match=message):
            make()
    else:
        assert make().n_edges == len(host)
