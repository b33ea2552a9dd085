"""Cells of a file as the values that a profile takes; sentences for what it refuses."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from exchange.translations import Sentence

_WHOLE = re.compile(r"-?[0-9]+")
_MOST_DIGITS = 30
"""Every number with more is out of every range, and long ones are slow to convert."""

NOTHING = "none"


def words(cell: str) -> list[str]:
    """Split a list joined by `|`."""
    return [word for part in cell.split("|") if (word := part.strip())]


def asked_words(cell: str) -> list[str] | None:
    """Split a list joined by `|`; an empty cell was not asked, `none` was answered with nothing."""
    return [word for word in words(cell) if word != NOTHING] if cell.strip() else None


def text(cell: str) -> str | None:
    """Return a text; an empty cell is no answer."""
    return cell.strip() or None


def whole(cell: str) -> int | None:
    """Return a whole number in the digits 0 to 9.

    Raises
    ------
    ValueError
        When it is something else.
    """
    stripped = cell.strip()
    if not stripped:
        return None
    if not _WHOLE.fullmatch(stripped):
        raise ValueError("Use a whole number, written in the digits 0 to 9")
    if len(stripped) > _MOST_DIGITS:
        raise ValueError("This number is far too large")
    return int(stripped)


def ages(cell: str) -> list[int]:
    """Return whole numbers joined by `|`.

    Raises
    ------
    ValueError
        When one of them is something else.
    """
    return [required_whole(word) for word in words(cell)]


def required_whole(cell: str) -> int:
    """Return a whole number that must be there."""
    number = whole(cell)
    if number is None:
        raise ValueError("Give a whole number")
    return number


def household(cell: str) -> tuple[int | None, int | None]:
    """Return adults and children of `adults/children`; a side that is empty is not known."""
    if not cell.strip():
        return None, None
    adults, slash, children = cell.partition("/")
    if not slash:
        raise ValueError("Write adults/children, such as 2/1")
    return whole(adults), whole(children)


def sentence(fault: Mapping[str, Any]) -> str:
    """Return what a person can do about a fault that a profile found."""
    context = fault.get("ctx", {})
    reason = context.get("error")
    if isinstance(reason, ValueError):
        return str(reason)
    kind = fault["type"]
    if kind == "enum" or kind == "literal_error":
        # The names alone: what the library says between them is English.
        words = ", ".join(re.findall(r"'([^']*)'", context["expected"]))
        return Sentence("Use one of these words: %(words)s", words=words)
    if kind == "less_than_equal":
        return Sentence("Use a number that is at most %(bound)s", bound=context["le"])
    if kind == "greater_than_equal":
        return Sentence("Use a number that is at least %(bound)s", bound=context["ge"])
    if kind == "too_short":
        return Sentence("Give at least one")
    if kind == "too_long":
        return Sentence("Give at most %(most)d", most=context["max_length"])
    if kind == "string_too_long":
        return Sentence("Use %(most)d characters or fewer", most=context["max_length"])
    return Sentence("This value cannot be used")


Parser = Callable[[str], Any]
