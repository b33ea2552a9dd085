"""The picture of who meets whom as a ring: an arc for each nation, a band for each pair."""

import math
from collections.abc import Iterable
from html import escape
from typing import Final

from exchange.domain.nation import REVIEW_TIER
from exchange.domain.placement import Contact
from exchange.exports.svg import Frame, framed, number, words
from exchange.translations import ENGLISH, Sentence, translated

SIDE: Final = 480
RADIUS: Final = 200
_RIM: Final = 8
_GAP: Final = 0.012
"""Radians left free between two nations."""
_NAMED_FROM: Final = 0.035
"""Radians of an arc that has room for two letters."""
LEGEND: Final = (
    Sentence("The wider a band, the more placements join its two nations."),
    Sentence("A band with an outline: rival nations."),
)


def chord_svg(
    contacts: Iterable[Contact], *, title: str, standalone: bool, language: str = ENGLISH
) -> str:
    """Draw the ring; the same contacts give the same text, whatever their order."""
    met = sorted(
        (one for one in contacts if one.placements), key=lambda one: (one.nation_a, one.nation_b)
    )
    frame = Frame("chord", title, standalone, language)
    totals: dict[str, int] = {}
    for one in met:
        for nation in (one.nation_a, one.nation_b):
            totals[nation] = totals.get(nation, 0) + one.placements
    nations = sorted(totals)
    gap = min(_GAP, math.pi / max(len(nations), 1) / 2)
    free = 2 * math.pi - gap * len(nations)
    unit = free / max(sum(totals.values()), 1)
    starts, at = {}, 0.0
    for nation in nations:
        starts[nation] = at
        at += totals[nation] * unit + gap
    centre = (SIDE / 2, frame.top + SIDE / 2)
    hues = {nation: round(360 * place / len(nations)) for place, nation in enumerate(nations)}
    body = _bands(met, dict(starts), unit, centre, hues, language)
    for nation in nations:
        start, end = starts[nation], starts[nation] + totals[nation] * unit
        body += _arc(nation, totals[nation], (start, end), centre, hues[nation], language)
    return framed(
        frame,
        body,
        width=SIDE,
        height=SIDE,
        description=Sentence(
            "%(nations)d nations, %(pairs)d pairs of them in contact.",
            nations=len(nations),
            pairs=len(met),
        ),
        legend=LEGEND,
    )


def _bands(
    met: list[Contact],
    free: dict[str, float],
    unit: float,
    centre: tuple[float, float],
    hues: dict[str, int],
    language: str,
) -> list[str]:
    """Draw the bands; each takes the next free part of both arcs."""
    bands = []
    for one in met:
        width = one.placements * unit
        ends = []
        for nation in (one.nation_a, one.nation_b):
            ends.append((free[nation], free[nation] + width))
            free[nation] += width
        (a0, a1), (b0, b1) = ends
        p0, p1, q0, q1 = (_at(centre, RADIUS - 2, angle) for angle in (a0, a1, b0, b1))
        middle = f"{number(centre[0])} {number(centre[1])}"
        radius, wide = RADIUS - 2, int(width > math.pi)
        path = (
            f"M{p0}A{radius} {radius} 0 {wide} 1 {p1}Q{middle} {q0}"
            f"A{radius} {radius} 0 {wide} 1 {q1}Q{middle} {p0}Z"
        )
        is_rival = one.tension_tier >= REVIEW_TIER
        rim = ' stroke="currentColor" stroke-width="1.5"' if is_rival else ""
        said = Sentence(
            "%(a)s and %(b)s: %(count)d", a=one.nation_a, b=one.nation_b, count=one.placements
        )
        bands.append(
            f'<path d="{path}" fill="hsl({hues[one.nation_a]} 55% 50%)" fill-opacity="0.45"{rim}>'
            f"<title>{escape(translated(said, language))}</title></path>"
        )
    return bands


def _arc(
    nation: str,
    total: int,
    ends: tuple[float, float],
    centre: tuple[float, float],
    hue: int,
    language: str,
) -> list[str]:
    start, end = ends
    # A ring of one nation cannot be: it takes two to meet, so no arc is longer than half.
    outer, inner = RADIUS + _RIM, RADIUS
    wide = int(end - start > math.pi)
    path = (
        f"M{_at(centre, outer, start)}A{outer} {outer} 0 {wide} 1 {_at(centre, outer, end)}"
        f"L{_at(centre, inner, end)}A{inner} {inner} 0 {wide} 0 {_at(centre, inner, start)}Z"
    )
    said = Sentence("%(nation)s: %(count)d", nation=nation, count=total)
    parts = [
        f'<path d="{path}" fill="hsl({hue} 55% 45%)">'
        f"<title>{escape(translated(said, language))}</title></path>"
    ]
    if end - start >= _NAMED_FROM:
        middle = (start + end) / 2
        x = centre[0] + (outer + 12) * math.sin(middle)
        y = centre[1] - (outer + 12) * math.cos(middle)
        parts.append(words(x, y + 3, nation, anchor="middle", bold=True))
    return parts


def _at(centre: tuple[float, float], radius: float, angle: float) -> str:
    """Return a point of the ring; angles run clockwise from the top."""
    x, y = centre[0] + radius * math.sin(angle), centre[1] - radius * math.cos(angle)
    return f"{number(x)} {number(y)}"
