"""`exchange export`: the files of a cycle or of a run."""

import sys
from pathlib import Path

import click

from exchange.cli.acting import acting, as_option
from exchange.cli.output import json_option, show
from exchange.errors import StorageError
from exchange.exports import KINDS, Table
from exchange.exports.csv_file import csv_bytes
from exchange.exports.json_file import json_bytes
from exchange.exports.xlsx_file import xlsx_bytes
from exchange.services import cycles, exports, runs


@click.command(name="export")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--cycle", "cycle_id", required=True, help="Id of the cycle.")
@click.option("--run", "run_id", default=None, help="Id of the run. [default: the published one]")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), default=None)
@click.option("--format", "file_format", type=click.Choice(["csv", "xlsx", "json"]), default="csv")
@click.option(
    "--for",
    "for_",
    type=click.Choice(["spreadsheets", "programs"]),
    default="programs",
    show_default=True,
    help="CSV only: guarded against formulas, or exact.",
)
@as_option
@json_option
def export(
    kind: str,
    cycle_id: str,
    run_id: str | None,
    output: Path | None,
    file_format: str,
    for_: str,
    email: str | None,
    as_json: bool,
) -> None:
    """Write one KIND of file, to standard output unless -o says where."""
    with acting(email) as desk:
        cycle = cycles.get_cycle(desk.session, desk.actor, cycle_id)
        run = None if run_id is None else runs.get_run(desk.session, desk.actor, run_id)
        table = exports.export_table(
            desk.session,
            desk.actor,
            kind,
            cycle_id=cycle.id,
            run_id=None if run is None else run.id,
            at=desk.at,
        )
        data = as_bytes(table, file_format=file_format, for_=for_)
        desk.session.commit()
    if output is None:
        sys.stdout.buffer.write(data)
        return
    write_whole(output, data)
    show({"file": str(output), "bytes": len(data)}, as_json=as_json)


def as_bytes(table: Table, *, file_format: str, for_: str) -> bytes:
    """Return a table as a file of one format."""
    if file_format == "xlsx":
        return xlsx_bytes(table)
    return json_bytes(table) if file_format == "json" else csv_bytes(table, for_=for_)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, readable by its owner only: it may hold names.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.touch(mode=0o600)
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise StorageError(
            f"{path.name} cannot be written ({error.strerror}); choose another place with -o."
        ) from error
