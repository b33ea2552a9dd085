"""Outgoing mobilities, in the manner of the Erasmus Without Paper outgoing mobility.

The names are those of its elements with underscores; what has no counterpart among hosts and
programmes (identifiers of higher education institutions) is given by the partners' own names.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from exchange.exports.participants import joined
from exchange.exports.table import Table

COLUMNS = (
    "omobility_id",
    "status",
    "activity_type",
    "sending_partner",
    "sending_school",
    "receiving_partner",
    "receiving_host_id",
    "receiving_country",
    "planned_arrival_date",
    "planned_departure_date",
    "global_id",
    "given_names",
    "family_name",
    "birth_date",
    "citizenship",
    "gender",
    "email",
    "nominee_isced_f_code",
    "nominee_language_skills",
    "additional_requirements",
)


def mobilities_table(mobilities: Iterable[Mapping[str, Any]]) -> Table:
    """Return the table: one mobility a row, in the order given."""
    return Table("mobilities", COLUMNS, [joined(one, COLUMNS) for one in mobilities])
