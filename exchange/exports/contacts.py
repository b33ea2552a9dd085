"""Which nations meet, and how often."""

from collections.abc import Iterable

from exchange.domain.placement import Contact
from exchange.exports.table import Table


def contacts_table(contacts: Iterable[Contact]) -> Table:
    """Return the table: one pair of nations a row."""
    ordered = sorted(contacts, key=lambda one: (one.nation_a, one.nation_b))
    return Table(
        "contacts",
        ("nation_a", "nation_b", "placements", "weight", "tension_tier"),
        [
            (one.nation_a, one.nation_b, one.placements, round(one.weight, 6), one.tension_tier)
            for one in ordered
        ],
    )
