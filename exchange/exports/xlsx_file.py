"""A table as an XLSX workbook: texts stay texts, numbers stay numbers, nothing is computed.

The library lays the workbook out; the rows are written into its sheet past it, because it takes
three times as long over each cell.
"""

import io
import math
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime

from exchange.errors import ConfigurationError
from exchange.exports.table import Cell, Table, cell_text

_LONGEST_TEXT = 32_767
"""What a cell of this format can hold."""
_MADE_AT = datetime(2020, 1, 1)  # noqa: DTZ001  # The format has no zones.
"""Written into every file, so that equal tables are equal files."""
_SHEET = "xl/worksheets/sheet1.xml"
_ROW_END, _ROWS_END = b"</row>", b"</sheetData>"
_AT_ONCE = 500
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
"""What XML cannot hold; the format writes it as `_x0007_`."""
_LOOKS_ESCAPED = re.compile("_(?=x[0-9a-fA-F]{4}_)")


def xlsx_bytes(table: Table) -> bytes:
    """Write a table as a workbook of one sheet.

    Raises
    ------
    ConfigurationError
        When the `xlsx` extra is not installed.
    """
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_frame(table))) as frame,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as book,
    ):
        for part in frame.infolist():
            content = frame.read(part)
            with book.open(part, "w") as out:
                if part.filename != _SHEET:
                    out.write(content)
                    continue
                header, _, rest = content.partition(_ROW_END)
                out.write(header + _ROW_END)
                for rows in _written(table):
                    out.write(rows.encode())
                out.write(_ROWS_END + rest.partition(_ROWS_END)[2])
    return made.getvalue()


def _frame(table: Table) -> bytes:
    """Return the workbook with a header, and what stands below it is of no account."""
    try:
        import xlsxwriter  # An extra: a programme that never exports XLSX need not have it.
    except ImportError as error:
        raise ConfigurationError(
            "XLSX needs the extra `xlsx`: pip install 'exchange[xlsx]'."
        ) from error
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"created": _MADE_AT})
        sheet = book.add_worksheet(table.name[:31])
        bold = book.add_format({"bold": True})
        for column, name in enumerate(table.columns):
            sheet.write_string(0, column, name, bold)
        sheet.freeze_panes(1, 0)
        last_row, last_column = max(len(table.rows), 1), max(len(table.columns) - 1, 0)
        sheet.autofilter(0, 0, last_row, last_column)
        # Not kept, but by it the sheet says how far it reaches.
        sheet.write_blank(last_row, last_column, None, bold)
    return buffer.getvalue()


def _written(table: Table) -> Iterator[str]:
    """Write the rows as XML, many at once."""
    letters = [_letters(column) for column in range(len(table.columns))]
    several: list[str] = []
    for line, row in enumerate(table.rows, start=2):
        several.append(f'<row r="{line}">')
        for letter, cell in zip(letters, row, strict=True):
            if cell is None or cell == "":
                continue
            if _is_number(cell):
                several.append(f'<c r="{letter}{line}"><v>{cell!r}</v></c>')
            else:
                text = _escaped(cell if isinstance(cell, str) else cell_text(cell))
                several.append(
                    f'<c r="{letter}{line}" t="inlineStr"><is>'
                    f'<t xml:space="preserve">{text}</t></is></c>'
                )
        several.append("</row>")
        if line % _AT_ONCE == 0:
            yield "".join(several)
            several = []
    yield "".join(several)


def _letters(column: int) -> str:
    """Return what the format calls a column: A to Z, then AA."""
    before, last = divmod(column, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def _escaped(text: str) -> str:
    text = text[:_LONGEST_TEXT].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if "_x" in text:
        text = _LOOKS_ESCAPED.sub("_x005F_", text)
    return _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _is_number(cell: Cell) -> bool:
    """Whether the format can keep it exactly; it has no infinity and no long whole numbers."""
    if isinstance(cell, str | bool) or not isinstance(cell, int | float):
        return False
    return math.isfinite(cell) if isinstance(cell, float) else abs(cell) < 10**15
