"""`exchange export`: the files of a cycle or of a run."""

import sys
from pathlib import Path

import click

from exchange.cli.acting import acting, as_option
from exchange.cli.output import json_option, show
from exchange.exports import KINDS
from exchange.exports.files import file_bytes
from exchange.exports.whole import write_whole
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
        data = file_bytes(table, for_ if file_format == "csv" else file_format)
        desk.session.commit()
    if output is None:
        sys.stdout.buffer.write(data)
        return
    write_whole(output, data)
    show({"file": str(output), "bytes": len(data)}, as_json=as_json)
