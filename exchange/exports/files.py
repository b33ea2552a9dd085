"""A table as a file: its bytes, the end of its name, and what a browser is told that it is."""

from exchange.exports.csv_file import csv_bytes
from exchange.exports.json_file import json_bytes
from exchange.exports.table import Table
from exchange.exports.xlsx_file import xlsx_bytes

_CSV = "text/csv; charset=utf-8"
FORMS = {
    "spreadsheets": ("-for-spreadsheets.csv", _CSV),
    "xlsx": (
        ".xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "programs": ("-for-programs.csv", _CSV),
    "json": (".json", "application/json"),
}
"""Each form that a file can have: how its name ends, and its content type."""


def file_bytes(table: Table, form: str) -> bytes:
    """Return a table as a file of one of the `FORMS`."""
    if form == "xlsx":
        return xlsx_bytes(table)
    return json_bytes(table) if form == "json" else csv_bytes(table, for_=form)
