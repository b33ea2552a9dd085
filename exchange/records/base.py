"""What every table is made of, and the engine that holds them.

Columns that hold a moment are aware and in UTC; enums are stored by value; public ids are 128
random bits. No table is defined here.
"""

import os
import secrets
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DatabaseError, InvalidatePoolError
from sqlmodel import Field, SQLModel

from exchange.clock import now
from exchange.config import migrations_dir
from exchange.errors import MigrationNeeded, StorageError

BUSY_S = 5.0
"""How long a connection to SQLite waits for another's lock."""
KEPT_CONNECTIONS = 8
"""How many connections a process keeps: one for each thread of the site, which each have one at
a time. To open one more and close it again takes longer than a page."""
REST_S = 1.0
"""A connection to PostgreSQL that rested for so long is asked whether it still lives, before it is
used; a server that is started anew takes longer."""
_MIGRATION_LOCK = 7_340_223
"""Key of PostgreSQL's advisory lock: of two processes that migrate, one waits for the other."""

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment: aware on the way in and out, UTC in the database."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment: which hour it means depends on who reads it."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give SQLite's naive moments their zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_column(kind: type[StrEnum], *, nullable: bool = False) -> Any:
    """Return a column type that stores the values of an enum as text, with a CHECK."""
    return sa.Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=32,
        name=f"{kind.__name__.lower()}",
        values_callable=lambda members: [member.value for member in members],
    )


def new_public_id() -> str:
    """Return 128 random bits in hexadecimal."""
    return secrets.token_hex(16)


class Record(SQLModel):
    """Columns that every table has."""

    id: int = Field(default=None, primary_key=True)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class PublicRecord(Record):
    """A record that pages and files may name, by an id that cannot be guessed."""

    public_id: str = Field(
        default_factory=new_public_id, max_length=32, unique=True, nullable=False
    )


def make_engine(url: str) -> sa.Engine:
    """Make the engine of a database, with what each kind needs to lose nothing.

    Raises
    ------
    StorageError
        When an SQLite file is there but is empty or is no database.
    """
    if not url.startswith("sqlite"):
        engine = sa.create_engine(url, pool_size=KEPT_CONNECTIONS)
        sa.event.listen(engine, "checkin", _note_return)
        sa.event.listen(engine, "checkout", partial(_ping_after_rest, engine.dialect))
        return engine
    path = sa.engine.make_url(url).database
    if path and path != ":memory:":
        _check_file(Path(path))
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_S}, pool_size=KEPT_CONNECTIONS)
    if path and path != ":memory:":
        # Before anything is written: the log beside the file gets the permissions of the file.
        sa.event.listen(engine, "connect", lambda *_: _keep_private(Path(path)))
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _note_return(_connection: Any, record: Any) -> None:
    record.info["returned_s"] = time.monotonic()


def _ping_after_rest(dialect: Dialect, connection: Any, record: Any, _proxy: Any) -> None:
    # Asked before each use, under load a ping would be one question in seven.
    returned_s = record.info.get("returned_s")
    if returned_s is None or time.monotonic() - returned_s < REST_S:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        # The pool makes another connection in its place, and for all that are as old.
        raise InvalidatePoolError from error


def _check_file(path: Path) -> None:
    """Refuse a file that is no database, without ever opening it past SQLite.

    Opening and closing it ourselves would drop every lock that this process holds on it (POSIX
    locks are per process). Another process could then take itself for the only one and remove
    the write-ahead log under our hands: two sets of acknowledged writes, neither seeing the other.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return
    damaged = StorageError("The database file is empty or damaged; restore it from a backup.")
    if path.stat().st_size == 0:
        raise damaged
    with closing(sqlite3.connect(path, timeout=BUSY_S)) as connection:
        try:
            connection.execute("PRAGMA schema_version")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise damaged from error


def _keep_private(path: Path) -> None:
    # The connection has just made the file where there was none, as the umask of the moment says.
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise StorageError(
            "Others can read the database file; take their permission away.",
        ) from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: `_begin_sqlite` does, at once for writers.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_S * 1000:.0f}",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A deferred transaction that reads and then writes fails at once when another has committed
    # in between; a writer therefore takes the lock when it begins.
    if connection.get_execution_options().get("read_only", False):
        # It waits for nobody, so no refusal of it needs to be translated: the driver will do.
        connection.connection.execute("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def alembic_config(url: str) -> Config:
    """Return Alembic's configuration for one database; nothing is read from a file."""
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def migrate(url: str, revision: str = "head") -> None:
    """Bring a database to a revision, making it first where there is none."""
    engine = make_engine(url)
    old_mask = os.umask(0o077)
    try:
        with engine.connect() as connection:
            _wait_for_other_migrations(connection)
            _keep_rows_of_remade_tables(connection)
            config = alembic_config(url)
            config.attributes["connection"] = connection
            if revision == "base" or revision.startswith("-"):
                command.downgrade(config, revision)
            else:
                command.upgrade(config, revision)
            connection.commit()
    finally:
        os.umask(old_mask)
        engine.dispose()


def _wait_for_other_migrations(connection: sa.Connection) -> None:
    # Held by the connection, so that it outlives the transaction of each migration; the caller
    # closes the connection and with it the lock. SQLite's writers wait for each other anyway.
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_lock(_MIGRATION_LOCK)))
        connection.commit()


def _keep_rows_of_remade_tables(connection: sa.Connection) -> None:
    # SQLite changes a constraint by making the table anew; with foreign keys on, dropping the old
    # one would delete every row that points at it. The driver is asked directly, because nothing
    # changes this within a transaction; the connection is closed after the migration.
    if connection.dialect.name == "sqlite":
        connection.connection.execute("PRAGMA foreign_keys=OFF")


def current_revision(engine: sa.Engine) -> str | None:
    """Return the revision that the database is at; None where nothing was migrated yet."""
    # Read only: a process that starts need not wait for one that writes for long.
    with engine.connect().execution_options(read_only=True) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str | None:
    """Return the revision that this code needs."""
    return ScriptDirectory.from_config(alembic_config("sqlite://")).get_current_head()


def check_revision(engine: sa.Engine) -> None:
    """Raise unless the database is exactly at this code's revision.

    Raises
    ------
    MigrationNeeded
        When it is older, newer or empty.
    StorageError
        When it cannot be read at all.
    """
    try:
        found = current_revision(engine)
    except DatabaseError as error:
        raise StorageError("The database cannot be read; restore it from a backup.") from error
    if found != head_revision():
        raise MigrationNeeded(
            "The database is not at this version; run `exchange migrate` first.",
            found=found,
            needed=head_revision(),
        )
