"""Changes of placement: which home was left for which, when and why, as sponsors ask for yearly."""

from collections.abc import Iterable, Mapping
from typing import Any

from exchange.exports.participants import joined
from exchange.exports.table import Table

COLUMNS = (
    "relocation_id",
    "moved_on",
    "reason",
    "student_id",
    "reference",
    "given_name",
    "family_name",
    "nationality",
    "school",
    "partner",
    "joined_on",
    "host_id",
    "host_name",
    "address",
    "city",
    "nation",
    "next_host_id",
    "next_host_name",
    "next_address",
    "next_city",
    "next_nation",
)


def relocations_table(relocations: Iterable[Mapping[str, Any]]) -> Table:
    """Return the table: one change a row, in the order given; no next host while there is none."""
    return Table("relocations", COLUMNS, [joined(one, COLUMNS) for one in relocations])
