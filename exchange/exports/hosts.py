"""Who signed up as a host: for the programme's own staff, names included."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from exchange.exports.participants import joined
from exchange.exports.table import Table

COLUMNS = (
    "host_id",
    "reference",
    "state",
    "kind",
    "name",
    "email",
    "phone",
    "address",
    "city",
    "nation",
    "capacity",
    "languages",
    "available_from",
    "available_to",
    "offers",
    "interests",
    "household",
    "household_genders",
    "lifestyle",
    "genders_accepted",
    "min_age",
    "max_age",
    "group",
)


def hosts_table(hosts: Iterable[Mapping[str, Any]], questions: Sequence[str] = ()) -> Table:
    """Return the table: one host a row, in the order given; lists are joined by `|`.

    Parameters
    ----------
    questions : sequence of str
        Columns of what the programme asks itself.
    """
    columns = (*COLUMNS, *questions)
    return Table("hosts", columns, [joined(host, columns) for host in hosts])
