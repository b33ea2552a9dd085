"""The picture of who meets whom: a heat map, nation by nation, as SVG.

It carries no style attribute and no style element, so it may stand in a page under a strict
content policy; shades are opacities of the text colour, so it follows light, dark and print. Each
cell shows its number, so nothing depends on telling shades apart.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

from exchange.domain.nation import REVIEW_TIER
from exchange.domain.placement import Contact
from exchange.translations import ENGLISH, Sentence, translated

CELL: Final = 22
MARGIN: Final = 34
LEGEND: Final = (
    Sentence("A number: placements that join the nation of its row and that of its column."),
    Sentence("A thick border: rival nations. A person decides before release."),
)
_LEGEND_WIDTH: Final = 420
_LINE: Final = 16
_MOST_DIGITS: Final = 3
"""Digits that fit into a cell at full size."""


def contacts_svg(
    contacts: Iterable[Contact], *, title: str, standalone: bool, language: str = ENGLISH
) -> str:
    """Draw the lower triangle of the nation × nation matrix.

    Parameters
    ----------
    contacts : iterable of Contact
    title : str
        Read out by screen readers; shown above a picture that stands alone.
    standalone : bool
        A file of its own, with a white ground, title and legend; else part of a page, which says
        these things itself.
    language : str
        Of the words in it, title apart.

    Returns
    -------
    str
        The same contacts give the same text, whatever their order.
    """
    met = {(one.nation_a, one.nation_b): one for one in contacts if one.placements}
    nations = sorted({nation for pair in met for nation in pair})
    head = 3 * _LINE if standalone else 0
    matrix = CELL * len(nations)
    width = 2 * MARGIN + matrix
    height = head + MARGIN + matrix
    if standalone:
        width = max(width, _LEGEND_WIDTH)
        height += _LINE * (len(LEGEND) + 1)
    told = translated(_described(nations, met), language)
    if met:
        told = " ".join([told, *(translated(line, language) for line in LEGEND)])
    parts = [_opening(title, told, width, height, standalone=standalone)]
    if standalone:
        parts.append(_heading(title))
    parts += _matrix(nations, met, top=head + _LINE, language=language)
    if standalone:
        parts += _legend(head + MARGIN + matrix, language)
    parts.append("</g></svg>\n")
    return "\n".join(parts)


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


def _opening(title: str, description: str, width: int, height: int, *, standalone: bool) -> str:
    colour = ' color="#111"' if standalone else ""
    ground = f'\n<rect width="{width}" height="{height}" fill="#fff"/>' if standalone else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-labelledby="contacts-title"'
        f' aria-describedby="contacts-description" class="contacts"{colour}>\n'
        f'<title id="contacts-title">{escape(title)}</title>\n'
        f'<desc id="contacts-description">{escape(description)}</desc>{ground}\n'
        '<g font-family="system-ui, sans-serif" font-size="10" fill="currentColor">'
    )


def _heading(title: str) -> str:
    return (
        f'<text x="12" y="{2 * _LINE - 4}" font-size="16" font-weight="bold">{escape(title)}</text>'
    )


def _legend(below: int, language: str) -> list[str]:
    return [
        f'<text x="12" y="{below + _LINE * line + 6}" font-size="11">'
        f"{escape(translated(text, language))}</text>"
        for line, text in enumerate(LEGEND, start=1)
    ]


def _matrix(
    nations: Sequence[str],
    met: Mapping[tuple[str, str], Contact],
    *,
    top: int,
    language: str,
) -> list[str]:
    """Draw rows named at their left, columns named at their head and again at their foot."""
    parts = []
    most = max((one.placements for one in met.values()), default=1)
    foot = top + CELL * len(nations) + 12
    for row, nation in enumerate(nations):
        x, y = MARGIN + row * CELL, top + row * CELL
        middle = x + CELL // 2
        if row:
            parts.append(_label(nation, MARGIN - 6, y + 15, anchor="end"))
        if row < len(nations) - 1:
            parts.append(_label(nation, middle, y + 15, anchor="middle"))
            parts.append(_label(nation, middle, foot, anchor="middle"))
        for column, other in enumerate(nations[:row]):
            left, contact = MARGIN + column * CELL, met.get((other, nation))
            parts.append(_cell(left, y, contact, most, language))
    return parts


def _label(nation: str, x: int, y: int, *, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="bold">{nation}</text>'


def _cell(x: int, y: int, contact: Contact | None, most: int, language: str) -> str:
    inner = CELL - 2
    square = f'<rect x="{x + 1}" y="{y + 1}" width="{inner}" height="{inner}"'
    if contact is None:
        return (
            f'{square} fill="none" stroke="currentColor" stroke-opacity="0.15" stroke-width="0.5"/>'
        )
    # By the root, since most pairs meet a few times and a few meet often; never so dark that the
    # number cannot be read.
    shade = 0.04 + 0.36 * math.sqrt(contact.placements / most)
    is_rival = contact.tension_tier >= REVIEW_TIER
    rim = "2.5" if is_rival else "0.5"
    said = escape(translated(_said(contact, is_rival=is_rival), language))
    number = str(contact.placements)
    size = "" if len(number) <= _MOST_DIGITS else ' font-size="7"'
    return (
        f"<g><title>{said}</title>"
        f'{square} fill="currentColor" fill-opacity="{shade:.2f}" stroke="currentColor"'
        f' stroke-width="{rim}"/>'
        f'<text x="{x + CELL // 2}" y="{y + 15}" text-anchor="middle"{size}>{number}</text></g>'
    )


def _said(contact: Contact, *, is_rival: bool) -> Sentence:
    facts = {"a": contact.nation_a, "b": contact.nation_b, "count": contact.placements}
    if is_rival:
        return Sentence("%(a)s and %(b)s: %(count)d, rival nations", **facts)
    return Sentence("%(a)s and %(b)s: %(count)d", **facts)
