"""Who signed up as a student: for the programme's own staff, names included."""

from collections.abc import Iterable, Mapping, Sequence
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
    "waiting_since",
    "partner",
    "needs",
    "wishes",
    "open_to",
    "lifestyle",
    "host_gender",
    "ranked_hosts",
    "ranked_nations",
    "keep_with",
    "keep_apart",
    "letter",
    "emergency_contact",
    "guardian_name",
    "guardian_email",
    "second_guardian_name",
    "second_guardian_email",
    "guardian_agreed",
)


def participants_table(people: Iterable[Mapping[str, Any]], questions: Sequence[str] = ()) -> Table:
    """Return the table: one student a row, in the order given; lists are joined by `|`.

    Parameters
    ----------
    questions : sequence of str
        Columns of what the programme asks itself; see `question_column`.
    """
    columns = (*COLUMNS, *questions)
    return Table("participants", columns, [joined(person, columns) for person in people])


def question_column(code: str) -> str:
    """Return the column of a programme's question; an import takes no such column."""
    return f"q_{code}"


def joined(values: Mapping[str, Any], columns: tuple[str, ...]) -> tuple[Cell, ...]:
    """Return the cells of one row; a list becomes one text."""
    cells = (values.get(name) for name in columns)
    return tuple(
        "|".join(map(str, cell)) if isinstance(cell, list | tuple) else cell for cell in cells
    )
