"""CSV, twice: exact for programs, guarded for spreadsheets.

For programs: UTF-8 without a mark, lines end in LF, every text exactly as it is kept (RFC 4180 but
for the line end, which every parser takes and every line tool needs). For spreadsheets: UTF-8 with
a byte-order mark, lines end in CRLF, and an apostrophe stands in front of whatever a spreadsheet
could take for a formula (see `domain.formula_guard`). Both quote a cell that holds a quote, a line
break or any separator that a spreadsheet may expect. Numbers are never touched.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from io import BytesIO
from typing import Literal

from exchange.domain.formula_guard import guard
from exchange.exports.table import Cell, Table, cell_text

Reader = Literal["programs", "spreadsheets"]
_QUOTED = re.compile(r"[\",;\t\r\n]|^\s|\s$")


def csv_bytes(table: Table, *, for_: Reader | str) -> bytes:
    """Write a table as a CSV file.

    Parameters
    ----------
    table : Table
    for_ : {"programs", "spreadsheets"}
        Exact, or guarded against formulas.
    """
    is_guarded = for_ == "spreadsheets"
    end = "\r\n" if is_guarded else "\n"
    # A line at a time: as one text a large table would take twice the room of its file.
    file = BytesIO()
    file.write(BOM_UTF8 if is_guarded else b"")
    for line in _lines(table, is_guarded=is_guarded):
        file.write(f"{line}{end}".encode())
    return file.getvalue()


def _lines(table: Table, *, is_guarded: bool) -> Iterator[str]:
    for row in (table.columns, *table.rows):
        line = ",".join([_written(cell, is_guarded=is_guarded) for cell in row])
        # A row of one empty cell must not look like no row.
        yield line or '""'


def _written(cell: Cell, *, is_guarded: bool) -> str:
    text = cell_text(cell)
    if is_guarded and isinstance(cell, str):
        text = guard(text)
    if _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text
