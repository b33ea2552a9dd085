"""The ground under every table: moments, checks, writers that wait, files that are not trusted."""

import multiprocessing
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlmodel import Session, select

from exchange.errors import MigrationNeeded, StorageError
from exchange.records import Account, Programme, base
from exchange.records.base import alembic_config, check_revision, make_engine, migrate
from exchange.records.session import open_session


def test_moment_with_another_zone_comes_back_in_utc(session: Session) -> None:
    moment = datetime(2027, 3, 1, 12, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    session.add(Account(email="a@example.org", display_name="A", disabled_at=moment))
    session.commit()
    session.expire_all()
    found = session.exec(select(Account)).one().disabled_at
    assert found == moment
    assert found is not None
    assert found.tzinfo is UTC


def test_moment_without_zone_is_refused(session: Session) -> None:
    session.add(Account(email="a@example.org", display_name="A", disabled_at=datetime(2027, 3, 1)))
    with pytest.raises(StatementError, match="needs its time zone"):
        session.commit()


def test_email_used_twice_is_refused_by_the_database(session: Session) -> None:
    session.add(Account(email="a@example.org", display_name="A"))
    session.commit()
    session.add(Account(email="a@example.org", display_name="B"))
    with pytest.raises(IntegrityError, match="(?i)unique"):
        session.commit()


def test_capacity_below_zero_is_refused_by_the_database(session: Session) -> None:
    columns = "public_id, created_at, kind, nation, capacity, languages, offers, interests,"
    columns += " child_ages, household_genders, genders_accepted, never"
    values = "'x', '2027-01-01', 'household', 'FR', -1, '[]', '[]', '[]', '[]', '[]', '[]', '[]'"
    with pytest.raises(IntegrityError, match="(?i)capacity_in_range"):
        session.connection().exec_driver_sql(f"INSERT INTO host ({columns}) VALUES ({values})")


def test_migration_down_and_up_again_leaves_the_same_tables(database_url: str) -> None:
    migrate(database_url, "base")
    engine = make_engine(database_url)
    assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
    with pytest.raises(MigrationNeeded, match="exchange migrate"):
        check_revision(engine)
    migrate(database_url)
    check_revision(engine)
    with engine.connect() as connection:
        config = alembic_config(database_url)
        config.attributes["connection"] = connection
        command.check(config)
    engine.dispose()


def test_counter_raised_by_many_writers_loses_no_update(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        session.add(Programme(name="0", contact_email="p@example.org", time_zone="UTC"))
        session.commit()

    def raise_by_ten() -> None:
        for _ in range(10):
            with open_session(engine) as session:
                statement = select(Programme).with_for_update()
                programme = session.exec(statement).one()
                programme.name = str(int(programme.name) + 1)
                session.commit()

    threads = [threading.Thread(target=raise_by_ten) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open_session(engine) as session:
        assert session.exec(select(Programme)).one().name == "40"


@pytest.mark.parametrize("content", [b"", b"not a database at all"])
def test_damaged_database_file_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "exchange.sqlite"
    path.write_bytes(content)
    with pytest.raises(StorageError, match="restore it from a backup"):
        make_engine(f"sqlite:///{path}")
    assert path.read_bytes() == content


def test_make_engine_again_keeps_the_locks_of_open_connections(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'exchange.sqlite'}"
    ours = make_engine(url)
    _insert(ours, 1)
    make_engine(url).dispose()
    # Were our locks gone, this process would remove the write-ahead log when it leaves.
    code = (
        "from exchange.records.base import make_engine;"
        f"engine = make_engine({url!r});"
        "connection = engine.connect();"
        "connection.exec_driver_sql('INSERT INTO seen VALUES (2)');"
        "connection.commit(); connection.close(); engine.dispose()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    _insert(ours, 3)
    ours.dispose()
    with make_engine(url).connect() as connection:
        assert [x for (x,) in connection.exec_driver_sql("SELECT number FROM seen")] == [1, 2, 3]


def _insert(engine: sa.Engine, number: int) -> None:
    # The pool keeps the connection, and with it the file, open.
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS seen (number INTEGER)")
        connection.exec_driver_sql(f"INSERT INTO seen VALUES ({number})")


def test_migrate_by_several_processes_at_once_all_succeed(database_url: str) -> None:
    migrate(database_url, "base")
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(3)
    movers = [context.Process(target=_migrate_at, args=(gate, database_url)) for _ in range(3)]
    for mover in movers:
        mover.start()
    for mover in movers:
        mover.join()
    assert [mover.exitcode for mover in movers] == [0] * 3
    engine = make_engine(database_url)
    check_revision(engine)
    engine.dispose()


def _migrate_at(gate: Barrier, url: str) -> None:
    gate.wait()
    migrate(url)


@pytest.fixture
def killed(engine: sa.Engine) -> sa.Engine:
    """An engine one of whose connections the server has ended while nobody used it."""
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no server that could end a connection")
    with engine.connect() as one, engine.connect() as other:
        pid = one.scalar(sa.text("SELECT pg_backend_pid()"))
        one.rollback()
        one.close()
        other.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        other.invalidate()
    return engine


def test_connection_that_died_at_rest_is_replaced(
    killed: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "REST_S", 0.0)
    with killed.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1


def test_connection_in_use_is_not_asked_whether_it_lives(killed: sa.Engine) -> None:
    with killed.connect() as connection, pytest.raises(OperationalError, match="terminat"):
        connection.scalar(sa.text("SELECT 1"))
    with killed.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
