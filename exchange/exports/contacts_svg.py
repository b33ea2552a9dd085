"""The picture of who meets whom: a heat map, nation by nation, as SVG.

It carries no style attribute and no style element, so it may stand in a page under a strict
content policy; shades are opacities of the text colour, so it follows light, dark and print. Each
cell shows its number, so nothing depends on telling shades apart.
"""

from collections.abc import Iterable
from html import escape
from typing import Final

from exchange.domain.nation import REVIEW_TIER
from exchange.domain.placement import Contact

CELL: Final = 22
MARGIN: Final = 34


def contacts_svg(contacts: Iterable[Contact], *, title: str, standalone: bool) -> str:
    """Draw the lower triangle of the nation × nation matrix.

    Parameters
    ----------
    contacts : iterable of Contact
    title : str
        Read out by screen readers, and shown as a tooltip.
    standalone : bool
        A file of its own, with a white ground; else part of a page.

    Returns
    -------
    str
        The same contacts give the same text.
    """
    met = {(one.nation_a, one.nation_b): one for one in contacts if one.placements}
    nations = sorted({nation for pair in met for nation in pair})
    size = MARGIN + CELL * max(len(nations), 1) + 4
    top = max((one.placements for one in met.values()), default=1)
    parts = [_head(title, len(met), nations, size, standalone=standalone)]
    parts.append(_grid(len(nations)))
    for row, nation in enumerate(nations):
        y = MARGIN + row * CELL
        parts.append(
            f'<text x="{MARGIN - 6}" y="{y + 15}" text-anchor="end" class="nation">{nation}</text>'
            f'<text x="{MARGIN + row * CELL + CELL // 2}" y="{MARGIN - 8 + row * CELL}"'
            f' text-anchor="middle" class="nation">{nation}</text>'
        )
        for column, other in enumerate(nations[:row]):
            contact = met.get((other, nation))
            if contact is not None:
                parts.append(_cell(MARGIN + column * CELL, y, contact, top))
    parts.append("</g></svg>\n")
    return "\n".join(parts)


def _head(title: str, pairs: int, nations: list[str], size: int, *, standalone: bool) -> str:
    ground = f'<rect width="{size}" height="{size}" fill="#fff"/>' if standalone else ""
    colour = ' color="#111"' if standalone else ""
    describes = (
        f"{len(nations)} nations, {pairs} pairs of them in contact. Each square shows how many"
        " placements join the nation of its row and that of its column; a thick border marks"
        " rival nations."
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}"'
        f' height="{size}" role="img" aria-labelledby="contacts-title contacts-description"'
        f' class="contacts"{colour}>'
        f'<title id="contacts-title">{escape(title)}</title>'
        f'<desc id="contacts-description">{escape(describes)}</desc>{ground}'
        '<g font-family="system-ui, sans-serif" font-size="10" fill="currentColor">'
    )


def _grid(nations: int) -> str:
    """Draw the lines between all squares as one path."""
    lines = []
    for place in range(nations):
        start, end = MARGIN + place * CELL, MARGIN + nations * CELL
        lines.append(f"M{MARGIN} {start}h{place * CELL}" if place else "")
        lines.append(f"M{start} {start + CELL}V{end}" if place + 1 < nations else "")
    lines.append(f"M{MARGIN} {MARGIN + nations * CELL}h{(nations - 1) * CELL}" if nations else "")
    return (
        f'<path d="{"".join(lines)}" fill="none" stroke="currentColor" stroke-opacity="0.15"'
        ' stroke-width="0.5"/>'
    )


def _cell(x: int, y: int, contact: Contact, top: int) -> str:
    inner = CELL - 2
    # Never so dark that the number on it cannot be read.
    shade = 0.08 + 0.32 * contact.placements / top
    is_rival = contact.tension_tier >= REVIEW_TIER
    rim = 2 if is_rival else 0.5
    said = f"{contact.nation_a} and {contact.nation_b}: {contact.placements}"
    said += ", rival nations" if is_rival else ""
    return (
        f"<g><title>{said}</title>"
        f'<rect x="{x + 1}" y="{y + 1}" width="{inner}" height="{inner}" fill="currentColor"'
        f' fill-opacity="{shade:.2f}" stroke="currentColor" stroke-width="{rim}"/>'
        f'<text x="{x + CELL // 2}" y="{y + 15}" text-anchor="middle">{contact.placements}</text>'
        "</g>"
    )
