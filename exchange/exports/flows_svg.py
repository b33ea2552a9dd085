"""The picture of who travels where: a map of dots for nations, and a bow for each way travelled.

The map is a plain grid of degrees: no borders are drawn, so none can be drawn wrongly.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from exchange.exports.svg import Frame, framed, line, number, words
from exchange.translations import ENGLISH, Sentence, translated

WIDTH: Final = 640
_EDGE: Final = 26
_LEAST_SPAN: Final = 20.0
"""Degrees: a map of two neighbours still shows where on earth they are."""
_WIDEST: Final = 5.0
LEGEND: Final = (
    Sentence("The wider a bow, the more students travel so; it bends to the right of their way."),
)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Flow:
    """How many students of a nation are placed at hosts of another."""

    origin: str
    destination: str
    students: int


@dataclass(frozen=True, slots=True)
class _Chart:
    west: float
    north: float
    scale: float
    top: int

    def at(self, place: Point) -> Point:
        """Return where latitude and longitude stand in the picture."""
        latitude, longitude = place
        return (
            _EDGE + (longitude - self.west) * self.scale,
            self.top + _EDGE + (self.north - latitude) * self.scale,
        )


def flows_svg(
    flows: Iterable[Flow],
    places: Mapping[str, Point],
    *,
    title: str,
    standalone: bool,
    language: str = ENGLISH,
) -> str:
    """Draw the bows between the nations whose place is known.

    Parameters
    ----------
    flows : iterable of Flow
    places : mapping
        Latitude and longitude of each nation.
    title, standalone, language
        See `svg.Frame`.
    """
    drawn = sorted(
        (one for one in flows if one.origin in places and one.destination in places),
        key=lambda one: (one.students, one.origin, one.destination),
    )
    nations = sorted({nation for one in drawn for nation in (one.origin, one.destination)})
    frame = Frame("flows", title, standalone, language)
    chart, height, degrees = _chart([places[one] for one in nations], frame.top)
    most = max((one.students for one in drawn), default=1)
    body = _grid(chart, height, degrees)
    body += [_bow(chart, one, places, most, language) for one in drawn]
    body += _dots(chart, nations, places)
    return framed(
        frame,
        body,
        width=WIDTH,
        height=height,
        description=Sentence(
            "%(students)d students travel %(ways)d different ways between %(nations)d nations.",
            students=sum(one.students for one in drawn),
            ways=len(drawn),
            nations=len(nations),
        ),
        legend=LEGEND,
    )


Bounds = tuple[float, float, float, float]


def _chart(points: Sequence[Point], top: int) -> tuple[_Chart, int, Bounds]:
    """Choose the part of the earth that holds all points."""
    latitudes = [latitude for latitude, _longitude in points] or [0.0]
    longitudes = [longitude for _latitude, longitude in points] or [0.0]
    west, east = _widened(min(longitudes), max(longitudes), _LEAST_SPAN)
    south, north = _widened(min(latitudes), max(latitudes), _LEAST_SPAN / 2)
    scale = (WIDTH - 2 * _EDGE) / (east - west)
    height = math.ceil(2 * _EDGE + (north - south) * scale)
    return _Chart(west, north, scale, top), height, (south, north, west, east)


def _widened(low: float, high: float, least: float) -> tuple[float, float]:
    missing = max(0.0, least - (high - low)) / 2 + 2.0
    return low - missing, high + missing


def _grid(chart: _Chart, height: int, degrees: Bounds) -> list[str]:
    south, north, west, east = degrees
    step = next((s for s in (5, 10, 15, 30) if (east - west) / s <= 12), 30)
    parts = []
    for longitude in range(math.ceil(west / step) * step, math.floor(east) + 1, step):
        x, _y = chart.at((north, longitude))
        parts.append(line(x, chart.top + 4, x, chart.top + height - 4, opacity=0.12))
    for latitude in range(math.ceil(south / step) * step, math.floor(north) + 1, step):
        _x, y = chart.at((latitude, west))
        # The equator is drawn more strongly: it helps to find one's way on a map without coasts.
        parts.append(line(4, y, WIDTH - 4, y, opacity=0.4 if latitude == 0 else 0.12))
    return parts


def _bow(chart: _Chart, flow: Flow, places: Mapping[str, Point], most: int, language: str) -> str:
    x1, y1 = chart.at(places[flow.origin])
    x2, y2 = chart.at(places[flow.destination])
    # To the right of the way, so that there and back are two bows.
    bend = 0.18
    middle_x = (x1 + x2) / 2 - (y2 - y1) * bend
    middle_y = (y1 + y2) / 2 + (x2 - x1) * bend
    width = max(0.5, _WIDEST * math.sqrt(flow.students / most))
    said = Sentence(
        "%(origin)s to %(destination)s: %(count)d",
        origin=flow.origin,
        destination=flow.destination,
        count=flow.students,
    )
    return (
        f'<path d="M{number(x1)} {number(y1)}Q{number(middle_x)} {number(middle_y)}'
        f' {number(x2)} {number(y2)}" fill="none" stroke="currentColor" stroke-opacity="0.3"'
        f' stroke-width="{number(width)}"><title>{escape(translated(said, language))}</title>'
        "</path>"
    )


def _dots(chart: _Chart, nations: Sequence[str], places: Mapping[str, Point]) -> list[str]:
    """Draw the nations; where they crowd, only the first is named, and the table names all."""
    parts: list[str] = []
    named: list[Point] = []
    for nation in nations:
        x, y = chart.at(places[nation])
        parts.append(f'<circle cx="{number(x)}" cy="{number(y)}" r="3"/>')
        if all(abs(x - other) > 18 or abs(y - above) > 11 for other, above in named):
            parts.append(words(x, y - 6, nation, anchor="middle", bold=True))
            named.append((x, y))
    return parts
