"""What text may hold, wherever it comes from: a form, a file, a command."""

import re
import unicodedata

from exchange.translations import Sentence

MAX_MARKS = 4
"""Combining marks on one letter; more is decoration that hides its neighbours."""

_JOINERS = "\u200c\u200d"
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\uffff\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
"""Characters that cannot be seen and that no word needs, direction overrides among them."""
_SELECTORS = re.compile("[\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Characters that cannot be seen and that some words need; see `_is_needed`."""
_JOINING = re.compile(
    "[\u0600-\u0dff\u0f00-\u109f\u1700-\u18af\u1a20-\u1aaf\u1b00-\u1bff\ua800-\uabff"
    "\ufb50-\ufdff\ufe70-\ufefc\U00010ac0-\U00010fff\U00011000-\U00011fff"
    "\U0001e900-\U0001e95f]"
)
"""Scripts in which the joiners change how a word is written: Arabic, Indic and their kin."""
_MONGOLIAN = re.compile("[\u1820-\u18aa\u180b-\u180d]")
_IDEOGRAPH = re.compile("[\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]")
_SHORT_LETTER = re.compile("[\u00c0-\u0fff]")
_NEWER_IDEOGRAPH = re.compile("[\U00020000-\U0002fffd\U00030000-\U0003fffd]")
"""Planes for ideographs only: those that are newer than our tables are names all the same."""


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
    if not shown.isprintable() and any(_cannot_be_shown(character) for character in shown):
        raise ValueError("Remove the character that cannot be shown, then try again")
    if not text.isascii() and _hides_something(text):
        raise ValueError("Remove the hidden character, then try again")
    if _has_too_many_marks(text):
        raise ValueError("Remove some of the marks above or below the letters")
    if len(text) > max_length:
        raise ValueError(Sentence("Use %(most)d characters or fewer", most=max_length))
    return text


def clean_name(value: str, max_length: int) -> str:
    """Return the name of a person in NFC: letters of any script, and no pictures.

    Raises
    ------
    ValueError
        As `clean_text`; and when there are pictures in it, or nothing that could be read aloud.
    """
    text = clean_text(value, max_length)
    if any(unicodedata.category(character) == "So" or _is_picture(character) for character in text):
        raise ValueError("Remove the pictures; a name is written in letters")
    if text and not any(character.isalnum() for character in text):
        raise ValueError("Write the name in letters")
    return text


def _cannot_be_shown(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Cn":
        return not _NEWER_IDEOGRAPH.match(character)
    return category in ("Cc", "Cs", "Co", "Zl", "Zp")


def _is_picture(character: str) -> bool:
    return "\U0001f000" <= character <= "\U0001faff" or character in "\u20e3\ufe0f"


def _hides_something(text: str) -> bool:
    if _IGNORABLE.search(text):
        return True
    return any(not _is_needed(text, found.start()) for found in _SELECTORS.finditer(text))


def _is_needed(text: str, place: int) -> bool:
    """Say whether an unseen character changes how its neighbour is written."""
    if place == 0:
        return False
    selector, before = text[place], text[place - 1]
    if selector in _JOINERS:
        after = text[place + 1 : place + 2]
        if not after or after in _JOINERS:
            return False
        joins_picture = selector == "\u200d" and _stands_for_itself(before)
        return bool(_JOINING.match(before)) or joins_picture
    if "\u180b" <= selector <= "\u180f":
        return bool(_MONGOLIAN.match(before))
    if selector > "\uffff":
        return bool(_IDEOGRAPH.match(before))
    # The others choose between text and picture, or between forms of a letter in a few scripts.
    return not (before.isspace() or (before.isalpha() and not _takes_forms(before)))


def _takes_forms(letter: str) -> bool:
    return not (letter.isascii() or _SHORT_LETTER.match(letter))


def _stands_for_itself(character: str) -> bool:
    """Say whether it is a picture, or what changes the look of one."""
    return unicodedata.category(character) in ("So", "Sk", "Sm") or character == "\ufe0f"


def _has_too_many_marks(text: str) -> bool:
    if text.isascii():
        return False
    marks = 0
    for character in unicodedata.normalize("NFD", text):
        is_mark = unicodedata.combining(character) or unicodedata.category(character) == "Me"
        marks = marks + 1 if is_mark else 0
        if marks > MAX_MARKS:
            return True
    return False
