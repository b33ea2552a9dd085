"""Students who wait for a place, whoever has waited longest first."""

from collections.abc import Iterable, Mapping
from typing import Any

from exchange.exports.participants import joined
from exchange.exports.table import Table

COLUMNS = (
    "position",
    "student_id",
    "reference",
    "state",
    "given_name",
    "family_name",
    "email",
    "nationality",
    "waiting_since",
    "sent_on",
    "reason",
)


def waiting_list_table(waiting: Iterable[Mapping[str, Any]]) -> Table:
    """Return the table: one student a row, numbered in the order given."""
    rows = (dict(one) | {"position": place} for place, one in enumerate(waiting, start=1))
    return Table("waiting-list", COLUMNS, [joined(row, COLUMNS) for row in rows])
