"""The picture of how well placements fit: how many lie in each twentieth from 0 to 1."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from exchange.exports.plot import HEIGHT, WIDTH, Axis, Plot, linear
from exchange.exports.svg import Frame, framed, number
from exchange.translations import ENGLISH, Sentence, translated

BINS: Final = 20


def count_qualities(qualities: Iterable[float]) -> list[int]:
    """Count qualities in [0, 1] by twentieths; 1 itself counts in the last."""
    counts = [0] * BINS
    for quality in qualities:
        # The least more than 1e-9 below an edge is rounding: 0.15 belongs to 0.15–0.20.
        counts[min(BINS - 1, max(0, int(quality * BINS + 1e-6)))] += 1
    return counts


def quality_svg(
    counts: Sequence[int], *, title: str, standalone: bool, language: str = ENGLISH
) -> str:
    """Draw a bar for each twentieth."""
    frame = Frame("quality", title, standalone, language)
    x = Axis(0.0, 1.0, [0.0, 0.25, 0.5, 0.75, 1.0], lambda value: f"{value:g}")
    plot = Plot(x, linear(0.0, max(*counts, 4)), frame.top)
    body = plot.axes(
        translated(Sentence("fit of a placement"), language),
        translated(Sentence("placements"), language),
    )
    for place, count in enumerate(counts):
        if not count:
            continue
        low, high = place / BINS, (place + 1) / BINS
        left, above = plot.at(low, count)
        right, foot = plot.at(high, 0.0)
        said = Sentence(
            "%(low)s to %(high)s: %(count)d", low=f"{low:.2f}", high=f"{high:.2f}", count=count
        )
        body.append(
            f'<rect x="{number(left + 1)}" y="{number(above)}" width="{number(right - left - 2)}"'
            f' height="{number(foot - above)}" fill-opacity="0.6">'
            f"<title>{escape(translated(said, language))}</title></rect>"
        )
    return framed(
        frame,
        body,
        width=WIDTH,
        height=HEIGHT,
        description=Sentence("%(count)d placements by how well they fit.", count=sum(counts)),
    )
