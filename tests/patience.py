"""How a test lives with other processes: how long it waits for them, and where they listen.

Waiting ends as soon as there is nothing to wait for, so a long patience costs nothing: it only has
to be longer than the slowest machine needs at its busiest.
"""

import itertools
import os
import socket
import time
from collections.abc import Callable, Mapping

PATIENCE_S = 180.0
FIRST_PORT, PORTS = 20_000, 2_000
"""Below the ports that a system gives to whoever asks for any, or merely connects."""

_next_port = itertools.count(os.getpid())


def wait_until(is_true: Callable[[], object], told: Callable[[], str] = lambda: "") -> None:
    """Return when it is true; fail after a long while, with what there is to be told."""
    until = time.monotonic() + PATIENCE_S
    while not is_true():
        if time.monotonic() >= until:
            raise AssertionError(f"waited {PATIENCE_S:g} s in vain. {told()}")
        time.sleep(0.05)


def unmeasured(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process whose coverage is not counted, which halves its start.

    For processes that run what others already count.
    """
    return {name: value for name, value in environment.items() if not name.startswith("COVERAGE_")}


def free_port() -> int:
    """Return a port of this machine where nobody listens.

    One that the system chooses may be given to somebody else before a server of ours has it.
    Each worker of the suite therefore has ports of its own, and goes through them in turn.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    while True:
        port = FIRST_PORT + worker * PORTS + next(_next_port) % PORTS
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
