"""A table as an XLSX workbook: texts stay texts, numbers stay numbers, nothing is computed."""

import io
import math
from datetime import datetime

from exchange.errors import ConfigurationError
from exchange.exports.table import Cell, Table, cell_text

_LONGEST_TEXT = 32_767
"""What a cell of this format can hold."""
_MADE_AT = datetime(2020, 1, 1)  # noqa: DTZ001  # The format has no zones.
"""Written into every file, so that equal tables are equal files."""


def xlsx_bytes(table: Table) -> bytes:
    """Write a table as a workbook of one sheet.

    Raises
    ------
    ConfigurationError
        When the `xlsx` extra is not installed.
    """
    try:
        import xlsxwriter  # An extra: a programme that never exports XLSX need not have it.
    except ImportError as error:
        raise ConfigurationError(
            "XLSX needs the extra `xlsx`: pip install 'exchange[xlsx]'."
        ) from error
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": _MADE_AT})
        sheet = book.add_worksheet(table.name[:31])
        bold = book.add_format({"bold": True})
        for column, name in enumerate(table.columns):
            sheet.write_string(0, column, name, bold)
        for line, row in enumerate(table.rows, start=1):
            for column, cell in enumerate(row):
                if _is_number(cell):
                    sheet.write_number(line, column, cell)
                elif cell is not None and cell != "":
                    sheet.write_string(line, column, cell_text(cell)[:_LONGEST_TEXT])
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(table.rows), 1), max(len(table.columns) - 1, 0))
    return buffer.getvalue()


def _is_number(cell: Cell) -> bool:
    """Whether the format can keep it exactly; it has no infinity and no long whole numbers."""
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return False
    return math.isfinite(cell) if isinstance(cell, float) else abs(cell) < 10**15
