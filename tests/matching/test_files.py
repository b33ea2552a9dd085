"""The file contract: what is written is read back, what is not carried is refused."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from exchange.errors import ProblemError
from exchange.matching import Options, Problem, load_problem, load_solution, save_problem, solve
from exchange.matching.__main__ import main
from exchange.matching.files import SOLUTION_FIELDS
from tests.matching.cohorts import random_arrays


def _written(path: Path, **more: Any) -> Path:
    arrays = random_arrays(3, students=8, hosts=6, nations=3)
    np.savez(path, **(arrays | more))
    return path


def test_main_feasible_problem_writes_the_contract(tmp_path: Path) -> None:
    problem, out = _written(tmp_path / "problem.npz"), tmp_path / "solution.npz"
    assert main([str(problem), "-o", str(out), "--epsilon", "0", "--gap", "0.01"]) == 0
    with np.load(out) as found:
        assert sorted(found.files) == sorted(SOLUTION_FIELDS)
        assert str(found["status"]) == "optimal"
        assert found["host"].dtype == np.int64
    solution = load_solution(out)
    direct = solve(load_problem(problem), Options(epsilon=0.0))
    np.testing.assert_array_equal(solution.host, direct.host)
    assert solution.S_bound == direct.S_bound


def test_save_problem_round_trip_is_the_same_problem(tmp_path: Path) -> None:
    arrays = random_arrays(5, students=7, hosts=5, nations=3)
    limits = {
        "previous": [0, -1, 2, 3, 4, -1, 0],
        "max_changes": 3,
        "keep_apart": [[0, 1]],
        "host_group": [0, 0, 1, -1, 1],
        "isolation_guard": True,
    }
    problem = Problem.dense(**arrays, **limits)
    save_problem(tmp_path / "p.npz", problem)
    again = load_problem(tmp_path / "p.npz")
    for name in set(problem.__slots__) - {"couplings"}:
        np.testing.assert_array_equal(getattr(problem, name), getattr(again, name))
    assert set(problem.couplings.given) == set(limits)
    for name in problem.couplings.__slots__:
        np.testing.assert_array_equal(
            getattr(problem.couplings, name), getattr(again.couplings, name)
        )


def test_main_limit_without_its_array_exits_2_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _written(tmp_path / "p.npz", tier4_floor=np.array(3))
    assert main([str(path), "-o", str(tmp_path / "s.npz")]) == 2
    error = capsys.readouterr().err
    assert "tier4_floor needs tier" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "s.npz").exists()


def test_main_contradicting_limits_exit_7(tmp_path: Path) -> None:
    arrays = random_arrays(3, students=8, hosts=6, nations=3)
    pair = np.argwhere(arrays["allowed"])[:1]
    path = _written(tmp_path / "p.npz", pin=pair, forbid=pair)
    assert main([str(path), "-o", str(tmp_path / "s.npz")]) == 7
    assert str(np.load(tmp_path / "s.npz")["status"]) == "infeasible"


@pytest.mark.parametrize(
    ("content", "match"),
    [(b"", "cannot be read"), (b"\x89PNG\r\n\x1a\n", "cannot be read")],
)
def test_load_problem_not_an_archive_is_refused(tmp_path: Path, content: bytes, match: str) -> None:
    (tmp_path / "p.npz").write_bytes(content)
    with pytest.raises(ProblemError, match=match):
        load_problem(tmp_path / "p.npz")


@pytest.mark.parametrize(
    ("more", "drop", "match"),
    [
        ({"colour": np.array(1)}, (), "colour is not an array of the file contract"),
        ({}, ("capacity",), "capacity is missing"),
        ({}, ("allowed",), "allowed is missing"),
        ({"edge_student": np.array([0])}, (), "edge_student cannot stand beside quality"),
        ({"fair_nations": np.array(2)}, (), "fair_nations is not one value"),
    ],
)
def test_load_problem_wrong_set_of_arrays_is_refused(
    tmp_path: Path, more: dict[str, Any], drop: tuple[str, ...], match: str
) -> None:
    arrays = random_arrays(3, students=8, hosts=6, nations=3) | more
    np.savez(tmp_path / "p.npz", **{k: v for k, v in arrays.items() if k not in drop})
    with pytest.raises(ProblemError, match=match):
        load_problem(tmp_path / "p.npz")


def test_import_in_a_fresh_interpreter_loads_no_web_or_database_module() -> None:
    code = (
        "import sys, exchange.matching\n"
        "heavy = {'flask', 'sqlmodel', 'sqlalchemy', 'wtforms', 'click', 'pandas', 'highspy',"
        " 'numba'}\n"
        "print(sorted(heavy & {name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
