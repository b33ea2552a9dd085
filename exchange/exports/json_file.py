"""A table as JSON: a list of objects."""

import json
from io import BytesIO

from exchange.exports.table import Cell, Table, cell_text


def json_bytes(table: Table) -> bytes:
    """Write a table as a JSON list; numbers and truths stay what they are."""
    if not table.rows:
        return b"[]\n"
    # A row at a time: as one list of objects a large table would take ten times its room, and as
    # one text twice that of the file.
    file = BytesIO()
    for number, row in enumerate(table.rows):
        file.write(b"," if number else b"[")
        file.write(_written(table, row).encode())
    file.write(b"\n]\n")
    return file.getvalue()


def _written(table: Table, row: tuple[Cell, ...]) -> str:
    told = {
        name: cell if cell is None or isinstance(cell, bool | int | float) else cell_text(cell)
        for name, cell in zip(table.columns, row, strict=True)
    }
    return json.dumps([told], ensure_ascii=False, indent=1)[1:-2]
