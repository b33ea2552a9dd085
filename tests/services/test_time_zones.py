"""Times as people write them, and the end of a day, where clocks change too."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from exchange.errors import InvalidInput
from exchange.services.time_zones import (
    day_in,
    end_of_day_after,
    moment_in,
    moment_written,
    moments_in,
)


@pytest.mark.parametrize(
    ("zone", "at", "end"),
    [
        ("Europe/Vienna", datetime(2027, 1, 10, 12, tzinfo=UTC), "2027-01-17T22:59:00+00:00"),
        # Already the next day there.
        ("Asia/Tokyo", datetime(2027, 1, 10, 16, tzinfo=UTC), "2027-01-18T14:59:00+00:00"),
        # On 3 April the hour before midnight comes twice; the second one counts.
        ("America/Santiago", datetime(2027, 3, 27, 12, tzinfo=UTC), "2027-04-04T03:59:00+00:00"),
    ],
)
def test_end_of_day_after_seven_days(zone: str, at: datetime, end: str) -> None:
    assert end_of_day_after(zone, 7, at).astimezone(UTC).isoformat() == end


def _changes(zone: str, year: int) -> list[tuple[datetime, timedelta]]:
    """The moments of a year at which a zone's clocks jump, and by how much."""
    place, step = ZoneInfo(zone), timedelta(minutes=30)
    at = datetime(year, 1, 1, tzinfo=UTC)
    found = []
    while at.year == year:
        before, after = (one.astimezone(place).utcoffset() for one in (at - step, at))
        if before is not None and after is not None and before != after:
            found.append((at, after - before))
        at += step
    return found


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Berlin",
        "America/New_York",
        "America/Santiago",
        "Australia/Lord_Howe",  # By half an hour.
        "Africa/Casablanca",  # Twice a year, by the moon.
        "Antarctica/Troll",  # By two hours.
        "Asia/Jerusalem",
    ],
)
def test_times_that_clocks_skip_or_show_twice_are_refused_and_others_are_not(zone: str) -> None:
    changes = _changes(zone, 2026)
    assert len(changes) >= 2
    for at, jump in changes:
        place = ZoneInfo(zone)
        first = (at - timedelta(microseconds=1)).astimezone(place).replace(tzinfo=None)
        # Either the clock goes over these minutes without showing them, or it shows them again.
        start = first if jump > timedelta(0) else first + jump
        inside = start + abs(jump) / 2
        words = "clocks change" if jump > timedelta(0) else "show that time twice"
        with pytest.raises(InvalidInput, match=words) as refused:
            moment_in(zone, inside)
        assert list(refused.value.faults) == ["time"]
        moments = moments_in(zone, inside)
        assert [one.astimezone(place).replace(tzinfo=None) for one in moments] == (
            [] if jump > timedelta(0) else [inside, inside]
        )
        assert [after - before for before, after in pairwise(moments)] == (
            [] if jump > timedelta(0) else [-jump]
        )
        for wall in (inside - 2 * abs(jump), inside + 2 * abs(jump)):
            told = moment_in(zone, wall)
            assert told.astimezone(UTC).astimezone(place).replace(tzinfo=None) == wall


@pytest.mark.parametrize(("offset", "hour"), [("+02:00", 0), ("+01:00", 1), ("", None)])
def test_time_written_with_its_offset_is_never_in_doubt(offset: str, hour: int | None) -> None:
    text = f"2027-10-31T02:30{offset}"
    if hour is not None:
        assert moment_written("Europe/Vienna", text) == datetime(2027, 10, 31, hour, 30, tzinfo=UTC)
    else:
        with pytest.raises(InvalidInput, match="write its offset"):
            moment_written("Europe/Vienna", text)


def test_every_zone_of_the_world_has_a_moment_and_a_day() -> None:
    noon = datetime(2027, 7, 1, 12)
    for zone in sorted(available_timezones()):
        at = moment_in(zone, noon)
        assert at.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == noon
        assert abs(at.astimezone(UTC).replace(tzinfo=None) - noon) <= timedelta(hours=14)
        assert day_in(zone, at) == noon.date()


@pytest.mark.parametrize(
    ("zone", "day"), [("Pacific/Kiritimati", 2), ("Etc/GMT+12", 30), ("UTC", 1)]
)
def test_day_at_the_ends_of_the_world_is_that_of_its_calendars(zone: str, day: int) -> None:
    assert day_in(zone, datetime(2027, 7, 1, 11, tzinfo=UTC)).day == day
