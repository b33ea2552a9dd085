"""The picture of what pairs of nations count for: a cell for each pair, darker where it is more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from exchange.exports.svg import LINE, Frame, framed
from exchange.exports.triangle import Cell, side, triangle
from exchange.translations import ENGLISH, Sentence, translated

LEGEND: Final = (
    Sentence("A number: the weight of the nation of its row with that of its column, in percent."),
    Sentence("A thick border: the programme has set this weight or contests the pair."),
)


@dataclass(frozen=True, slots=True)
class PairWeight:
    """The weight of a pair of nations, and whether the programme decided about it."""

    nation_a: str
    nation_b: str
    weight: float
    is_decided: bool = False


def weights_svg(
    nations: Sequence[str],
    weights: Sequence[PairWeight],
    *,
    title: str,
    standalone: bool,
    language: str = ENGLISH,
) -> str:
    """Draw the weights of all pairs among some nations; pairs of others are left out."""
    named = sorted(nations)
    frame = Frame("weights", title, standalone, language)
    cells = {
        (one.nation_a, one.nation_b): _cell(one, language)
        for one in weights
        if one.nation_a in named and one.nation_b in named
    }
    decided = sum(one.is_marked for one in cells.values())
    width, height = side(len(named))
    return framed(
        frame,
        triangle(named, cells, top=frame.top + LINE),
        width=width,
        height=height,
        description=Sentence(
            "%(nations)d nations, %(pairs)d pairs of them, %(decided)d of these pairs decided by "
            "the programme.",
            nations=len(named),
            pairs=len(cells),
            decided=decided,
        ),
        legend=LEGEND,
    )


def _cell(one: PairWeight, language: str) -> Cell:
    percent = round(100 * one.weight)
    said = Sentence(
        "%(a)s and %(b)s: %(percent)d %%", a=one.nation_a, b=one.nation_b, percent=percent
    )
    return Cell(str(percent), translated(said, language), 0.4 * one.weight, one.is_decided)
