"""`exchange match`: two files in, an answer with a proof out. No database, no site."""

import json
import sys
import time
from collections.abc import Iterable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from exchange.cli.files_in import count_rows, list_faults, read_file, read_map, stop_at_faults
from exchange.domain.rules import TERM_WEIGHTS, Rules
from exchange.domain.snapshot import Snapshot
from exchange.errors import ExchangeError, FileError, StorageError
from exchange.exports.contacts import contacts_table
from exchange.exports.contacts_svg import contacts_svg
from exchange.exports.csv_file import csv_bytes
from exchange.exports.placements import placements_table
from exchange.exports.run_report import format_summary
from exchange.exports.table import Table
from exchange.exports.unplaced import unplaced_table
from exchange.intake import hosts as host_files
from exchange.intake import students as student_files
from exchange.intake.dialect import MAX_MB
from exchange.intake.faults import Fault, Sheet
from exchange.intake.nations import pairs_at_stake, read_nation_pairs
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.intake.rules import read_placements, read_rules

SHOWN_FAULTS = 20

_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class _Input:
    students: Sheet[StudentProfile]
    hosts: Sheet[HostProfile]
    snapshot: Snapshot

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Those of both files, in the order of their lines."""
        return self.students.faults + self.hosts.faults

    @property
    def rejected_rows(self) -> int:
        """How many rows the match runs without."""
        return count_rows(self.students.faults) + count_rows(self.hosts.faults)


@click.command()
@click.argument("students", type=_file)
@click.argument("hosts", type=_file)
@click.option("-o", "--output", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--map-students", type=_file, help="Map of their columns to ours (TOML).")
@click.option("--map-hosts", type=_file, help="The same for hosts.")
@click.option("--rules", "rules_file", type=_file, help="Weights, floors, pins, forbids (TOML).")
@click.option("--epsilon", type=float, help="Diversity that may be given up for fit, 0 to 1.")
@click.option("--seed", type=int, default=0, show_default=True, help="Breaks ties.")
@click.option("--time-limit", type=float, help="Seconds; only with a limit may runs differ.")
@click.option("--gap", type=float, help="Exit 1 when the proven diversity gap is wider.")
@click.option("--strict", is_flag=True, help="Stop at any fault of a row.")
@click.option("--max-mb", type=float, default=MAX_MB, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON document.")
def match(
    students: Path,
    hosts: Path,
    output: Path,
    map_students: Path | None,
    map_hosts: Path | None,
    rules_file: Path | None,
    epsilon: float | None,
    seed: int,
    time_limit: float | None,
    gap: float | None,
    strict: bool,
    max_mb: float,
    as_json: bool,
) -> None:
    """Match STUDENTS with HOSTS across nations, and write the answer into a folder.

    Rows that cannot be read go to rejected.csv and the match runs on the rest.
    """
    started = time.perf_counter()
    rules = _rules(rules_file)
    given = _read(students, hosts, map_students, map_hosts, max_mb=max_mb)
    if strict and given.faults:
        sentence = "Nothing was written. Correct the rows, or leave out --strict."
        stop_at_faults(given.faults, sentence, as_json=as_json)
    read = time.perf_counter()
    from exchange.matching import Options  # Slow to load; faults of a file answer sooner.
    from exchange.pipeline import run_match

    options = Options(
        epsilon=rules.epsilon if epsilon is None else epsilon,
        seed=seed,
        time_limit_s=time_limit,
        gap=gap,
    )
    with _progress(as_json) as progress:
        result = run_match(given.snapshot, rules, options, progress)
    report = dict(result.report)
    report["rejected_rows"] = given.rejected_rows
    report["ignored_columns"] = {
        "students": list(given.students.ignored_columns),
        "hosts": list(given.hosts.ignored_columns),
    }
    solved = time.perf_counter()
    terms = [name for name in TERM_WEIGHTS if name in report["terms"]]
    files = {
        "placements.csv": csv_bytes(placements_table(result.placements, terms), for_="programs"),
        "unplaced.csv": csv_bytes(unplaced_table(result.unplaced), for_="programs"),
        "rejected.csv": csv_bytes(_rejected(given.faults), for_="programs"),
        "contacts.csv": csv_bytes(contacts_table(result.contacts), for_="programs"),
        "contacts.svg": contacts_svg(
            result.contacts, title="Who meets whom", standalone=True
        ).encode(),
    }
    _write(output, files)
    report["seconds"] = {
        "read": round(read - started, 3),
        **{name: round(value, 3) for name, value in report["seconds"].items()},
        "write": round(time.perf_counter() - solved, 3),
    }
    text = json.dumps(report, indent=1, ensure_ascii=False)
    _write(output, {"report.json": f"{text}\n".encode()})
    click.echo(text if as_json else _summary(report, given.faults))
    sys.exit(_exit_code(report, gap))


def _exit_code(report: dict[str, Any], gap: float | None) -> int:
    if report["status"] == "infeasible":
        return 7
    if report["status"] == "no_answer" or (gap is not None and report["gap"] > gap):
        return 1
    return 0


def _rules(path: Path | None) -> Rules:
    if path is None:
        return Rules()

    def earlier(name: str) -> list[tuple[str, str]]:
        """Read the placements that the rules name, seen from where the rules are."""
        file = path.parent / name
        return read_placements(read_file(file, max_mb=MAX_MB), name=file.name)

    return read_rules(read_file(path, max_mb=1), name=path.name, read_previous=earlier)


def _read(
    students: Path,
    hosts: Path,
    map_students: Path | None,
    map_hosts: Path | None,
    *,
    max_mb: float,
) -> _Input:
    """Read both files; when both are refused, both refusals are told."""
    refusals: list[ExchangeError] = []
    student_sheet = host_sheet = None
    try:
        mapping = read_map(map_students, student_files.LAYOUT.columns)
        data = read_file(students, max_mb)
        student_sheet = student_files.read_students(
            data, name=students.name, mapping=mapping, max_mb=max_mb
        )
    except FileError as error:
        refusals.append(error)
    try:
        mapping = read_map(map_hosts, host_files.LAYOUT.columns)
        data = read_file(hosts, max_mb)
        host_sheet = host_files.read_hosts(data, name=hosts.name, mapping=mapping, max_mb=max_mb)
    except FileError as error:
        refusals.append(error)
    if student_sheet is None or host_sheet is None:
        raise FileError(" ".join(error.message for error in refusals))
    return _joined(student_sheet, host_sheet)


def _joined(students: Sheet[StudentProfile], hosts: Sheet[HostProfile]) -> _Input:
    """Make the snapshot of the rows that are sound."""
    host_entries = tuple(row.profile.to_entry(row.id) for row in hosts.rows)
    starts = [entry.available_from for entry in host_entries if entry.available_from]
    first_day = min(starts, default=None)
    entries = tuple(row.profile.to_entry(row.id, arrive_on=first_day) for row in students.rows)
    columns = students.columns
    if all(entry.age is None for entry in entries):
        # Dates of birth without any date of travel tell no age: the gate and the term are off.
        columns -= {"age"}
    nations = {entry.nation for entry in entries} | {entry.nation for entry in host_entries}
    snapshot = Snapshot(
        students=tuple(sorted(entries, key=lambda entry: entry.id)),
        hosts=tuple(sorted(host_entries, key=lambda entry: entry.id)),
        student_columns=columns,
        host_columns=hosts.columns,
        pairs=pairs_at_stake(read_nation_pairs(), nations),
    )
    return _Input(students, hosts, snapshot)


def _rejected(faults: Iterable[Fault]) -> Table:
    return Table(
        "rejected",
        ("file", "line", "column", "value", "reason"),
        [(one.file, one.line, one.column, one.value, one.reason) for one in faults],
    )


def _summary(report: dict[str, Any], faults: tuple[Fault, ...]) -> str:
    lines = [format_summary(report)]
    if faults:
        lines.append(f"{report['rejected_rows']} rows were rejected (rejected.csv):")
        lines += [f"  {line}" for line in list_faults(faults, most=SHOWN_FAULTS)]
    ignored = [name for names in report["ignored_columns"].values() for name in names]
    if ignored:
        lines.append("Columns that mean nothing here: " + ", ".join(ignored) + ".")
    return "\n".join(lines)


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Write files under their names only once all of them are whole."""
    parts = {name: folder / f".{name}.part" for name in files}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            parts[name].write_bytes(data)
        for name, part in parts.items():
            part.replace(folder / name)
    except OSError as error:
        for part in parts.values():
            with suppress(OSError):
                part.unlink()
        raise StorageError(f"{folder} cannot be written: {error.strerror}.") from error


def _progress(as_json: bool) -> Any:
    if as_json or not sys.stderr.isatty():
        return nullcontext(None)
    from exchange.cli.progress_bar import ProgressBar  # Only a terminal needs it.

    return ProgressBar()
