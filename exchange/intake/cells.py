"""Cells of a file as the values that a profile takes; sentences for what it refuses."""

import re
from collections.abc import Callable, Mapping
from typing import Any

_WHOLE = re.compile(r"-?[0-9]+")
_MOST_DIGITS = 30
"""Every number with more is out of every range, and long ones are slow to convert."""


def words(cell: str) -> list[str]:
    """Split a list joined by `|`."""
    return [word for part in cell.split("|") if (word := part.strip())]


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
        return f"Use one of {context['expected']}"
    if kind in ("less_than_equal", "greater_than_equal"):
        bound = context.get("le", context.get("ge"))
        return f"Use a number that is {'at most' if 'le' in context else 'at least'} {bound}"
    if kind == "too_short":
        return "Give at least one"
    if kind == "too_long":
        return f"Give at most {context['max_length']}"
    if kind == "string_too_long":
        return f"Use {context['max_length']} characters or fewer"
    return "This value cannot be used"


Parser = Callable[[str], Any]
