"""The two databases of the suite: migrated once, copied for each test.

PostgreSQL comes from `EXCHANGE_TEST_PG_URL`, else from the machine's own binaries, started in a
temporary folder. Where there is none, its tests are skipped and the reason is printed.
"""

import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

import sqlalchemy as sa

from exchange.records.base import migrate

PG_URL = "EXCHANGE_TEST_PG_URL"
SQLITE_TEMPLATE = "EXCHANGE_TEST_SQLITE_TEMPLATE"
PG_TEMPLATE = "EXCHANGE_TEST_PG_TEMPLATE"
MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 * 2**30


def find_postgres() -> Path | None:
    """Return the folder of PostgreSQL's server programs."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    return found[0].parent if found else None


class PostgresServer:
    """A server of its own on a socket in a temporary folder, without fsync: tests only.

    One that is durable writes to disk as a real one does, for what is measured.
    """

    def __init__(self, programs: Path, *, is_durable: bool = False) -> None:
        self.programs = programs
        self.is_durable = is_durable
        place = None if is_durable else _place()
        self.folder = Path(tempfile.mkdtemp(prefix="exchange-pg-", dir=place))
        # PostgreSQL refuses to run as root.
        self.prefix: list[str] = []
        if os.geteuid() == 0:
            user = "postgres" if _user_exists("postgres") else "nobody"
            shutil.chown(self.folder, user)
            self.prefix = ["runuser", "-u", user, "--"]

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the maintenance database."""
        return f"postgresql+psycopg://exchange@/postgres?host={self.folder}"

    def start(self) -> None:
        """Make the cluster and start it; raises CalledProcessError when either fails."""
        data = self.folder / "data"
        self._run("initdb", "-D", data, "-A", "trust", "-U", "exchange", "-E", "UTF8", "-N")
        settings = f"-c listen_addresses='' -c unix_socket_directories={self.folder}"
        settings += " -c max_connections=200"
        if not self.is_durable:
            settings += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        log = self.folder / "log"
        self._run("pg_ctl", "-D", data, "-w", "-t", 300, "-o", settings, "-l", log, "start")

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self._run("pg_ctl", "-D", self.folder / "data", "-m", "fast", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [*self.prefix, str(self.programs / program), *map(str, arguments)],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _place() -> Path | None:
    # Hundreds of databases are copied file by file; in memory, a slow disk slows nothing down.
    is_roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    return MEMORY if is_roomy and os.access(MEMORY, os.W_OK) else None


def _user_exists(name: str) -> bool:
    import pwd

    return any(entry.pw_name == name for entry in pwd.getpwall())


def prepare_templates(pg_url: str | None) -> None:
    """Migrate one database of each kind; the workers of the suite read where they are.

    The SQLite file can be copied: closing the last connection empties its write-ahead log.
    """
    folder = Path(tempfile.mkdtemp(prefix="exchange-sqlite-"))
    template = folder / "template.sqlite"
    migrate(f"sqlite:///{template}")
    os.environ[SQLITE_TEMPLATE] = str(template)
    if pg_url:
        name = f"template_{secrets.token_hex(4)}"
        _on_server(pg_url, f'CREATE DATABASE "{name}"')
        migrate(_in_database(pg_url, name))
        os.environ[PG_URL] = pg_url
        os.environ[PG_TEMPLATE] = name


def remove_templates() -> None:
    """Remove what `prepare_templates` made."""
    shutil.rmtree(Path(os.environ.pop(SQLITE_TEMPLATE)).parent, ignore_errors=True)
    name = os.environ.pop(PG_TEMPLATE, None)
    if name:
        _on_server(os.environ[PG_URL], f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def new_sqlite(folder: Path, *, template: str = "") -> str:
    """Return the URL of a fresh migrated SQLite database in a folder, or of a filled one's copy."""
    path = folder / "exchange.sqlite"
    source = sa.engine.make_url(template).database if template else os.environ[SQLITE_TEMPLATE]
    shutil.copy(str(source), path)
    path.chmod(0o600)
    return f"sqlite:///{path}"


def new_postgres(*, template: str = "") -> str:
    """Return the URL of a fresh migrated PostgreSQL database, or of a filled one's copy."""
    name = f"test_{secrets.token_hex(6)}"
    source = sa.engine.make_url(template).database if template else os.environ[PG_TEMPLATE]
    copied = f'CREATE DATABASE "{name}" TEMPLATE "{source}"'
    _on_server(os.environ[PG_URL], copied, by_files=True)
    return _in_database(os.environ[PG_URL], name)


def drop_postgres(url: str) -> None:
    """Remove a database that `new_postgres` made, whoever is still connected to it."""
    name = sa.engine.make_url(url).database
    _on_server(os.environ[PG_URL], f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _in_database(url: str, name: str) -> str:
    return sa.engine.make_url(url).set(database=name).render_as_string(hide_password=False)


def _on_server(url: str, statement: str, *, by_files: bool = False) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        if by_files and (connection.dialect.server_version_info or ()) >= (15,):
            # Otherwise every page goes through the log, which takes four times as long.
            statement += " STRATEGY FILE_COPY"
        connection.exec_driver_sql(statement)
    engine.dispose()
