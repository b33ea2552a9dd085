"""What a cycle is called, and when it is, a year after another."""

import re
from datetime import date, datetime, timedelta
from typing import TypeVar

Day = TypeVar("Day", date, datetime)

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def a_year_later(day: Day) -> Day:
    """Return the same day a year later; the 28th of February after a 29th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return (day - timedelta(days=1)).replace(year=day.year + 1)


def next_name(name: str, year: int) -> str:
    """Return a name with each year a year later; one without gets the year behind it."""
    later = _YEAR.sub(lambda found: str(int(found[0]) + 1), name)
    return later if later != name else f"{name} {year}"
