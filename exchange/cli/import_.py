"""`exchange import`: a file of students or hosts into a cycle, all or nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from exchange.cli.files_in import read_file, read_map, stop_at_faults
from exchange.domain.cycle import ApplicationKind
from exchange.intake import hosts, students
from exchange.intake.dialect import MAX_MB, RawTable, read_table
from exchange.intake.mapping import ColumnMap

_KINDS = {"students": ApplicationKind.STUDENT, "hosts": ApplicationKind.HOST}


@click.command(name="import")
@click.argument("kind", type=click.Choice(list(_KINDS)))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--cycle", "cycle_id", required=True, help="Id of the cycle.")
@click.option(
    "--map",
    "map_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Map of their columns to ours (TOML). [default: as last time, else by the headers]",
)
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@click.option("--max-mb", type=float, default=MAX_MB, show_default=True)
@click.option("--max-rows", type=click.IntRange(1), help="Most rows. [default: any number]")
@click.option("--as", "email", metavar="EMAIL", help="Act as this account.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def import_(
    kind: str,
    file: Path,
    cycle_id: str,
    map_file: Path | None,
    dry_run: bool,
    max_mb: float,
    max_rows: int | None,
    email: str | None,
    as_json: bool,
) -> None:
    """Import a FILE of students or hosts; any fault stops before anything is written.

    The same file again changes nothing, and neither does a file that `exchange export` wrote. A
    row that was imported before and was not decided yet takes its new answers; what the file has
    no column for stays as it is.
    """
    layout = (students if kind == "students" else hosts).LAYOUT
    given = read_map(map_file, layout.columns)
    data = read_file(file, max_mb)
    table = read_table(data, name=file.name, max_mb=max_mb, max_rows=max_rows)
    job = _Job(file.name, _KINDS[kind], table, given)
    document = job.run(cycle_id, email=email, dry_run=dry_run, as_json=as_json)
    click.echo(json.dumps(document, indent=2) if as_json else "\n".join(_sentences(document)))


@dataclass(frozen=True)
class _Job:
    """One file on its way into a cycle."""

    name: str
    kind: ApplicationKind
    table: RawTable
    given_map: ColumnMap | None

    def run(
        self, cycle_id: str, *, email: str | None, dry_run: bool, as_json: bool
    ) -> dict[str, Any]:
        """Import the file; return what was done, ready for JSON."""
        from exchange.cli.acting import acting  # The database; faults of a file answer sooner.
        from exchange.domain.roles import Permission
        from exchange.records.session import open_session
        from exchange.services import cycles, import_files, import_maps

        with acting(email) as desk:
            cycle = cycles.get_cycle(
                desk.session, desk.actor, cycle_id, permission=Permission.MANAGE_CYCLES
            )
            mapping = self.given_map or import_files.find_map(
                desk.session,
                programme_id=cycle.programme_id,
                kind=self.kind,
                header=self.table.header,
            )
            # Reading takes time, and others shall not wait for it.
            desk.session.rollback()
            sheet = import_files.read_file_rows(
                self.table, name=self.name, kind=self.kind, mapping=mapping
            )
            with open_session(desk.engine, writes=False) as reading:
                prepared = import_files.prepare_sheet(
                    reading, desk.actor, cycle=cycle, kind=self.kind, sheet=sheet, at=desk.at
                )
            if dry_run:
                verdict, faults = import_files.verdict_of(sheet, prepared.outcome)
            else:
                verdict, faults = import_files.import_sheet(
                    desk.session, desk.actor, sheet, prepared
                )
            if faults:
                sentence = (
                    f"{verdict.faulty_rows} of {verdict.rows} rows have faults;"
                    " nothing was imported."
                )
                stop_at_faults(faults, sentence, as_json=as_json)
            if not dry_run:
                if self.given_map is not None:
                    import_maps.keep_map(
                        desk.session,
                        mapping,
                        programme_id=cycle.programme_id,
                        kind=self.kind,
                        header=self.table.header,
                        at=desk.at,
                    )
                desk.session.commit()
        return {
            "rows": verdict.rows,
            "created": verdict.created,
            "changed": verdict.changed,
            "unchanged": verdict.unchanged,
            "refused": list(verdict.refused),
            "settled": list(verdict.settled),
            "columns": dict(mapping.columns),
            "ignored": list(verdict.ignored),
            "dry_run": dry_run,
        }


def _sentences(done: dict[str, Any]) -> Iterator[str]:
    verb = "would be" if done["dry_run"] else "were"
    yield (
        f"{done['rows']} rows: {done['created']} {verb} created, {done['changed']} changed,"
        f" {done['unchanged']} are unchanged."
    )
    for one in done["refused"]:
        yield f"{one}: decided already, so it keeps its answers."
    for one in done["settled"]:
        yield f"{one}: its guardian has agreed, so it keeps its answers."
    understood = [
        f"{theirs} → {ours}" for ours, theirs in done["columns"].items() if ours != theirs
    ]
    if understood:
        yield "Columns were understood as: " + ", ".join(understood) + "."
    if done["ignored"]:
        yield "Columns that mean nothing here: " + ", ".join(done["ignored"]) + "."
