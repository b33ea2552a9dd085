"""`exchange init` and `exchange migrate`: bring the database to this version."""

import json

import click

from exchange.config import Settings
from exchange.records.base import current_revision, make_engine, migrate


@click.command(name="init")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def init(as_json: bool) -> None:
    """Make the folder, the key and the database of this installation; harmless when they exist."""
    settings = Settings()
    settings.instance_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    _ = settings.secret_key
    _migrate(settings, as_json=as_json)


@click.command(name="migrate")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def migrate_database(as_json: bool) -> None:
    """Upgrade the database to this version."""
    _migrate(Settings(), as_json=as_json)


def _migrate(settings: Settings, *, as_json: bool) -> None:
    url = settings.resolved_database_url
    migrate(url)
    engine = make_engine(url)
    revision = current_revision(engine)
    engine.dispose()
    if as_json:
        click.echo(json.dumps({"revision": revision}))
    else:
        click.echo(f"The database is at version {revision}.")
