"""The process that works the queue: Huey's consumer with one process per slot, and its upkeep.

Started by `exchange worker`, and as a child by `exchange serve` and `exchange demo`.
"""

import fcntl
import logging
import os
import signal
import time
from typing import IO

import structlog
from huey import Huey
from huey.consumer import Consumer, Scheduler, Worker

from exchange.config import Settings
from exchange.errors import Conflict
from exchange.jobs import (
    api_keeper,
    draft_keeper,
    expiry_keeper,
    export_writer,
    frontier_task,
    incident_watch,
    mail_sender,
    offer_keeper,
    placement_watch,
    reminder_keeper,
    tasks,
    text_watch,
    upload_sweeper,
)
from exchange.jobs.lifeline import die_with_parent, parent_is_alive
from exchange.jobs.queue import is_embedded, open_queue

_log = structlog.get_logger(__name__)

_FIRST_DELAY_S = 0.1
_MOST_DELAY_S = 0.5
"""Huey's own default grows to ten seconds; a coordinator should not wait for that."""
_HEALTH_CHECK_S = 1.0


def worker_main(settings: Settings, *, concurrency: int = 1, parent_pid: int | None = None) -> int:
    """Work until told to stop; return the exit code.

    With `parent_pid` this is somebody's child: it ends with its parent, and it waits for its turn
    where another worker holds the embedded queue. Without, it is refused there.

    Raises
    ------
    Conflict
        When another worker already holds the embedded queue of this instance.
    """
    if parent_pid is not None:
        die_with_parent(parent_pid, signal.SIGTERM)
    logging.getLogger("huey").setLevel(logging.WARNING)
    turn = _take_turn(settings, parent_pid) if is_embedded(settings) else None
    try:
        consumer = _Consumer(open_queue(settings), settings, concurrency)
        _log.info("worker.started", pid=os.getpid(), concurrency=concurrency)
        consumer.run()
        _log.info("worker.stopped", pid=os.getpid())
    finally:
        if turn is not None:
            turn.close()
    return 0


def _take_turn(settings: Settings, parent_pid: int | None) -> IO[bytes]:
    """Hold the lock of the embedded queue; its children inherit it until the last is gone."""
    settings.instance_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    turn = (settings.instance_dir / "worker.lock").open("ab")
    while True:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if parent_pid is None:
                turn.close()
                raise Conflict(
                    "Another worker already works for this instance; stop it first, "
                    "or give it more slots with --concurrency."
                ) from None
            if not parent_is_alive(parent_pid):
                raise SystemExit(0) from None
            time.sleep(0.5)
        else:
            return turn


class _Slot(Worker):  # type: ignore[misc]
    """A process that takes one run at a time."""

    def __init__(self, consumer_pid: int, **options: object) -> None:
        super().__init__(**options)
        self._consumer_pid = consumer_pid

    def initialize(self) -> None:
        """End with the consumer, even when that is killed and cannot say so."""
        die_with_parent(self._consumer_pid)
        super().initialize()


class _Upkeep(Scheduler):  # type: ignore[misc]
    """A process that looks after what nobody else does: runs, drafts, mails and files that are due.

    It stands where Huey has its scheduler; we schedule nothing.
    """

    process_name = "Upkeep"

    def __init__(self, consumer_pid: int, settings: Settings, **options: object) -> None:
        super().__init__(**options)
        self._consumer_pid = consumer_pid
        self._settings = settings

    def initialize(self) -> None:
        """End with the consumer, even when that is killed and cannot say so."""
        die_with_parent(self._consumer_pid)
        super().initialize()

    def loop(self, now: object = None) -> None:
        """Do one round, then wait for the next."""
        chores = (
            tasks.reap,
            frontier_task.reap_frontiers,
            expiry_keeper.end_what_is_over,
            draft_keeper.tend_drafts,
            text_watch.ask_again,
            placement_watch.watch_placements,
            incident_watch.watch_incidents,
            offer_keeper.tend_offers,
            reminder_keeper.send_reminders,
            mail_sender.send_due_mails,
            upload_sweeper.sweep_uploads,
            export_writer.write_due_exports,
            api_keeper.forget_replies,
        )
        for chore in chores:
            try:
                chore(self._settings)
            except Exception:
                # A fault of one round must not end the rounds: the next may find all well.
                _log.exception("upkeep.failed", chore=chore.__name__)
        self.stop_flag.wait(self._settings.upkeep_every_s)


class _Consumer(Consumer):  # type: ignore[misc]
    """Huey's consumer with our slots and our upkeep."""

    def __init__(self, queue: Huey, settings: Settings, concurrency: int) -> None:
        self._settings = settings
        super().__init__(
            queue,
            workers=concurrency,
            periodic=False,
            worker_type="process",
            initial_delay=_FIRST_DELAY_S,
            max_delay=_MOST_DELAY_S,
            health_check_interval=_HEALTH_CHECK_S,
        )

    def _create_worker(self) -> Worker:
        return _Slot(
            os.getpid(),
            huey=self.huey,
            stop_flag=self.stop_flag,
            default_delay=self.default_delay,
            max_delay=self.max_delay,
            backoff=self.backoff,
            max_tasks=self.max_tasks,
        )

    def _create_scheduler(self) -> Scheduler:
        return _Upkeep(
            os.getpid(),
            self._settings,
            huey=self.huey,
            stop_flag=self.stop_flag,
            interval=1,
            periodic=False,
        )
