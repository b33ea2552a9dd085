"""A process that has loaded everything, and forks one for each command: an import takes seconds.

`python -m tests.kills.nursery` is the nursery itself; `Nursery` speaks to it over a socket. Each
message is one line of JSON, to which it answers with another.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.patience import unmeasured, wait_until

CHECKOUT = Path(__file__).resolve().parents[2]
_MOST_BYTES = 65_536


class Process:
    """A command that the nursery has started: its leader, by whose id its session is known."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self.nursery = nursery
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it lives."""
        if self.returncode is None:
            self.returncode = self.nursery.ask({"pid": self.pid})
        return self.returncode

    def wait(self) -> None:
        """Wait until it has ended."""
        wait_until(lambda: self.poll() is not None)

    def terminate(self) -> None:
        """Ask it to end, if it has not."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)


class Nursery:
    """Starts the nursery; `close` ends it, but not what it has started."""

    def __init__(self) -> None:
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.kills.nursery", str(theirs.fileno())],
                cwd=CHECKOUT,
                env=unmeasured(os.environ),
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
        self.pid = self.process.pid

    def start(
        self,
        arguments: tuple[str, ...],
        *,
        environment: Mapping[str, str],
        log: Path,
        inherits: tuple[int, ...] = (),
    ) -> Process:
        """Run one command in a session of its own; `{fd}` in it is the first file it inherits."""
        message = {"arguments": arguments, "environment": dict(environment), "log": str(log)}
        return Process(self, self.ask(message, inherits))

    def ask(self, message: Mapping[str, Any], fds: tuple[int, ...] = ()) -> Any:
        """Return the answer to a message."""
        socket.send_fds(self.socket, [json.dumps(message).encode()], fds)
        return json.loads(self.socket.recv(_MOST_BYTES))

    def close(self) -> None:
        """End the nursery."""
        self.socket.close()
        self.process.wait()


def main(control: socket.socket) -> None:
    """Load what any command may need, then start and watch commands until the suite is gone."""
    import exchange.app
    import exchange.cli.run
    import exchange.cli.serve
    import exchange.cli.worker
    import exchange.jobs.worker  # noqa: F401

    while True:
        data, fds, _, _ = socket.recv_fds(control, _MOST_BYTES, 4)
        if not data:
            return
        message = json.loads(data)
        if "pid" in message:
            ended, status = os.waitpid(message["pid"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if ended else None
        else:
            answer = os.fork()
            if answer == 0:
                control.close()
                _become(message, fds)
                return
            for fd in fds:
                os.close(fd)
        control.send(json.dumps(answer).encode())


def _become(message: dict[str, Any], fds: list[int]) -> None:
    os.setsid()
    log = os.open(message["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(message["environment"])
    sys.argv[1:] = [word.format(fd=fds[0]) if fds else word for word in message["arguments"]]
    from tests.kills import entry  # It reads the environment.

    entry.main()


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
