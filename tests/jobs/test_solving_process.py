"""A child that solves: what it may use, how it fails, and that it never outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from exchange.errors import RulesError
from exchange.jobs.progress import Board, Failure
from exchange.jobs.solving_process import SolvingProcess, fork_solving_process
from exchange.logs import configure_logging
from tests.patience import PATIENCE_S, wait_until


def _run(work: object, *, memory_limit_mb: int = 4096) -> SolvingProcess:
    solver = fork_solving_process(work, Board(), memory_limit_mb=memory_limit_mb)  # type: ignore[arg-type]
    assert solver.wait(PATIENCE_S)
    return solver


def test_solving_process_work_done_gives_its_answer() -> None:
    solver = _run(lambda board: {"placements": [["s1", "h1"]], "pid": os.getpid()})
    assert solver.failure() is None
    assert solver.answer() == {"placements": [["s1", "h1"]], "pid": solver.pid}
    assert solver.pid != os.getpid()
    solver.close()


def test_solving_process_refusal_leaves_code_and_facts() -> None:
    def work(board: Board) -> None:
        raise RulesError("The rules are wrong.", rule="pins")

    solver = _run(work)
    assert solver.failure() == Failure("rules", {"rule": "pins"})
    solver.close()


def test_solving_process_fault_leaves_its_kind_only(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO")  # Logs go where standard error is now, not where it was before.
    solver = _run(lambda board: 1 // 0)
    assert solver.failure() == Failure("internal", {"fault": "ZeroDivisionError"})
    solver.close()
    assert "job.solving_failed" in "".join(capfd.readouterr())


def test_solving_process_over_memory_limit_fails_with_memory() -> None:
    solver = _run(lambda board: np.ones(3_000_000_000).sum(), memory_limit_mb=2048)
    assert solver.failure() == Failure("memory", {"limit_mb": 2048})
    solver.close()


def test_solving_process_killed_from_outside_is_no_failure_of_the_run() -> None:
    solver = fork_solving_process(lambda board: time.sleep(720), Board(), memory_limit_mb=4096)
    os.kill(solver.pid, signal.SIGKILL)
    assert solver.wait(PATIENCE_S)
    assert solver.exit_code == -signal.SIGKILL
    assert solver.failure() is None
    solver.close()


def test_solving_process_close_ends_a_child_deep_in_work() -> None:
    solver = fork_solving_process(lambda board: time.sleep(720), Board(), memory_limit_mb=4096)
    assert not solver.wait(0.1)
    solver.close()
    with pytest.raises(ProcessLookupError, match="No such process"):
        os.kill(solver.pid, 0)


def test_solving_process_parent_killed_dies_too() -> None:
    code = """
import sys, time
from exchange.jobs.progress import Board
from exchange.jobs.solving_process import fork_solving_process
solver = fork_solving_process(lambda board: time.sleep(720), Board(), memory_limit_mb=4096)
print(solver.pid, flush=True)
time.sleep(720)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        parent.kill()
    wait_until(lambda: not _is_running(child))


def _is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
