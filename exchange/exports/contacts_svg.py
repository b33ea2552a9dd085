"""The picture of who meets whom: a heat map, nation by nation.

Each cell shows its number, so nothing depends on telling shades apart.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from exchange.domain.nation import REVIEW_TIER
from exchange.domain.placement import Contact
from exchange.exports.svg import LINE, Frame, framed
from exchange.exports.triangle import Cell, side, triangle
from exchange.translations import ENGLISH, Sentence, translated

LEGEND: Final = (
    Sentence("A number: placements that join the nation of its row and that of its column."),
    Sentence("A thick border: rival nations. A person decides before release."),
)


def contacts_svg(
    contacts: Iterable[Contact], *, title: str, standalone: bool, language: str = ENGLISH
) -> str:
    """Draw the lower triangle of the nation × nation matrix.

    Parameters
    ----------
    contacts : iterable of Contact
    title, standalone, language
        See `svg.Frame`.

    Returns
    -------
    str
        The same contacts give the same text, whatever their order.
    """
    met = {(one.nation_a, one.nation_b): one for one in contacts if one.placements}
    nations = sorted({nation for pair in met for nation in pair})
    frame = Frame("contacts", title, standalone, language)
    most = max((one.placements for one in met.values()), default=1)
    cells = {pair: _cell(contact, most, language) for pair, contact in met.items()}
    width, height = side(len(nations))
    return framed(
        frame,
        triangle(nations, cells, top=frame.top + LINE),
        width=width,
        height=height,
        description=_described(nations, met),
        legend=LEGEND if met else (),
    )


def _described(nations: Sequence[str], met: Mapping[tuple[str, str], Contact]) -> Sentence:
    if not met:
        return Sentence("No two nations meet.")
    rivals = sum(one.tension_tier >= REVIEW_TIER for one in met.values())
    return Sentence(
        "%(nations)d nations, %(pairs)d pairs of them in contact, %(rivals)d of these pairs rival "
        "nations.",
        nations=len(nations),
        pairs=len(met),
        rivals=rivals,
    )


def _cell(contact: Contact, most: int, language: str) -> Cell:
    is_rival = contact.tension_tier >= REVIEW_TIER
    return Cell(
        number=str(contact.placements),
        said=translated(_said(contact, is_rival=is_rival), language),
        # By the root, since most pairs meet a few times and a few meet often; never so dark that
        # the number cannot be read.
        shade=0.04 + 0.36 * math.sqrt(contact.placements / most),
        is_marked=is_rival,
    )


def _said(contact: Contact, *, is_rival: bool) -> Sentence:
    facts = {"a": contact.nation_a, "b": contact.nation_b, "count": contact.placements}
    if is_rival:
        return Sentence("%(a)s and %(b)s: %(count)d, rival nations", **facts)
    return Sentence("%(a)s and %(b)s: %(count)d", **facts)
