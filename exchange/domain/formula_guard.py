r"""An apostrophe wherever a spreadsheet might begin to compute: put there, and taken away again.

The guard looks at the start of a text and behind each separator and line break in it: opened with
another separator than it was written with, a file falls into other cells. An apostrophe that
already stands at such a place gets a second one, so `unguard` gives every text back exactly.
Exports put the guard on, imports take it off; neither may know the other.
"""

import re

GUARD = "'"
_PLACE = r"(^|[,;\t\r\n])"
"""Where a cell may begin, under one separator or another."""
_SKIPPED = r"[\s\"\ufeff\u200b-\u200f\u2060]*"
"""What a spreadsheet may drop before it looks for a formula: space, quotes, what is not seen."""
_FORMULA = r"[=+\-@\t\r\n\v\f\0|%\uff1d\uff0b\uff0d\uff20\u2212]"
"""Signs that begin a formula or a command, their full-width forms among them."""
_GUARDED = re.compile(rf"{_PLACE}(?=[']|{_SKIPPED}{_FORMULA})")
_UNGUARDED = re.compile(rf"{_PLACE}'")


def guard(text: str) -> str:
    """Return the text with an apostrophe wherever a spreadsheet might begin to compute."""
    return _GUARDED.sub(rf"\1{GUARD}", text)


def unguard(text: str) -> str:
    """Return what `guard` was given."""
    return _UNGUARDED.sub(r"\1", text)


def is_guarded(text: str) -> bool:
    """Say whether `guard` could have written the text: “'=1” yes, “=1” and “'s Hage” no."""
    return guard(unguard(text)) == text
