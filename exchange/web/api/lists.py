"""A part of a list: read from a place on, told with the place where it goes on."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel

from exchange.web.api.cursors import Place, read_cursor, write_cursor
from exchange.web.api.models import Listed, PageQuery
from exchange.web.api.reading import refused

Row = TypeVar("Row")
M = TypeVar("M", bound=BaseModel)


def part_of_list(
    query: PageQuery,
    *,
    find: Callable[[int, int], Sequence[Row]],
    tell: Callable[[Row], M],
    place_of: Callable[[Row], int],
) -> Listed[M]:
    """Return a part of a list that goes by a growing number, such as the row id.

    Parameters
    ----------
    find : callable
        Of a number and a count: so many rows after that number.
    """
    after = place_in(query)
    rows = list(find(int(after[0]) if after else 0, query.limit + 1))
    shown = rows[: query.limit]
    following: Place | None = [place_of(shown[-1])] if len(rows) > len(shown) else None
    return listed([tell(row) for row in shown], following)


def place_in(query: PageQuery) -> Place | None:
    """Return the place from which on a part is wanted; None for the beginning."""
    place, faults = read_cursor(request.path, query.cursor)
    if faults:
        raise refused(faults)
    return place


def listed(items: list[M], following: Place | None) -> Listed[Any]:
    """Return a part of a list; `following` is the place of its last item, if there is more."""
    after = None if following is None else write_cursor(request.path, following)
    return Listed(items=items, next=after)
