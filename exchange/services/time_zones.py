"""Named time zones, and the moments that people write in them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from exchange.errors import InvalidInput
from exchange.translations import Sentence

SKIPPED = Sentence("The clocks change at that time; choose a time an hour earlier or later")
SHOWN_TWICE = Sentence(
    "The clocks show that time twice; write its offset too, such as 2027-10-31T02:30+01:00"
)


def check_zone(name: str) -> str:
    """Return the name of a time zone of the IANA database, or refuse it."""
    if name not in available_timezones():
        raise InvalidInput(
            "There is no time zone of that name; use one such as Europe/Vienna.",
            {"time_zone": [Sentence("Use the name of a time zone, such as Europe/Vienna")]},
        )
    return name


def moments_in(zone: str, wall: datetime) -> tuple[datetime, ...]:
    """Return the moments at which the clocks of a zone show a naive local time, in their order.

    There is one as a rule, none where the clocks skip that time, and two where they show it twice.
    """
    place = ZoneInfo(check_zone(zone))
    first, second = (wall.replace(tzinfo=place, fold=fold) for fold in (0, 1))
    before, after = first.utcoffset() or timedelta(), second.utcoffset() or timedelta()
    if before < after:
        return ()
    # In UTC, since two moments of one zone would be compared by what its clocks show.
    found = (first,) if before == after else (first, second)
    return tuple(one.astimezone(UTC) for one in found)


def moment_in(zone: str, wall: datetime) -> datetime:
    """Return the one moment at which the clocks of a zone show a naive local time.

    Raises
    ------
    InvalidInput
        When the clocks skip that time, or show it twice: then nobody can tell which is meant.
    """
    moments = moments_in(zone, wall)
    if len(moments) != 1:
        sentence = SHOWN_TWICE if moments else SKIPPED
        raise InvalidInput(f"{sentence}.", {"time": [sentence]})
    return moments[0]


def moment_written(zone: str, text: str) -> datetime:
    """Return the moment of an ISO 8601 text; without an offset it is what a zone's clocks show.

    Raises
    ------
    ValueError
        When it is no such text.
    InvalidInput
        As `moment_in` does.
    """
    written = datetime.fromisoformat(text)
    return moment_in(zone, written) if written.tzinfo is None else written


def day_in(zone: str, at: datetime) -> date:
    """Return the date that the calendars of a zone show at a moment."""
    return at.astimezone(ZoneInfo(zone)).date()


def end_of_day_after(zone: str, days: int, at: datetime) -> datetime:
    """Return the last minute of the day so many days later, as clocks in the zone show it.

    Where they show it twice that night, it is the second time.
    """
    last = day_in(zone, at) + timedelta(days=days)
    return datetime.combine(last, time(23, 59, fold=1), tzinfo=ZoneInfo(zone))
