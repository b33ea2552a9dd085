"""The parent of a serving installation: keeps its web and worker processes alive, and ends them.

It holds no application and no database: it only starts, watches, restarts and stops children,
each in a process group of its own so that nothing of them can be left behind.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

_log = structlog.get_logger(__name__)

_LOOK_EVERY_S = 0.2
_SHORT_LIFE_S = 5.0
_LONGEST_PAUSE_S = 5.0
_PATIENCE_S = 15.0
"""How long children get to finish what they are doing when the service stops."""
_FIRST_REFUSAL = 2
_LAST_REFUSAL = 8
"""Exit codes by which a child says that starting it again will not help."""


@dataclass
class _Child:
    name: str
    arguments: Sequence[str]
    pass_fds: Sequence[int]
    process: subprocess.Popen[bytes] | None = None
    started_at_s: float = 0.0
    start_after_s: float = 0.0
    short_lives: int = 0


@dataclass
class Supervisor:
    """Children by name, and the loop that looks after them."""

    environment: Mapping[str, str] = field(default_factory=dict)
    _children: list[_Child] = field(default_factory=list)
    _signum: int | None = None

    def start(self, name: str, arguments: Sequence[str], *, pass_fds: Sequence[int] = ()) -> None:
        """Start `exchange ARGUMENTS --parent PID` and keep it alive from now on."""
        child = _Child(name, tuple(arguments), tuple(pass_fds))
        self._children.append(child)
        self._spawn(child)

    def run(self) -> int:
        """Look after the children until a signal says stop; return the exit code."""
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self._note_signal)
        try:
            while self._signum is None:
                for child in self._children:
                    refusal = self._look_after(child)
                    if refusal is not None:
                        return refusal
                time.sleep(_LOOK_EVERY_S)
        finally:
            self.stop()
        return 0

    def check(self) -> None:
        """Restart what has died; for a caller that waits for something else meanwhile."""
        for child in self._children:
            self._look_after(child)

    def stop(self) -> None:
        """End all children, gently first, and whatever is left of their groups."""
        processes = [child.process for child in self._children if child.process is not None]
        for process in processes:
            _signal_group(process, signal.SIGTERM, only_leader=True)
        until = time.monotonic() + _PATIENCE_S
        for process in processes:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                _log.warning("serve.child_killed", pid=process.pid)
            _signal_group(process, signal.SIGKILL)
            process.wait()
        self._children.clear()

    def _note_signal(self, signum: int, frame: object) -> None:
        self._signum = signum

    def _look_after(self, child: _Child) -> int | None:
        """Restart a dead child; return its exit code where that cannot help."""
        at = time.monotonic()
        if child.process is not None:
            exit_code = child.process.poll()
            if exit_code is None:
                return None
            _signal_group(child.process, signal.SIGKILL)
            _log.warning("serve.child_ended", child=child.name, exit_code=exit_code)
            child.process = None
            is_short = at - child.started_at_s < _SHORT_LIFE_S
            if is_short and _FIRST_REFUSAL <= exit_code <= _LAST_REFUSAL:
                return exit_code
            child.short_lives = child.short_lives + 1 if is_short else 0
            child.start_after_s = at + min(_LONGEST_PAUSE_S, child.short_lives * 1.0)
        if at >= child.start_after_s:
            self._spawn(child)
        return None

    def _spawn(self, child: _Child) -> None:
        command = [sys.executable, "-m", "exchange", *child.arguments]
        child.started_at_s = time.monotonic()
        child.process = subprocess.Popen(
            [*command, "--parent", str(os.getpid())],
            pass_fds=child.pass_fds,
            env={**os.environ, **self.environment},
            # Its own group: Ctrl-C in a terminal reaches this process alone, which then decides.
            start_new_session=True,
        )


def _signal_group(
    process: subprocess.Popen[bytes],
    signum: signal.Signals,
    *,
    only_leader: bool = False,
) -> None:
    try:
        if only_leader:
            process.send_signal(signum)
        else:
            os.killpg(process.pid, signum)
    except (ProcessLookupError, PermissionError):
        pass  # Nobody of that group is left.
