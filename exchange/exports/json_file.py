"""A table as JSON: a list of objects."""

import json

from exchange.exports.table import Table, cell_text


def json_bytes(table: Table) -> bytes:
    """Write a table as a JSON list; numbers and truths stay what they are."""
    body = [
        {
            name: cell if cell is None or isinstance(cell, bool | int | float) else cell_text(cell)
            for name, cell in zip(table.columns, row, strict=True)
        }
        for row in table.rows
    ]
    return (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode()
