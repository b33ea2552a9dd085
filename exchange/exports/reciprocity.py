"""Who has sent whom how many, cycle by cycle."""

from collections.abc import Mapping, Sequence

from exchange.exports.table import Table

Line = tuple[str, str, Mapping[int, int], Mapping[int, int]]
"""Two nations, and how many each sent the other by a cycle's number."""


def reciprocity_table(lines: Sequence[Line], cycles: Sequence[tuple[int, str]]) -> Table:
    """Return the table: one pair of nations in one cycle a row, with the balance up to there."""
    rows: list[tuple[str | int, ...]] = []
    for a, b, sent, received in lines:
        balance = 0
        for number, name in cycles:
            balance += sent[number] - received[number]
            rows.append((a, b, name, sent[number], received[number], balance))
    columns = ("nation_a", "nation_b", "cycle", "a_to_b", "b_to_a", "balance")
    return Table("reciprocity", columns, rows)
