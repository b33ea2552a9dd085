"""Copies of the embedded database: whole while others write, and never over another file."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlmodel import select

from exchange.cli.backup import backup
from exchange.errors import ConfigurationError, StorageError
from exchange.records import Programme
from exchange.records.base import check_revision, make_engine
from exchange.records.session import open_session
from tests.databases import new_sqlite


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = new_sqlite(tmp_path)
    monkeypatch.setenv("EXCHANGE_DATABASE_URL", url)
    return url


def run(file: Path) -> None:
    CliRunner().invoke(backup, [str(file)], catch_exceptions=False, standalone_mode=False)


def test_backup_while_others_write_is_a_whole_database(database: str, tmp_path: Path) -> None:
    engine = make_engine(database)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with open_session(engine) as session:
                session.add(Programme(name="P", contact_email="p@example.org", time_zone="UTC"))
                session.commit()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while _count(database) == 0:
            pass
        run(tmp_path / "copy.sqlite")
    finally:
        stop.set()
        writer.join()
        engine.dispose()
    copy = make_engine(f"sqlite:///{tmp_path / 'copy.sqlite'}")
    check_revision(copy)
    copy.dispose()
    assert 0 < _count(f"sqlite:///{tmp_path / 'copy.sqlite'}") <= _count(database)


def _count(url: str) -> int:
    engine = make_engine(url)
    with open_session(engine, writes=False) as session:
        found = len(session.exec(select(Programme)).all())
    engine.dispose()
    return found


def test_backup_onto_a_file_that_exists_is_refused(database: str, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine")
    with pytest.raises(StorageError, match="exists already"):
        run(taken)
    assert taken.read_text() == "mine"


def test_backup_of_a_damaged_database_leaves_no_copy(database: str, tmp_path: Path) -> None:
    path = Path(database.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    data[4096:12288] = b"\xff" * 8192
    path.write_bytes(data)
    with pytest.raises(StorageError, match="copy"):
        run(tmp_path / "copy.sqlite")
    assert [one.name for one in tmp_path.glob("copy*")] == []


def test_backup_of_postgresql_points_to_its_own_tool(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EXCHANGE_DATABASE_URL", "postgresql+psycopg://localhost/exchange")
    with pytest.raises(ConfigurationError, match="pg_dump"):
        run(tmp_path / "copy.sqlite")
