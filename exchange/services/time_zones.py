"""Named time zones, and the moments that people write in them."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from exchange.errors import InvalidInput
from exchange.translations import Sentence


def check_zone(name: str) -> str:
    """Return the name of a time zone of the IANA database, or refuse it."""
    if name not in available_timezones():
        raise InvalidInput(
            "There is no time zone of that name; use one such as Europe/Vienna.",
            {"time_zone": [Sentence("Use the name of a time zone, such as Europe/Vienna")]},
        )
    return name


def moment_in(zone: str, wall: datetime) -> datetime:
    """Return the moment at which the clocks of a zone show a naive local time.

    Raises
    ------
    InvalidInput
        When the clocks skip that time, or show it twice: then nobody can tell which is meant.
    """
    place = ZoneInfo(check_zone(zone))
    first = wall.replace(tzinfo=place, fold=0)
    second = wall.replace(tzinfo=place, fold=1)
    if first.utcoffset() != second.utcoffset():
        sentence = Sentence(
            "The clocks change at that time; choose a time an hour earlier or later"
        )
        raise InvalidInput(f"{sentence}.", {"time": [sentence]})
    return first


def day_in(zone: str, at: datetime) -> date:
    """Return the date that the calendars of a zone show at a moment."""
    return at.astimezone(ZoneInfo(zone)).date()


def end_of_day_after(zone: str, days: int, at: datetime) -> datetime:
    """Return the last minute of the day so many days later, as clocks in the zone show it.

    Where they show it twice that night, it is the second time.
    """
    last = day_in(zone, at) + timedelta(days=days)
    return datetime.combine(last, time(23, 59, fold=1), tzinfo=ZoneInfo(zone))
