"""`exchange import`: a file of students or hosts into a cycle, all or nothing."""

import json
from pathlib import Path
from typing import Any

import click

from exchange.cli.files_in import count_rows, read_file, read_map, stop_at_faults
from exchange.domain.cycle import ApplicationKind
from exchange.intake import hosts, students
from exchange.intake.dialect import MAX_MB
from exchange.intake.faults import Sheet

_KINDS = {"students": ApplicationKind.STUDENT, "hosts": ApplicationKind.HOST}


@click.command(name="import")
@click.argument("kind", type=click.Choice(list(_KINDS)))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--cycle", "cycle_id", required=True, help="Id of the cycle.")
@click.option(
    "--map",
    "map_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Map of their columns to ours (TOML).",
)
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@click.option("--max-mb", type=float, default=MAX_MB, show_default=True)
@click.option("--as", "email", metavar="EMAIL", help="Act as this account.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def import_(
    kind: str,
    file: Path,
    cycle_id: str,
    map_file: Path | None,
    dry_run: bool,
    max_mb: float,
    email: str | None,
    as_json: bool,
) -> None:
    """Import a FILE of students or hosts; any fault stops before anything is written.

    The same file again changes nothing. A row that was imported before and was not decided yet
    takes its new answers.
    """
    layout_columns = (students if kind == "students" else hosts).LAYOUT.columns
    mapping = read_map(map_file, layout_columns)
    data = read_file(file, max_mb)
    sheet: Sheet[Any] = (
        students.read_students(data, name=file.name, mapping=mapping, max_mb=max_mb)
        if kind == "students"
        else hosts.read_hosts(data, name=file.name, mapping=mapping, max_mb=max_mb)
    )
    if sheet.faults:
        bad = count_rows(sheet.faults)
        sentence = f"{bad} of {sheet.total} rows have faults; nothing was imported."
        stop_at_faults(sheet.faults, sentence, as_json=as_json)
    counts = _take(kind, sheet, cycle_id, email=email, dry_run=dry_run)
    if as_json:
        click.echo(json.dumps(counts, indent=2))
        return
    verb = "would be" if dry_run else "were"
    click.echo(
        f"{counts['rows']} rows: {counts['created']} {verb} created, {counts['changed']} changed,"
        f" {counts['unchanged']} are unchanged."
    )
    for one in counts["refused"]:
        click.echo(f"{one}: decided already, so it keeps its answers.")
    if sheet.ignored_columns:
        click.echo("Columns that mean nothing here: " + ", ".join(sheet.ignored_columns) + ".")


def _take(
    kind: str, sheet: Sheet[Any], cycle_id: str, *, email: str | None, dry_run: bool
) -> dict[str, Any]:
    """Hand the checked rows to the cycle."""
    from exchange.cli.acting import acting  # The database; faults of a file answer sooner.
    from exchange.domain.roles import Permission
    from exchange.services import cycles, imports

    with acting(email) as desk:
        cycle = cycles.get_cycle(
            desk.session, desk.actor, cycle_id, permission=Permission.MANAGE_CYCLES
        )
        outcome = imports.import_profiles(
            desk.session,
            desk.actor,
            cycle_id=cycle.id or 0,
            kind=_KINDS[kind],
            rows=[imports.ImportRow(row.id, row.profile) for row in sheet.rows],
            at=desk.at,
            dry_run=dry_run,
        )
        if not dry_run:
            desk.session.commit()
    return {
        "rows": sheet.total,
        "created": outcome.created,
        "changed": outcome.changed,
        "unchanged": outcome.unchanged,
        "refused": list(outcome.refused),
        "dry_run": dry_run,
    }
