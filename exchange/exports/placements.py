"""Placements of a run, as `exchange match` writes them."""

from collections.abc import Iterable, Sequence

from exchange.domain.placement import Placement
from exchange.exports.table import Table

COLUMNS = (
    "student_id",
    "host_id",
    "student_nation",
    "host_nation",
    "review",
    "quality",
    "only_contact_of_pair",
)


def placements_table(placements: Iterable[Placement], terms: Sequence[str]) -> Table:
    """Return the table: one placement a row, by student, with a column for each term."""
    ordered = sorted(placements, key=lambda one: one.student_id)
    return Table(
        "placements",
        (*COLUMNS, *terms),
        [
            (
                one.student_id,
                one.host_id,
                one.student_nation,
                one.host_nation,
                one.review,
                round(one.quality, 6),
                one.only_contact_of_pair,
                *(round(one.terms[term], 6) if term in one.terms else None for term in terms),
            )
            for one in ordered
        ],
    )
