"""An installation whose processes are really killed, and what must hold of it afterwards."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import select

from exchange.config import Settings
from exchange.domain.cycle import LIVE_RUN_STATES, RunState
from exchange.jobs import queue
from exchange.records import AuditEvent, MatchRun, OutboxMail, Placement
from exchange.records.session import open_session
from exchange.services import audit
from tests.jobs.cohort import Cohort, make_cohort, start_run
from tests.kills.nursery import Nursery, Process
from tests.patience import wait_until


@dataclass
class Lab:
    """A database, a small cycle in it, and the processes started on it."""

    engine: sa.Engine
    settings: Settings
    folder: Path
    nursery: Nursery
    cohort: Cohort = field(init=False)
    worker: Process | None = None
    kills: int = 0

    def __post_init__(self) -> None:
        self.cohort = make_cohort(self.engine)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "EXCHANGE_INSTANCE_DIR": str(self.settings.instance_dir),
            "EXCHANGE_DATABASE_URL": self.settings.database_url,
            "EXCHANGE_RUN_LEASE_S": "3",
            "EXCHANGE_UPKEEP_EVERY_S": "0.5",
            "KILLS_ARMED": str(self.folder / "armed"),
        }

    def command(self, *arguments: str, inherits: tuple[int, ...] = ()) -> Process:
        """Start one command in a session of its own."""
        log = self.folder / "log"
        return self.nursery.start(
            arguments, environment=self.environment, log=log, inherits=inherits
        )

    def start_worker(self) -> None:
        """Start a worker with two slots, unless one is alive."""
        if self.worker is None or self.worker.poll() is not None:
            self.worker = self.command("worker", "--concurrency", "2")

    def close(self) -> None:
        """Stop the worker as an operator would, and require that nothing is left of it."""
        if self.worker is not None:
            self.worker.terminate()
            self.worker.wait()
            self.wait_for(lambda: not self.processes())

    def processes(self) -> list[int]:
        """Return the living processes of the worker's session."""
        assert self.worker is not None
        return [pid for pid in _all_pids() if _session_of(pid) == self.worker.pid]

    def new_run(self, *, is_heard: bool = True) -> str:
        """Start a run; without `is_heard` its message to the queue is lost."""
        run_id = start_run(self.engine, self.cohort, minutes_ago=0.0 if is_heard else 1.0)
        if is_heard:
            queue.enqueue_run(run_id, self.settings)
        return run_id

    def arm(self, place: str) -> None:
        """Have the first process that comes to this place wait there."""
        self.fired.unlink(missing_ok=True)
        part = self.folder / "armed.part"
        part.write_text(place, encoding="ascii")
        part.rename(self.folder / "armed")

    @property
    def fired(self) -> Path:
        return self.folder / "fired"

    def wait_at_place(self) -> int:
        """Return the process that waits at the armed place."""
        self.wait_for(lambda: self.fired.exists() and _number(self.fired))
        return _number(self.fired)

    def kill(self, pid: int) -> None:
        """End one process at once; it cannot notice."""
        os.kill(pid, signal.SIGKILL)
        self.kills += 1

    def kill_worker(self) -> None:
        """End the consumer at once; whatever it started must follow it by itself."""
        assert self.worker is not None
        self.kill(self.worker.pid)
        self.worker.wait()
        self.wait_for(lambda: not self.processes())

    def run(self, run_id: str) -> MatchRun:
        with open_session(self.engine, writes=False) as session:
            return session.exec(select(MatchRun).where(MatchRun.public_id == run_id)).one()

    def wait_for_end(self, run_id: str) -> MatchRun:
        """Wait until a run has ended, after whatever befell it."""
        self.wait_for(lambda: self.run(run_id).state not in LIVE_RUN_STATES)
        return self.run(run_id)

    def wait_for(self, is_true: Callable[[], object]) -> None:
        wait_until(is_true, lambda: self.log()[-4000:])

    def log(self) -> str:
        """Return what the processes have logged."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def check(self) -> None:
        """Require that nothing is lost, doubled or half written anywhere."""
        with open_session(self.engine, writes=False) as session:
            assert audit.first_broken_event(session) is None
            found = session.exec(select(MatchRun)).all()
            assert not [run for run in found if run.state in LIVE_RUN_STATES]
            assert sum(run.state is RunState.PUBLISHED for run in found) <= 1
            digests = {run.result_digest for run in found}
            assert len(digests) == 1, "the same snapshot and seed gave different results"
            rows = Counter(session.exec(select(Placement.run_id)).all())
            assert rows == {run.id: (run.report or {})["M"] for run in found}
            ends = Counter(
                session.exec(
                    select(AuditEvent.subject_id).where(AuditEvent.action == "run:ready")
                ).all()
            )
            assert ends == {run.public_id: 1 for run in found}

    def mails(self) -> list[OutboxMail]:
        with open_session(self.engine, writes=False) as session:
            return list(session.exec(select(OutboxMail).order_by(sa.text("id"))))

    def deliveries(self) -> Counter[str]:
        """Return how often each mail was handed over."""
        path = self.folder / "delivered"
        return Counter(path.read_text(encoding="ascii").split()) if path.exists() else Counter()


def parent_of(pid: int) -> int:
    return int(_stat(pid)[1])


def _session_of(pid: int) -> int | None:
    fields = _stat(pid)
    return None if not fields or fields[0] == "Z" else int(fields[3])


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _number(path: Path) -> int:
    text = path.read_text(encoding="ascii")
    return int(text) if text.endswith("\n") and text.strip().isdigit() else 0
