"""What all pictures share: their frame, their words, their numbers.

A picture carries no style attribute and no style element, so it may stand in a page under a strict
content policy; its ink is the colour of the text around it, so it follows light, dark and print.
Its ground is laid out from left to right in every language: numbers and axes do not turn round.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from exchange.translations import ENGLISH, translated

LINE: Final = 16
LETTER: Final = 7
"""Width of a letter of a title or legend, about; a picture that stands alone makes room by it."""
_LEAST_ALONE: Final = 420


@dataclass(frozen=True, slots=True)
class Frame:
    """How a picture is presented.

    Attributes
    ----------
    name : str
        Tells the ids of pictures on one page apart; the class of the element, too.
    title : str
        Read out by screen readers; shown above a picture that stands alone.
    standalone : bool
        A file of its own, with a white ground, title and legend; else part of a page, which says
        these things itself.
    language : str
        Of the words in it, title apart.
    """

    name: str
    title: str
    standalone: bool
    language: str = ENGLISH

    @property
    def top(self) -> int:
        """Where the body begins: below the title, where there is one."""
        return 3 * LINE if self.standalone else 0

    def say(self, sentence: str) -> str:
        """Write a sentence in the language of the picture, fit to stand in it."""
        return escape(translated(sentence, self.language))


def framed(
    frame: Frame,
    body: Sequence[str],
    *,
    width: int,
    height: int,
    description: str,
    legend: Sequence[str] = (),
) -> str:
    """Put a frame around a body, which was drawn from `frame.top` down.

    Parameters
    ----------
    body : sequence of str
        SVG elements.
    width, height : int
        Of the body.
    description : str
        What a reader who does not see it should know, as a sentence.
    legend : sequence of str
        Sentences; shown below a picture that stands alone, and part of every description.

    Returns
    -------
    str
        The whole element.
    """
    told = " ".join([frame.say(description), *(frame.say(line) for line in legend)])
    total = frame.top + height
    if frame.standalone:
        width = max(width, _LEAST_ALONE)
        total += LINE * (len(legend) + 1)
    name = frame.name
    colour = ' color="#111"' if frame.standalone else ""
    ground = f'\n<rect width="{width}" height="{total}" fill="#fff"/>' if frame.standalone else ""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {total}" width="{width}"'
        f' height="{total}" role="img" aria-labelledby="{name}-title"'
        f' aria-describedby="{name}-description" class="picture {name}" direction="ltr"{colour}>\n'
        f'<title id="{name}-title">{escape(frame.title)}</title>\n'
        f'<desc id="{name}-description">{told}</desc>{ground}\n'
        '<g font-family="system-ui, sans-serif" font-size="10" fill="currentColor">'
    ]
    if frame.standalone:
        parts.append(words(12, 2 * LINE - 4, frame.title, size=16, bold=True))
    parts += body
    if frame.standalone:
        parts += [
            f'<text x="12" y="{frame.top + height + LINE * number + 6}" font-size="11">'
            f"{frame.say(line)}</text>"
            for number, line in enumerate(legend, start=1)
        ]
    parts.append("</g></svg>\n")
    return "\n".join(parts)


def words(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 10, bold: bool = False
) -> str:
    """Write a line of text that is in the right language already."""
    placed = "" if anchor == "start" else f' text-anchor="{anchor}"'
    sized = "" if size == 10 else f' font-size="{size}"'
    heavy = ' font-weight="bold"' if bold else ""
    return f'<text x="{number(x)}" y="{number(y)}"{placed}{sized}{heavy}>{escape(text)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, *, opacity: float = 1.0) -> str:
    """Draw a thin straight line."""
    return (
        f'<path d="M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}" fill="none"'
        f' stroke="currentColor" stroke-opacity="{opacity:g}" stroke-width="1"/>'
    )


def number(value: float) -> str:
    """Write a coordinate: two decimals at most, and none that are zero."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
