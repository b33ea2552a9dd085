"""The picture of a run at work: how the gap to the best possible falls, second by second."""

from collections.abc import Sequence
from html import escape
from typing import Final

from exchange.exports.plot import HEIGHT, WIDTH, Plot, linear, logarithmic
from exchange.exports.svg import Frame, framed, number
from exchange.translations import ENGLISH, Sentence, translated

LEAST_GAP: Final = 1e-5
"""Drawn on the floor: 0.001 % is nothing that anybody sees."""
LEGEND: Final = (
    Sentence("The line: diversity. Dashes: fit at that diversity. Lower is better proven."),
)
_STAGES: Final = (("diversity", ""), ("fit", "5 3"))

Point = tuple[float, str, float]
"""Seconds since the start, stage, gap."""


def gap_curve_svg(
    points: Sequence[Point], *, title: str, standalone: bool, language: str = ENGLISH
) -> str:
    """Draw the gap, in percent on a logarithmic axis, over the seconds of the run."""
    frame = Frame("gap-curve", title, standalone, language)
    gaps = [gap for _s, _stage, gap in points] or [1.0]
    low = max(LEAST_GAP, min(gaps))
    x = linear(0.0, max([seconds for seconds, _stage, _gap in points] or [1.0]))
    y = logarithmic(min(low, 0.01), max(*gaps, 0.01), lambda gap: f"{100 * gap:g} %")
    plot = Plot(x, y, frame.top)
    body = plot.axes(
        translated(Sentence("seconds"), language), translated(Sentence("gap"), language)
    )
    for stage, dashes in _STAGES:
        of_stage = [(s, gap) for s, one, gap in points if one == stage]
        if of_stage:
            body.append(plot.curve(_steps(of_stage), dashes=dashes))
        body += [_dot(plot, s, gap, language) for s, gap in of_stage]
    last = points[-1][2] if points else None
    return framed(
        frame,
        body,
        width=WIDTH,
        height=HEIGHT,
        description=Sentence("No gap is known yet.")
        if last is None
        else Sentence("The gap is %(gap)s %% now.", gap=f"{100 * last:.3g}"),
        legend=LEGEND,
    )


def _steps(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """A gap holds until a better one is found, so the curve goes down in steps."""
    steps = [points[0]]
    for seconds, gap in points[1:]:
        steps += [(seconds, steps[-1][1]), (seconds, gap)]
    return steps


def _dot(plot: Plot, seconds: float, gap: float, language: str) -> str:
    x, y = plot.at(seconds, gap)
    said = Sentence(
        "%(gap)s %% after %(seconds)s s", gap=f"{100 * gap:.3g}", seconds=f"{seconds:.1f}"
    )
    told = escape(translated(said, language))
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="2.5"><title>{told}</title></circle>'
