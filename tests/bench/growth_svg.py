"""The curve of growth as SVG: seconds over people, both axes by powers of ten.

Lines take the colour of the text where the picture stands in a page; alone, they follow the
reader's light or dark preference. Families differ by mark and dash, not by colour.
"""

import math
from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

WIDTH: Final = 640
HEIGHT: Final = 400
LEFT, RIGHT, TOP, BOTTOM = 70, 170, 44, 52
DASHES: Final = ("none", "6 4")


class Curve(NamedTuple):
    """One family: (people, seconds) of each size, and the fitted exponent if there is one."""

    name: str
    points: Sequence[tuple[int, float]]
    exponent: float | None

    @property
    def said(self) -> str:
        """Say how time grows."""
        if self.exponent is None:
            return "one size only, no exponent"
        return f"time grows as people^{self.exponent:.2f}"


def draw(curves: Sequence[Curve]) -> str:
    """Draw all families.

    Returns
    -------
    str
        An SVG file of its own. The numbers stand in its description too.
    """
    people = [one[0] for curve in curves for one in curve.points]
    seconds = [one[1] for curve in curves for one in curve.points]
    wide, high = _decades(people), _decades(seconds)
    told = " ".join(
        f"{curve.name}: {curve.said}. "
        + ", ".join(f"{count:,} people in {_figure(time)} s" for count, time in curve.points)
        + "."
        for curve in curves
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
        f' height="{HEIGHT}" role="img" aria-labelledby="growth-title growth-description">',
        '<title id="growth-title">Seconds of a whole solve over the number of students</title>',
        f'<desc id="growth-description">{escape(told)}</desc>',
        "<style>svg{color:#111;background:#fff}@media(prefers-color-scheme:dark)"
        "{svg{color:#eee;background:#111}}</style>",
        '<g font-family="system-ui, sans-serif" font-size="12" fill="currentColor" stroke="none">',
        f'<text x="{LEFT}" y="24" font-size="15" font-weight="bold">Seconds over students,'
        " both goals with proof</text>",
    ]
    parts += _grid(wide, high)
    for number, curve in enumerate(curves):
        parts += _line(curve, number, wide, high)
    return "\n".join([*parts, "</g></svg>\n"])


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """Find the powers of ten around some positive values; at least one decade."""
    low = math.floor(math.log10(min(values, default=1)))
    return low, max(low + 1, math.ceil(math.log10(max(values, default=10))))


def _at(value: float, decades: tuple[int, int], start: float, end: float) -> float:
    share = (math.log10(value) - decades[0]) / (decades[1] - decades[0])
    return start + share * (end - start)


def _x(people: float, wide: tuple[int, int]) -> float:
    return _at(people, wide, LEFT, WIDTH - RIGHT)


def _y(seconds: float, high: tuple[int, int]) -> float:
    return _at(seconds, high, HEIGHT - BOTTOM, TOP)


def _grid(wide: tuple[int, int], high: tuple[int, int]) -> list[str]:
    rule = 'stroke="currentColor" stroke-opacity="0.2"'
    parts = []
    for power in range(wide[0], wide[1] + 1):
        x = _x(10.0**power, wide)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" {rule}/>')
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">'
            f"{10**power:,}</text>"
        )
    for power in range(high[0], high[1] + 1):
        y = _y(10.0**power, high)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" {rule}/>')
        label = f"{10.0**power:g} s"
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">students</text>')
    return parts


def _line(curve: Curve, number: int, wide: tuple[int, int], high: tuple[int, int]) -> list[str]:
    spots = [(_x(count, wide), _y(time, high)) for count, time in curve.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    dash = DASHES[number % len(DASHES)]
    parts = [
        f'<polyline points="{path}" fill="none" stroke="currentColor" stroke-width="2"'
        f' stroke-dasharray="{dash}"/>'
    ]
    for (x, y), (count, time) in zip(spots, curve.points, strict=True):
        said = f"<title>{count:,} students: {_figure(time)} s</title>"
        if number % 2 == 0:
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4">{said}</circle>')
        else:
            parts.append(
                f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8">{said}</rect>'
            )
    x, y = spots[-1]
    parts.append(f'<text x="{x + 10:.1f}" y="{y:.1f}">{escape(curve.name)}</text>')
    parts.append(f'<text x="{x + 10:.1f}" y="{y + 15:.1f}">{_power(curve)}</text>')
    return parts


def _power(curve: Curve) -> str:
    return "" if curve.exponent is None else f"people^{curve.exponent:.2f}"


def _figure(seconds: float) -> str:
    return f"{seconds:.2f}" if seconds < 10 else f"{seconds:.0f}"
