"""A matrix of nations, of which only the lower triangle is drawn: a cell for each pair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from exchange.exports.svg import words

CELL: Final = 22
MARGIN: Final = 34
_MOST_DIGITS: Final = 3
"""Digits that fit into a cell at full size."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its number, its words in the language of the picture, how dark it is."""

    number: str
    said: str
    shade: float
    """Opacity from 0 to 1; at most 0.4 or so, so that the number can be read."""
    is_marked: bool = False
    """Whether it has a thick border."""


def side(nations: int) -> tuple[int, int]:
    """Return width and height of the matrix of so many nations."""
    return 2 * MARGIN + CELL * nations, MARGIN + CELL * nations


def triangle(
    nations: Sequence[str], cells: Mapping[tuple[str, str], Cell], *, top: int
) -> list[str]:
    """Draw rows named at their left, columns named at their head and again at their foot.

    Parameters
    ----------
    nations : sequence of str
        Codes, sorted.
    cells : mapping
        By the two nations in the order of the alphabet; a pair without one is an empty square.
    """
    parts, empty = [], []
    foot = top + CELL * len(nations) + 12
    for row, nation in enumerate(nations):
        x, y = MARGIN + row * CELL, top + row * CELL
        middle = x + CELL // 2
        if row:
            parts.append(words(MARGIN - 6, y + 15, nation, anchor="end", bold=True))
        if row < len(nations) - 1:
            parts.append(words(middle, y + 15, nation, anchor="middle", bold=True))
            parts.append(words(middle, foot, nation, anchor="middle", bold=True))
        for column, other in enumerate(nations[:row]):
            left, cell = MARGIN + column * CELL, cells.get((other, nation))
            if cell is None:
                empty.append(f"M{left + 1} {y + 1}h{CELL - 2}v{CELL - 2}h-{CELL - 2}z")
            else:
                parts.append(_drawn(left, y, cell))
    if empty:
        # All in one element: with a hundred nations there are thousands of them.
        parts.append(
            f'<path d="{"".join(empty)}" fill="none" stroke="currentColor" stroke-opacity="0.15"'
            ' stroke-width="0.5"/>'
        )
    return parts


def _drawn(x: int, y: int, cell: Cell) -> str:
    inner = CELL - 2
    rim = "2.5" if cell.is_marked else "0.5"
    size = "" if len(cell.number) <= _MOST_DIGITS else ' font-size="7"'
    return (
        f"<g><title>{escape(cell.said)}</title>"
        f'<rect x="{x + 1}" y="{y + 1}" width="{inner}" height="{inner}"'
        f' fill="currentColor" fill-opacity="{cell.shade:.2f}" stroke="currentColor"'
        f' stroke-width="{rim}"/>'
        f'<text x="{x + CELL // 2}" y="{y + 15}" text-anchor="middle"{size}>{cell.number}</text>'
        "</g>"
    )
