"""The file contract of the solver: a problem and a solution as `.npz` archives."""

import os
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from exchange.errors import ProblemError
from exchange.matching.arrays import fault
from exchange.matching.couplings import Couplings
from exchange.matching.problem import Problem
from exchange.matching.solution import Solution, Status

REQUIRED = ("student_nation", "host_nation", "capacity", "pair_weight")
DENSE = ("quality", "allowed")
SPARSE = ("edge_student", "edge_host", "edge_quality")
OPTIONAL = (
    "min_quality",
    "pin",
    "forbid",
    "tier",
    "fair_nations",
    "student_key",
    "host_key",
)
LIMITS = tuple(item.name for item in fields(Couplings))

SOLUTION_FIELDS = (
    "host",
    "M",
    "M_bound",
    "S_found",
    "S_bound",
    "S_floor",
    "S",
    "D",
    "D_bound",
    "Q",
    "Q_bound",
    "status",
    "seconds",
)


def load_problem(path: str | os.PathLike[str]) -> Problem:
    """Read and check a problem.

    Raises
    ------
    ProblemError
        When the file is not an archive of arrays, or an array is missing, unknown or malformed.
    """
    arrays = _read_arrays(path)
    for name in arrays:
        if name not in (*REQUIRED, *DENSE, *SPARSE, *OPTIONAL, *LIMITS):
            raise fault(name, "is not an array of the file contract")
    for name in REQUIRED:
        if name not in arrays:
            raise fault(name, "is missing")
    form = DENSE if any(name in arrays for name in DENSE) else SPARSE
    other = SPARSE if form is DENSE else DENSE
    for name in form:
        if name not in arrays:
            raise fault(name, "is missing")
    for name in other:
        if name in arrays:
            raise fault(name, f"cannot stand beside {form[0]}: a problem is dense or sparse")
    optional: dict[str, Any] = {
        name: arrays[name] for name in (*OPTIONAL, *LIMITS) if name in arrays
    }
    if "min_quality" in optional:
        optional["min_quality"] = _scalar(arrays["min_quality"], "min_quality", kinds="fiu")
    for name in ("fair_nations", "isolation_guard"):
        if name in optional:
            optional[name] = bool(_scalar(arrays[name], name, kinds="b"))
    build = Problem.dense if form is DENSE else Problem.sparse
    return build(*(arrays[name] for name in (*REQUIRED, *form)), **optional)


def save_problem(path: str | os.PathLike[str], problem: Problem) -> None:
    """Write a problem, in the sparse form."""
    names = [*REQUIRED, *SPARSE, *OPTIONAL]
    arrays = {name: np.asarray(getattr(problem, name)) for name in names if name != "tier"}
    if problem.tier is not None:
        arrays["tier"] = problem.tier
    for name in problem.couplings.given:
        arrays[name] = np.asarray(getattr(problem.couplings, name))
    with Path(path).open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def save_solution(path: str | os.PathLike[str], solution: Solution) -> None:
    """Write the fields of the file contract."""
    arrays = {name: np.asarray(getattr(solution, name)) for name in SOLUTION_FIELDS}
    arrays["status"] = np.asarray(str(solution.status))
    with Path(path).open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def load_solution(path: str | os.PathLike[str]) -> Solution:
    """Read a solution back; what the file contract does not hold takes its default."""
    arrays = _read_arrays(path)
    for name in SOLUTION_FIELDS:
        if name not in arrays:
            raise fault(name, "is missing")
    host = arrays["host"].astype(np.int64)
    host.setflags(write=False)
    whole = {name: int(arrays[name]) for name in ("M", "M_bound")}
    status = Status(str(arrays["status"]))
    real = {
        name: float(arrays[name])
        for name in SOLUTION_FIELDS
        if name not in ("host", "status", *whole)
    }
    return Solution(host=host, status=status, **whole, **real)  # type: ignore[arg-type]


def _read_arrays(path: str | os.PathLike[str]) -> dict[str, npt.NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            if not hasattr(archive, "files"):
                raise fault("file", "holds one array, expected an archive of named arrays")
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ProblemError(
            "file cannot be read as an archive of arrays; write it with numpy.savez.",
            array="file",
            index=None,
            fault="unreadable",
        ) from error


def _scalar(array: npt.NDArray[Any], name: str, *, kinds: str) -> float:
    if array.size != 1 or array.dtype.kind not in kinds:
        raise fault(name, "is not one value of the right type")
    return float(array.reshape(()))
