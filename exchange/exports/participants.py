"""Who signed up as a student: for the programme's own staff, names included."""

from collections.abc import Iterable, Mapping
from typing import Any

from exchange.exports.table import Cell, Table

COLUMNS = (
    "student_id",
    "reference",
    "state",
    "given_name",
    "family_name",
    "preferred_name",
    "email",
    "birth_date",
    "gender",
    "nationality",
    "languages",
    "interests",
    "field",
    "home_city",
    "school",
    "arrive_on",
    "depart_on",
    "needs",
    "wishes",
    "lifestyle",
    "host_gender",
    "guardian_name",
    "guardian_email",
    "second_guardian_name",
    "second_guardian_email",
    "guardian_agreed",
)


def participants_table(people: Iterable[Mapping[str, Any]]) -> Table:
    """Return the table: one student a row, in the order given; lists are joined by `|`."""
    return Table("participants", COLUMNS, [joined(person, COLUMNS) for person in people])


def joined(values: Mapping[str, Any], columns: tuple[str, ...]) -> tuple[Cell, ...]:
    """Return the cells of one row; a list becomes one text."""
    cells = (values.get(name) for name in columns)
    return tuple("|".join(cell) if isinstance(cell, list | tuple) else cell for cell in cells)
