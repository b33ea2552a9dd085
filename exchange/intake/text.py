"""What text may hold, wherever it comes from: a form, a file, a command."""

import re
import unicodedata

from exchange.translations import Sentence

MAX_MARKS = 4
"""Combining marks on one letter; more is decoration that hides its neighbours."""

_JOINERS = "\u200c\u200d"
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\uffff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Characters that cannot be seen, direction overrides among them. Variation selectors (emoji)
and the two joiners, which some scripts need, stay."""


def clean_text(value: str, max_length: int, *, lines: bool = False) -> str:
    """Return the text in NFC without space around it.

    Parameters
    ----------
    value : str
        As typed.
    max_length : int
        In code points.
    lines : bool
        Whether line breaks may stay.

    Raises
    ------
    ValueError
        With a sentence for the person, when a character cannot be kept or the text is too long.
    """
    if len(value) > 4 * max_length:
        raise ValueError(Sentence("Use %(most)d characters or fewer", most=max_length))
    text = unicodedata.normalize("NFC", value).strip()
    if lines:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    shown = text.replace("\n", "").replace("\t", "") if lines else text
    # Nearly every text is printable; only others are looked at letter by letter.
    if not shown.isprintable() and any(
        unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")
        for character in shown
    ):
        raise ValueError("Remove the character that cannot be shown, then try again")
    if _IGNORABLE.search(text) or text.strip(_JOINERS) != text:
        raise ValueError("Remove the hidden character, then try again")
    if _has_too_many_marks(text):
        raise ValueError("Remove some of the marks above or below the letters")
    if len(text) > max_length:
        raise ValueError(Sentence("Use %(most)d characters or fewer", most=max_length))
    return text


def _has_too_many_marks(text: str) -> bool:
    if text.isascii():
        return False
    marks = 0
    for character in unicodedata.normalize("NFD", text):
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > MAX_MARKS:
            return True
    return False
