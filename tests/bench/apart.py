"""Runs measured work in a process of its own, so that its memory is its own and it can be ended."""

import multiprocessing
import resource
import statistics
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

R = TypeVar("R")


def apart(work: Callable[[str], R], name: str, *, limit_s: float | None = None) -> R | None:
    """Run `work(name)` in a new process; None when it took too long.

    Raises
    ------
    EOFError
        When the process ended without an answer; its own fault is on standard error.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(work, name, there), daemon=True)
    child.start()
    there.close()
    try:
        if not here.poll(limit_s):
            return None
        found: R = here.recv()
        return found
    finally:
        child.kill()
        child.join()


def _send(work: Callable[[str], R], name: str, pipe: Connection) -> None:
    pipe.send(work(name))


def forget_peak() -> None:
    """Let the peak of memory begin anew where the kernel offers it: a generator counts for none."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def peak_mb() -> float:
    """Return the most memory that this process held, in MiB."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def spread(seconds: list[float]) -> str:
    """Write a median, with the least and the most where there are several; a dash for none."""
    if not seconds:
        return "–"
    middle = statistics.median(seconds)
    digits = 3 if middle < 1.0 else 1
    if len(seconds) == 1:
        return f"{middle:.{digits}f}"
    return f"{middle:.{digits}f} ({min(seconds):.{digits}f}–{max(seconds):.{digits}f})"
