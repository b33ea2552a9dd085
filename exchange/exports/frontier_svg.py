"""The picture of a frontier: what a better fit costs in diversity, a dot for each choice of ε."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from exchange.exports.plot import HEIGHT, WIDTH, Plot, linear
from exchange.exports.svg import Frame, framed, number, words
from exchange.translations import ENGLISH, Sentence, translated

LEGEND: Final = (
    Sentence("The number at a dot: how much diversity may be given up (ε)."),
    Sentence("The larger a dot, the more placements join rival nations."),
)


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """One choice and what comes of it."""

    epsilon: float
    diversity: float
    mean_fit: float
    rivals: int


def frontier_svg(
    points: Sequence[FrontierPoint], *, title: str, standalone: bool, language: str = ENGLISH
) -> str:
    """Draw mean fit over diversity."""
    frame = Frame("frontier", title, standalone, language)
    across = [one.diversity for one in points] or [0.0]
    up = [one.mean_fit for one in points] or [0.0]
    plot = Plot(linear(min(across), max(across)), linear(min(up), max(up)), frame.top)
    body = plot.axes(
        translated(Sentence("diversity D"), language), translated(Sentence("mean fit"), language)
    )
    ordered = sorted(points, key=lambda one: one.epsilon)
    if len(ordered) > 1:
        body.append(plot.curve([(one.diversity, one.mean_fit) for one in ordered]))
    most = max((one.rivals for one in ordered), default=0)
    taken: list[tuple[float, float]] = []
    for one in ordered:
        body += _dot(plot, one, most, taken, language)
    return framed(
        frame,
        body,
        width=WIDTH,
        height=HEIGHT,
        description=Sentence("%(count)d choices of ε.", count=len(points)),
        legend=LEGEND,
    )


def _dot(
    plot: Plot, one: FrontierPoint, most: int, taken: list[tuple[float, float]], language: str
) -> list[str]:
    x, y = plot.at(one.diversity, one.mean_fit)
    radius = 3.0 + (4.0 * one.rivals / most if most else 0.0)
    said = Sentence(
        "ε %(epsilon)s: D %(diversity)s, mean fit %(fit)s, %(rivals)d placements of rival nations",
        epsilon=f"{one.epsilon:g}",
        diversity=f"{one.diversity:.2f}",
        fit=f"{one.mean_fit:.3f}",
        rivals=one.rivals,
    )
    told = escape(translated(said, language))
    parts = [
        f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" fill-opacity="0.7">'
        f"<title>{told}</title></circle>"
    ]
    # Where dots crowd, only the first is named; the table below the picture names all.
    if all(abs(x - other) > 26 or abs(y - above) > 11 for other, above in taken):
        is_right = x > WIDTH - 60
        label_x = x - radius - 3 if is_right else x + radius + 3
        anchor = "end" if is_right else "start"
        parts.append(words(label_x, y - 4, f"{one.epsilon:g}", anchor=anchor))
        taken.append((x, y))
    return parts
