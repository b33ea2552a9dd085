"""A file into a cycle, from its bytes to the verdict: the same for the page and for the command."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from exchange.domain.cycle import ApplicationKind
from exchange.errors import FileError
from exchange.intake import hosts, students
from exchange.intake.dialect import RawTable
from exchange.intake.faults import Fault, Sheet
from exchange.intake.header_words import guess_map
from exchange.intake.mapping import ColumnMap
from exchange.intake.reading import Layout, read_rows
from exchange.records import Cycle
from exchange.services import import_maps, imports
from exchange.services.actor import Actor
from exchange.services.import_plan import ImportOutcome, ImportRow
from exchange.services.imports import Prepared
from exchange.translations import Sentence

MOST_LISTED = 100
"""So many faults, or changes, a verdict lists; it counts all."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an import did or would do, or why it did nothing; ready for JSON.

    Attributes
    ----------
    rows : int
        In the file, without the header.
    refused, settled : tuple of str
        Ids of rows that keep their answers: decided already, and agreed to by a guardian.
    changes : tuple of dict
        Line, id and headers of the first rows that change.
    faults : tuple of dict
        The first faults, by line: `line`, `column`, `value`, `reason` (English, with placeholders)
        and `filled_in`.
    total_faults, faulty_rows : int
        All of them. With any, nothing is imported.
    ignored : tuple of str
        Headers that mean nothing here.
    """

    rows: int
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: tuple[str, ...] = field(default=())
    settled: tuple[str, ...] = field(default=())
    changes: tuple[Mapping[str, Any], ...] = field(default=())
    faults: tuple[Mapping[str, Any], ...] = field(default=())
    total_faults: int = 0
    faulty_rows: int = 0
    ignored: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


def _listed(fault: Fault) -> dict[str, Any]:
    """Return a fault as JSON has it, its sentence still such that a page can translate it."""
    reason: str = fault.reason
    values: Mapping[str, object] = {}
    if isinstance(reason, Sentence) and reason.values:
        values = reason.values
        reason = reason.template
    return {
        "line": fault.line,
        "column": fault.column,
        "value": fault.value,
        "reason": reason,
        "filled_in": dict(values),
    }


def layout_of(kind: ApplicationKind) -> Layout[Any]:
    """Return what files of a kind look like."""
    return students.LAYOUT if kind is ApplicationKind.STUDENT else hosts.LAYOUT


def find_map(
    session: Session, *, programme_id: int, kind: ApplicationKind, header: tuple[str, ...]
) -> ColumnMap:
    """Return the map that such a file was last read with, else what its headers seem to mean."""
    kept = import_maps.kept_map(session, programme_id=programme_id, kind=kind, header=header)
    return kept or guess_map(header, layout_of(kind))


def read_file_rows(
    table: RawTable, *, name: str, kind: ApplicationKind, mapping: ColumnMap
) -> Sheet[Any]:
    """Read the rows of a file; this takes time and no database.

    Raises
    ------
    FileError
        When a required column is missing, or there is no row at all.
    """
    sheet = read_rows(table, name=name, layout=layout_of(kind), mapping=mapping)
    if not sheet.total:
        raise FileError(
            f"{name} has a header on line 1 and no row below it.",
            file=name,
            line=1,
            reason="no_rows",
        )
    return sheet


def prepare_sheet(
    session: Session,
    actor: Actor,
    *,
    cycle: Cycle,
    kind: ApplicationKind,
    sheet: Sheet[Any],
    at: datetime,
) -> Prepared:
    """Find out what becomes of the rows of a file. This takes seconds, and only reads."""
    return imports.prepare(
        session,
        actor,
        cycle_id=cycle.id,
        kind=kind,
        rows=[ImportRow(row.id, row.profile, row.line) for row in sheet.rows],
        fields=sheet.headers.keys(),
        at=at,
    )


def import_sheet(
    session: Session, actor: Actor, sheet: Sheet[Any], prepared: Prepared
) -> tuple[Verdict, tuple[Fault, ...]]:
    """Write all rows or none; return the verdict, and every fault there is."""
    if sheet.faults:
        return verdict_of(sheet, prepared.outcome)
    return verdict_of(sheet, imports.write(session, actor, prepared))


def verdict_of(sheet: Sheet[Any], outcome: ImportOutcome) -> tuple[Verdict, tuple[Fault, ...]]:
    """Return what an import did, or is going to do, and every fault there is."""
    beside = [
        Fault(
            sheet.name,
            one.line,
            sheet.headers.get(one.field, sheet.id_header),
            "" if one.field else one.external_id,
            one.reason,
        )
        for one in outcome.faults
    ]
    faults = tuple(sorted({*sheet.faults, *beside}))
    told = Verdict(rows=sheet.total, ignored=sheet.ignored_columns)
    if faults:
        return replace(
            told,
            faults=tuple(_listed(one) for one in faults[:MOST_LISTED]),
            total_faults=len(faults),
            faulty_rows=len({one.line for one in faults}),
        ), faults
    return replace(
        told,
        created=outcome.created,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        refused=tuple(outcome.refused),
        settled=tuple(outcome.settled),
        changes=tuple(
            {
                "line": one.line,
                "id": one.external_id,
                "columns": list(dict.fromkeys(sheet.headers[name] for name in one.fields)),
            }
            for one in outcome.changes[:MOST_LISTED]
        ),
    ), ()
