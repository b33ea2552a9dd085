"""Files out: tables of a run or a cycle, as CSV, XLSX and JSON, and the picture of contacts."""

from exchange.exports.table import KINDS, Table

__all__ = ["KINDS", "Table"]
