"""The queue behind a narrow seam: `enqueue_run` and `queue_depth` here, `worker_main` in `worker`.

Huey keeps the messages: in its own SQLite file by default, in PostgreSQL where that is configured.
A message holds the id of a run or of a frontier, and nothing else. Losing one loses nothing,
because the row is the truth and the reaper enqueues again whatever nobody picked up.
"""

import hashlib
import hmac
import json
import re
import sqlite3
import threading
from pathlib import Path

import structlog
from huey import Huey, PostgresHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer

from exchange.config import Settings
from exchange.errors import ExchangeError

_log = structlog.get_logger(__name__)

_NAME = "exchange"
_RUN_ID = re.compile(r"[0-9a-f]{32}")
_SIGNATURE_BYTES = 32
_TABLES_LOCK = 7_340_222
"""Key of PostgreSQL's advisory lock under which the queue's tables are made."""

_opening = threading.Lock()
_open_queues: dict[tuple[str, str, str], Huey] = {}


class QueueMessageRefused(ExchangeError):
    """A message of the queue was not written by this installation."""

    code = "queue_message"


class SignedMessages(Serializer):
    """Messages as signed JSON: a run's id. Nothing in it is ever executed or imported.

    Huey's own serialiser pickles, so whoever can write the queue's table could run code. Here a
    message without this installation's signature is refused before it is parsed, and a message
    with it can only name a run.
    """

    def __init__(self, secret: str) -> None:
        super().__init__()
        self._key = hashlib.sha256(b"exchange.queue\0" + secret.encode()).digest()

    def serialize(self, data: Message) -> bytes:
        """Return signature and JSON of a message."""
        (run_id,) = data.args
        if not _RUN_ID.fullmatch(run_id):
            raise QueueMessageRefused("This is not the id of a run; nothing was enqueued.")
        body = json.dumps({"id": data.id, "task": data.name, "run": run_id}).encode("ascii")
        return self._sign(body) + body

    def deserialize(self, data: bytes) -> Message:
        """Return the message; refuse one that this installation did not sign."""
        data = bytes(data)
        signature, body = data[:_SIGNATURE_BYTES], data[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(body)):
            raise QueueMessageRefused(
                "A message of the queue has a wrong signature; it is dropped."
            )
        fields = json.loads(body)
        return Message(
            fields["id"],
            fields["task"],
            retries=0,
            retry_delay=0,
            retry_backoff=0,
            args=(fields["run"],),
            kwargs={},
        )

    def _sign(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")


def enqueue_run(run_public_id: str, settings: Settings | None = None) -> None:
    """Tell the workers that a run waits. Call it after the commit that made the run.

    A queue that cannot be reached is no failure of the caller: the run is on record, and the
    reaper enqueues it as soon as the queue answers.
    """
    try:
        queue = open_queue(settings or Settings())
        queue.enqueue(queue.execute_run.s(run_public_id))
    except _storage_faults() as fault:
        _log.warning("queue.enqueue_failed", run=run_public_id, fault=type(fault).__name__)


def enqueue_frontier(frontier_public_id: str, settings: Settings | None = None) -> None:
    """Tell the workers that a frontier waits; otherwise as `enqueue_run`."""
    try:
        queue = open_queue(settings or Settings())
        queue.enqueue(queue.execute_frontier.s(frontier_public_id))
    except _storage_faults() as fault:
        _log.warning(
            "queue.enqueue_failed", frontier=frontier_public_id, fault=type(fault).__name__
        )


def queue_depth(settings: Settings | None = None) -> int:
    """Return how many messages wait."""
    return int(open_queue(settings or Settings()).storage.queue_size())


def waiting_runs(settings: Settings) -> frozenset[str]:
    """Return the runs and frontiers that have a message waiting, so that no second one is added."""
    queue = open_queue(settings)
    waiting = set()
    for data in queue.storage.enqueued_items():
        try:
            waiting.add(queue.serializer.deserialize(data).args[0])
        except QueueMessageRefused:
            continue
    return frozenset(waiting)


def is_embedded(settings: Settings) -> bool:
    """Say whether the queue is the SQLite file of this instance (one consumer at a time)."""
    return not _postgres_url(settings)


def open_queue(settings: Settings) -> Huey:
    """Return the queue of an installation: the same object each time within a process."""
    settings.instance_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = str((settings.instance_dir / "queue.sqlite").resolve())
    key = (_postgres_url(settings), path, settings.secret_key)
    with _opening:
        if key not in _open_queues:
            _open_queues[key] = _make_queue(settings, path)
        return _open_queues[key]


def _make_queue(settings: Settings, path: str) -> Huey:
    options = {"results": False, "serializer": SignedMessages(settings.secret_key)}
    queue: Huey
    if is_embedded(settings):
        Path(path).touch(mode=0o600)
        queue = SqliteHuey(_NAME, filename=path, fsync=True, **options)
    else:
        queue = PostgresHuey(
            _NAME,
            dsn=_postgres_url(settings),
            table_prefix="exchange_queue",
            create_tables=False,
            **options,
        )
        _make_postgres_tables(queue)

    @queue.task(name="execute_run")
    def execute_run(run_public_id: str) -> None:
        # A slow import (SciPy, OR-Tools): the web process enqueues and must never load it.
        from exchange.jobs import tasks

        tasks.execute_run(run_public_id, settings)

    @queue.task(name="execute_frontier")
    def execute_frontier(frontier_public_id: str) -> None:
        from exchange.jobs import frontier_task  # As slow to load as `tasks`.

        frontier_task.execute_frontier(frontier_public_id, settings)

    queue.execute_run = execute_run
    queue.execute_frontier = execute_frontier
    return queue


def _make_postgres_tables(queue: PostgresHuey) -> None:
    # Two processes that start at once would both find no table, and PostgreSQL's
    # "create table if not exists" then fails in one of them: they take turns.
    with queue.storage.db(commit=True, close=True) as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", (_TABLES_LOCK,))
        for statement in queue.storage.ddl:
            cursor.execute(statement)


def _postgres_url(settings: Settings) -> str:
    url = settings.queue_url
    if not url and settings.database_url.startswith("postgresql"):
        url = settings.database_url
    # Huey speaks to psycopg itself; the driver's name is SQLAlchemy's affair.
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _storage_faults() -> tuple[type[Exception], ...]:
    faults: tuple[type[Exception], ...] = (sqlite3.Error, OSError)
    try:
        import psycopg  # An optional extra: absent where everything is SQLite.
    except ImportError:
        return faults
    return (*faults, psycopg.Error)
