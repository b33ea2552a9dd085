"""Students without a place, and why."""

from collections.abc import Iterable

from exchange.domain.placement import Unplaced
from exchange.exports.table import Table


def unplaced_table(unplaced: Iterable[Unplaced]) -> Table:
    """Return the table: one student a row, by id."""
    ordered = sorted(unplaced, key=lambda one: one.student_id)
    return Table(
        "unplaced",
        ("student_id", "reason", "detail"),
        [(one.student_id, one.reason, one.detail) for one in ordered],
    )
