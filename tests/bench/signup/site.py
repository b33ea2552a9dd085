"""The installation that is measured: databases, an open cycle, drafts, and web processes."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import SecretStr
from sqlmodel import Session

from exchange.clock import now
from exchange.config import Settings
from exchange.domain.cycle import ApplicationKind
from exchange.records import Cycle
from exchange.records.base import make_engine, migrate
from exchange.records.session import open_session
from exchange.services import cycles, drafts, programmes, web_sessions
from exchange.services.actor import SYSTEM
from exchange.web.signup.journey import CHECK, digest
from tests.databases import PostgresServer, find_postgres

SECRET = "0123456789abcdef" * 4
RAW_CSRF_TOKEN = "0123456789abcdef"
WEB_PROCESSES = 2
_START_S = 60.0

Answers = dict[str, dict[str, list[str]]]


@contextmanager
def databases(folder: str) -> Iterator[dict[str, str]]:
    """Migrated databases by their names; PostgreSQL keeps what it commits, as a real one does."""
    urls = {"SQLite": f"sqlite:///{folder}/exchange.sqlite"}
    programs = find_postgres()
    server = PostgresServer(programs, is_durable=True) if programs else None
    if server is None:
        print("There is no PostgreSQL on this machine: SQLite alone is measured.")
    else:
        server.start()
        urls["PostgreSQL"] = server.url
    try:
        for url in urls.values():
            migrate(url)
        yield urls
    finally:
        if server is not None:
            server.stop()


def settings_of(url: str, folder: str, *, log_level: str = "INFO") -> Settings:
    """Settings of a plain installation behind one proxy."""
    return Settings(
        _env_file=None,
        instance_dir=Path(folder),
        database_url=url,
        secret=SecretStr(SECRET),
        trusted_proxies=1,
        log_level=log_level,
    )


def new_cycle(url: str) -> str:
    """Make a programme with an open cycle; return the cycle's public id."""
    engine = make_engine(url)
    with open_session(engine) as session:
        programme = programmes.create_programme(
            session,
            SYSTEM,
            name=f"Programme {secrets.token_hex(4)}",
            contact_email="office@example.org",
            time_zone="Europe/Berlin",
            at=now(),
        )
        made = cycles.create_cycle(
            session,
            SYSTEM,
            programme_id=programme.id or 0,
            name="Summer",
            time_zone="Europe/Berlin",
            opens_at=now() - timedelta(days=1),
            closes_at=now() + timedelta(days=30),
            stay_from_on=date(2027, 6, 1),
            stay_to_on=date(2027, 9, 30),
            at=now(),
        ).public_id
        session.commit()
    engine.dispose()
    return made


def new_drafts(url: str, cycle: str, answers: Answers, *, count: int) -> list[str]:
    """Make complete drafts whose owners have looked through them; return their cookies."""
    checked = {**answers, CHECK: {"answers": [digest(answers)]}}
    engine = make_engine(url)
    with open_session(engine) as session:
        found = session.exec(sa.select(Cycle).where(Cycle.public_id == cycle)).scalar_one()  # type: ignore[call-overload]
        cookies = [_new_draft(session, found, checked) for _ in range(count)]
        session.commit()
    engine.dispose()
    return cookies


def _new_draft(session: Session, cycle: Cycle, data: Any) -> str:
    row, token = web_sessions.start(session, at=now())
    draft = drafts.start_draft(
        session,
        cycle_id=cycle.id,
        kind=ApplicationKind.STUDENT,
        web_session_id=row.id,
        at=now(),
    )
    draft.data = data
    row.data = {
        "drafts": {f"{cycle.public_id}/student": draft.public_id},
        "csrf_token": RAW_CSRF_TOKEN,
    }
    session.flush()
    return token


def counts(url: str, cycle: str) -> tuple[int, int]:
    """(applications, drafts that became one) of a cycle."""
    engine = make_engine(url)
    with open_session(engine, writes=False) as session:
        row = session.connection().execute(
            sa.text(
                "SELECT (SELECT count(*) FROM application a WHERE a.cycle_id = c.id), "
                "(SELECT count(DISTINCT d.submitted_application_id) FROM draft d "
                "WHERE d.cycle_id = c.id) FROM cycle c WHERE c.public_id = :cycle"
            ),
            {"cycle": cycle},
        )
        applications, sent = row.one()
    engine.dispose()
    return applications, sent


@contextmanager
def serving(url: str, folder: str, *, control: bool = False) -> Iterator[tuple[int, int]]:
    """Serve the product (`exchange serve`) or the control; (port, process group's leader)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    product = ["exchange", "serve", "--bind", f"127.0.0.1:{port}", "--workers", str(WEB_PROCESSES)]
    bare = ["tests.bench.signup.control", str(port), str(WEB_PROCESSES)]
    environment = {
        **os.environ,
        "EXCHANGE_DATABASE_URL": url,
        "EXCHANGE_INSTANCE_DIR": folder,
        "EXCHANGE_SECRET": SECRET,
        "EXCHANGE_TRUSTED_PROXIES": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", *(bare if control else product)],
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=_START_S) as one:
                # The socket listens before a process behind it is ready: wait for an answer.
                one.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                if one.recv(1):
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def cpu_seconds(leader: int) -> float:
    """Processor time so far of the web processes below a leader."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            line = stat.read_text(encoding="ascii")
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        fields = line.rpartition(")")[2].split()
        if int(fields[1]) == leader and (b"web-process" in command or b"--fd" in command):
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
