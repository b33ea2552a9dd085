"""Axes of small charts: 300 units wide, so that letters can be read on a phone."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from exchange.exports.svg import line, number, words

WIDTH: Final = 320
HEIGHT: Final = 212
LEFT: Final = 44
RIGHT: Final = 12
ABOVE: Final = 24
BELOW: Final = 34


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of values, where they are marked, and how a mark is written."""

    low: float
    high: float
    marks: Sequence[float]
    write: Callable[[float], str]
    is_logarithmic: bool = False

    def place(self, value: float) -> float:
        """Return where a value stands, from 0 at the low end to 1."""
        low, high, at = (self._scaled(one) for one in (self.low, self.high, value))
        return min(1.0, max(0.0, (at - low) / (high - low))) if high > low else 0.5

    def _scaled(self, value: float) -> float:
        return math.log10(max(value, self.low)) if self.is_logarithmic else value


def linear(low: float, high: float, *, marks: int = 4) -> Axis:
    """Return an axis with round marks that begins and ends at one."""
    span = high - low if high > low else max(abs(low), 1.0)
    step = 10.0 ** math.floor(math.log10(span / marks))
    step *= next(f for f in (1.0, 2.0, 5.0, 10.0) if span / (f * step) <= marks)
    first, last = math.floor(low / step), math.ceil(high / step)
    last = max(last, first + 1)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    at = [place * step for place in range(first, last + 1)]
    return Axis(first * step, last * step, at, lambda value: f"{value:.{digits}f}")


def logarithmic(low: float, high: float, write: Callable[[float], str]) -> Axis:
    """Return an axis of powers of ten; `low` is above 0."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(max(high, low)))
    last = max(last, first + 1)
    at = [10.0**power for power in range(first, last + 1)]
    return Axis(at[0], at[-1], at, write, is_logarithmic=True)


@dataclass(frozen=True, slots=True)
class Plot:
    """A pair of axes, drawn from `top` down."""

    x: Axis
    y: Axis
    top: int

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point stands."""
        wide, high = WIDTH - LEFT - RIGHT, HEIGHT - ABOVE - BELOW
        return (
            LEFT + wide * self.x.place(x),
            self.top + ABOVE + high * (1.0 - self.y.place(y)),
        )

    def axes(self, x_words: str, y_words: str) -> list[str]:
        """Draw both axes with their marks and what they show."""
        left, bottom = LEFT, self.top + HEIGHT - BELOW
        parts = [line(left, bottom, WIDTH - RIGHT, bottom)]
        for value in self.x.marks:
            x, _y = self.at(value, self.y.low)
            parts.append(words(x, bottom + 13, self.x.write(value), anchor="middle"))
        for value in self.y.marks:
            _x, y = self.at(self.x.low, value)
            parts.append(line(left, y, WIDTH - RIGHT, y, opacity=0.15))
            parts.append(words(left - 4, y + 3, self.y.write(value), anchor="end"))
        parts.append(words(WIDTH - RIGHT, bottom + 28, x_words, anchor="end"))
        parts.append(words(4, self.top + 9, y_words))
        return parts

    def curve(self, points: Sequence[tuple[float, float]], *, dashes: str = "") -> str:
        """Draw straight lines from point to point."""
        steps = "L".join(
            f"{number(x)} {number(y)}" for x, y in (self.at(*point) for point in points)
        )
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        return (
            f'<path d="M{steps}" fill="none" stroke="currentColor" stroke-width="2"'
            f' stroke-linejoin="round"{dashed}/>'
        )
