r"""CSV, twice: exact for programs, guarded for spreadsheets.

For programs: UTF-8 without a mark, lines end in LF, every text exactly as it is kept. For
spreadsheets: UTF-8 with a byte-order mark, lines end in CRLF, and a text that a spreadsheet could
take for a formula gets an apostrophe in front. A text that begins with an apostrophe gets one
too, so `unguard` gives every text back exactly. Numbers are never touched.
"""

import csv
import io
from typing import Literal

from exchange.exports.table import Cell, Table, cell_text

Reader = Literal["programs", "spreadsheets"]
GUARD = "'"
_STARTS = frozenset("=+-@\t\r\n\v\f\0|%＝＋－＠'") | {"\ufeff"}  # Full-width forms.


def csv_bytes(table: Table, *, for_: Reader | str) -> bytes:
    """Write a table as a CSV file.

    Parameters
    ----------
    table : Table
    for_ : {"programs", "spreadsheets"}
        Exact, or guarded against formulas.
    """
    is_guarded = for_ == "spreadsheets"
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n" if is_guarded else "\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([_written(cell, is_guarded=is_guarded) for cell in row])
    return text.getvalue().encode("utf-8-sig" if is_guarded else "utf-8")


def _written(cell: Cell, *, is_guarded: bool) -> str:
    text = cell_text(cell)
    return guard(text) if is_guarded and isinstance(cell, str) else text


def guard(text: str) -> str:
    """Return the text with an apostrophe in front where a spreadsheet might compute it.

    Leading space does not hide a formula from every spreadsheet, and a line break inside a cell
    can start a new one when the quotes are lost; both count as a start.
    """
    starts = [text.lstrip(" \u00a0\u3000")[:1], text[:1]]
    inner = any(
        after[:1] in _STARTS
        for separator in ("\n", "\r", "\t", ";", ",")
        for after in text.split(separator)[1:]
        if after
    )
    return GUARD + text if inner or any(start in _STARTS for start in starts if start) else text


def unguard(text: str) -> str:
    """Return what `guard` was given."""
    return text.removeprefix(GUARD)
