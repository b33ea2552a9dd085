"""The picture of places by group of hosts: how many there are, and how many are taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from exchange.exports.svg import Frame, framed, number, words
from exchange.translations import ENGLISH, Sentence, translated

WIDTH: Final = 320
ROW: Final = 34
MOST: Final = 40
"""Bars that are drawn; the table has all."""
_LEFT: Final = 4
_LONGEST: Final = 34
LEGEND: Final = (Sentence("The outline: places. Filled: places that are taken."),)


@dataclass(frozen=True, slots=True)
class GroupPlaces:
    """A group of hosts."""

    name: str
    places: int
    taken: int


def groups_svg(
    groups: Sequence[GroupPlaces], *, title: str, standalone: bool, language: str = ENGLISH
) -> str:
    """Draw a bar for each group, in the order given."""
    frame = Frame("groups", title, standalone, language)
    drawn = groups[:MOST]
    most = max((max(one.places, one.taken) for one in drawn), default=1) or 1
    scale = (WIDTH - 2 * _LEFT) / most
    body = []
    for row, one in enumerate(drawn):
        y = frame.top + row * ROW
        said = Sentence("%(taken)d of %(places)d places", taken=one.taken, places=one.places)
        told = translated(said, language)
        name = one.name if len(one.name) <= _LONGEST else f"{one.name[: _LONGEST - 1]}…"
        body += [
            f"<g><title>{escape(f'{one.name}: {told}')}</title>",
            words(_LEFT, y + 11, name),
            words(WIDTH - _LEFT, y + 11, f"{one.taken} / {one.places}", anchor="end"),
            f'<rect x="{_LEFT}" y="{y + 16}" width="{number(scale * one.places)}" height="11"'
            ' fill="none" stroke="currentColor"/>',
            f'<rect x="{_LEFT}" y="{y + 16}" width="{number(scale * one.taken)}" height="11"'
            ' fill-opacity="0.6"/></g>',
        ]
    return framed(
        frame,
        body,
        width=WIDTH,
        height=max(ROW * len(drawn), ROW),
        description=Sentence("%(count)d groups of hosts.", count=len(groups)),
        legend=LEGEND,
    )
