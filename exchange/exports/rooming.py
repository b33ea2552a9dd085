"""The rooming list: who sleeps where, from when to when, and what they need."""

from collections.abc import Iterable, Mapping
from typing import Any

from exchange.exports.participants import joined
from exchange.exports.table import Table

COLUMNS = (
    "host_id",
    "host_name",
    "city",
    "host_email",
    "host_phone",
    "student_id",
    "given_name",
    "family_name",
    "preferred_name",
    "gender",
    "arrive_on",
    "depart_on",
    "nights",
    "needs",
    "emergency_contact",
)


def rooming_table(stays: Iterable[Mapping[str, Any]]) -> Table:
    """Return the table: one stay a row, in the order given (by host)."""
    return Table("rooming", COLUMNS, [joined(stay, COLUMNS) for stay in stays])
