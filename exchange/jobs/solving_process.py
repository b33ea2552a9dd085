"""One process per attempt to solve, forked from a worker that has the solvers loaded already.

A process of its own can be held to a memory limit, can be ended while it is deep inside a library
call, and gives all of its memory back. It knows no database: a forked child must not use its
parent's connections, so it leaves its answer in an unnamed file and the supervisor writes it down.
"""

import gc
import json
import os
import re
import resource
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

import structlog

from exchange.errors import ExchangeError
from exchange.jobs.lifeline import die_with_parent
from exchange.jobs.progress import Board, Failure

_log = structlog.get_logger(__name__)

MEMORY_CODE = "memory"
INTERNAL_CODE = "internal"
_TICK_S = 0.02


@dataclass
class SolvingProcess:
    """A child at work. `exit_code` is None while it lives, negative when a signal ended it."""

    pid: int
    answer_file: IO[bytes]
    board: Board
    memory_limit_mb: int
    exit_code: int | None = None
    peak_mb: int = 0

    def wait(self, timeout_s: float) -> bool:
        """Wait until the child has ended, or the time is over; say whether it has ended."""
        until = time.monotonic() + timeout_s
        self.peak_mb = max(self.peak_mb, _peak_mb(self.pid))
        while self.exit_code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.exit_code = os.waitstatus_to_exitcode(status)
            elif time.monotonic() >= until:
                return False
            else:
                time.sleep(_TICK_S)
        return True

    def kill(self) -> None:
        """End the child now, wherever it is, and collect it."""
        if self.exit_code is None:
            os.kill(self.pid, signal.SIGKILL)
            _, status = os.waitpid(self.pid, 0)
            self.exit_code = os.waitstatus_to_exitcode(status)

    def answer(self) -> Any:
        """Return what the work returned. Only for a child that ended well."""
        self.answer_file.seek(0)
        return json.load(self.answer_file)

    def failure(self) -> Failure | None:
        """Return why the child gave up; None when it ended well or was killed from outside.

        A library written in C++ that gets no memory ends its process instead of raising.
        """
        if self.exit_code in (0, -signal.SIGKILL):
            return None
        told = self.board.failure()
        if told is not None:
            return told
        is_near_limit = 2 * self.peak_mb > self.memory_limit_mb
        code = MEMORY_CODE if is_near_limit else INTERNAL_CODE
        return Failure(code, {"exit_code": self.exit_code, "limit_mb": self.memory_limit_mb})

    def close(self) -> None:
        """End the child if it still lives, and give everything back."""
        self.kill()
        self.answer_file.close()
        self.board.close()


def fork_solving_process(
    work: Callable[[Board], Any], board: Board, *, memory_limit_mb: int
) -> SolvingProcess:
    """Run `work` in a child process under a memory limit; its value must be JSON-ready.

    A refusal or a fault of `work` ends up on the board as a code with facts.
    """
    parent_pid = os.getpid()
    answer_file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by SolvingProcess.close
    pid = os.fork()
    if pid == 0:
        # What was inherited is never touched again, not even by the collector of garbage.
        gc.freeze()
        _run_child(work, board, answer_file, memory_limit_mb=memory_limit_mb, parent_pid=parent_pid)
    return SolvingProcess(pid, answer_file, board, memory_limit_mb)


def _run_child(
    work: Callable[[Board], Any],
    board: Board,
    answer_file: IO[bytes],
    *,
    memory_limit_mb: int,
    parent_pid: int,
) -> NoReturn:
    # Nothing of the parent may run here: neither its signal handlers nor its clean-up at exit.
    exit_code = 1
    try:
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(signum, signal.SIG_DFL)
        die_with_parent(parent_pid)
        _limit_memory(memory_limit_mb)
        answer = work(board)
        answer_file.write(json.dumps(answer, separators=(",", ":")).encode())
        answer_file.flush()
        exit_code = 0
    except MemoryError:
        board.fail(MEMORY_CODE, {"limit_mb": memory_limit_mb})
    except ExchangeError as error:
        board.fail(error.code, error.facts)
    except BaseException as error:
        board.fail(INTERNAL_CODE, {"fault": type(error).__name__})
        _log.exception("job.solving_failed")
    finally:
        os._exit(exit_code)


def _limit_memory(limit_mb: int) -> None:
    limit = limit_mb * 1024 * 1024
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    # A crash for want of memory must not fill the disk with a picture of that memory.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _peak_mb(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0  # No such system, or no such process any more: then nothing is known.
    found = re.search(r"^VmPeak:\s*(\d+) kB", status, re.MULTILINE)
    return int(found.group(1)) // 1024 if found else 0
