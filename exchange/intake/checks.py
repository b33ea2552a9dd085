"""Files of checks: one check a row, about a host or one person of its household.

Columns: `host_id` (the id of a file, our own id, or the reference), `kind`, `outcome`, `issuer`
and `done_on` are required; `person` (the number of the person on the page of the application,
for a background check), `reference` and `expires_on` may be left out or empty. Days are written as
year-month-day. Kinds and outcomes are the words of `domain/screening`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from exchange.domain.screening import CheckKind, CheckOutcome
from exchange.errors import FileError
from exchange.intake.answers import read_day
from exchange.intake.cells import text, whole
from exchange.intake.dialect import RawTable
from exchange.intake.faults import Fault
from exchange.translations import Sentence

REQUIRED = ("host_id", "kind", "outcome", "issuer", "done_on")
COLUMNS = (*REQUIRED, "person", "reference", "expires_on")


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One row of a file, its cells in order by themselves."""

    line: int
    host_id: str
    kind: CheckKind
    outcome: CheckOutcome
    issuer: str
    done_on: date
    person: int | None = None
    reference: str | None = None
    expires_on: date | None = None


def read_checks(table: RawTable, *, name: str) -> tuple[list[CheckLine], list[Fault]]:
    """Read the rows; return the sound ones, and every fault of the others.

    Raises
    ------
    FileError
        When a required column is missing.
    """
    header = [one.strip().lower() for one in table.header]
    missing = [one for one in REQUIRED if one not in header]
    if missing:
        raise FileError(
            f"{name} lacks the column {missing[0]}.",
            file=name,
            line=1,
            column=missing[0],
            reason="missing_columns",
            missing=missing,
        )
    lines: list[CheckLine] = []
    faults: list[Fault] = []
    for row in table.rows:
        cells = dict(zip(header, row.cells, strict=False))
        values: dict[str, Any] = {}
        before = len(faults)
        for column in COLUMNS:
            cell = cells.get(column, "")
            try:
                values[column] = _PARSERS[column](cell)
            except ValueError as error:
                faults.append(Fault(name, row.line, column, cell, str(error)))
        if len(faults) == before:
            lines.append(CheckLine(row.line, **values))
    return lines, faults


def _needed(sentence: str) -> Callable[[str], str]:
    def read(cell: str) -> str:
        found = text(cell)
        if found is None:
            raise ValueError(Sentence(sentence))
        return found

    return read


def _one_of(kind: type[StrEnum]) -> Callable[[str], StrEnum]:
    def read(cell: str) -> StrEnum:
        try:
            return kind(cell.strip())
        except ValueError:
            words = ", ".join(one.value for one in kind)
            raise ValueError(Sentence("Use one of: %(words)s", words=words)) from None

    return read


def _day(cell: str) -> date | None:
    return read_day(cell.strip()) if cell.strip() else None


def _needed_day(cell: str) -> date:
    found = _day(cell)
    if found is None:
        raise ValueError(Sentence("Enter the day of the check"))
    return found


_PARSERS: dict[str, Callable[[str], Any]] = {
    "host_id": _needed("Give the id or the reference of the host"),
    "kind": _one_of(CheckKind),
    "outcome": _one_of(CheckOutcome),
    "issuer": _needed("Enter who made the check"),
    "done_on": _needed_day,
    "person": whole,
    "reference": text,
    "expires_on": _day,
}
