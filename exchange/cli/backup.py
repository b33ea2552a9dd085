"""`exchange backup`: a consistent copy of the embedded database, also while it is in use."""

import sqlite3
from contextlib import closing
from pathlib import Path

import click
import sqlalchemy as sa

from exchange.cli.output import json_option, show
from exchange.config import Settings
from exchange.errors import ConfigurationError, StorageError

_PAGES_AT_ONCE = 2048
"""Between two portions of a copy others may write."""


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def backup(file: Path, as_json: bool) -> None:
    """Copy the embedded database into FILE, and check the copy.

    Copying the database's file by other means can lose what was written last. The key file in the
    instance folder is not part of the copy: keep it elsewhere.
    """
    url = sa.engine.make_url(Settings().resolved_database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise ConfigurationError("This database is PostgreSQL: back it up with pg_dump.")
    if file.exists():
        raise StorageError(f"{file.name} exists already; choose another name.")
    source = Path(url.database)
    if not source.is_file():
        raise StorageError("There is no database yet; make it with `exchange init`.")
    part = file.with_name(file.name + ".part")
    try:
        part.touch(mode=0o600)
        with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(part)) as here:
            there.backup(here, pages=_PAGES_AT_ONCE)
            verdict = here.execute("PRAGMA integrity_check").fetchone()[0]
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise StorageError(f"The copy could not be made: {error}.") from error
    if verdict != "ok":
        part.unlink()
        raise StorageError("The copy is damaged, so the database is too; restore an earlier one.")
    part.replace(file)
    show({"file": str(file), "bytes": file.stat().st_size}, as_json=as_json)
