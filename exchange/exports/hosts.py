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
    "child_ages",
    "household_genders",
    "lifestyle",
    "genders_accepted",
    "min_age",
    "max_age",
    "group",
    "about",
    "motivation",
    "house_rules",
    "guest_rooms",
    "guest_beds",
    "responsible_name",
    "responsible_email",
    "insurer",
    "group_size",
    "reference_1_name",
    "reference_1_email",
    "reference_1_phone",
    "reference_1_relation",
    "reference_2_name",
    "reference_2_email",
    "reference_2_phone",
    "reference_2_relation",
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
