"""A table on its way into a file: a name, columns, rows. What a row means is said elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

Cell = str | int | float | bool | date | None

KINDS = (
    "placements",
    "unplaced",
    "participants",
    "hosts",
    "rooming",
    "contacts",
    "run-report",
    "waiting-list",
    "mobilities",
    "relocations",
)
"""Every export there is, by the name that pages and commands use."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns.

    Attributes
    ----------
    name : str
        One of `KINDS`; names the file and the sheet.
    columns : tuple of str
    rows : sequence of tuple
        Each as long as `columns`.
    """

    name: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


def cell_text(cell: Cell) -> str:
    """Return a cell as files have it: ISO dates, yes and no, shortest exact numbers."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return repr(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)
