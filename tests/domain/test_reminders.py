"""Quiet hours: in the zone of the programme, across midnight, and when they are over."""

from datetime import UTC, datetime

import pytest

from exchange.domain.reminders import QuietHours


def _at(hour: int, minute: int = 0) -> datetime:
    return datetime(2027, 7, 10, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "zone", "hour", "is_quiet"),
    [
        (20, 8, "UTC", 19, False),
        (20, 8, "UTC", 20, True),
        (20, 8, "UTC", 3, True),
        (20, 8, "UTC", 8, False),
        (1, 5, "UTC", 0, False),
        (1, 5, "UTC", 4, True),
        (1, 5, "UTC", 5, False),
        (6, 6, "UTC", 6, False),
        (20, 8, "Asia/Tokyo", 12, True),
        (20, 8, "America/Lima", 12, True),
        (20, 8, "America/Lima", 14, False),
    ],
)
def test_quiet_hours_hold_in_the_zone_of_the_programme(
    start: int, end: int, zone: str, hour: int, is_quiet: bool
) -> None:
    assert QuietHours(start, end, zone).holds(_at(hour)) is is_quiet


@pytest.mark.parametrize(
    ("start", "end", "at", "over_at"),
    [
        (20, 8, _at(22, 30), datetime(2027, 7, 11, 8, tzinfo=UTC)),
        (20, 8, _at(3), _at(8)),
        (1, 5, _at(4, 59), _at(5)),
        (20, 8, _at(12), _at(12)),
    ],
)
def test_quiet_hours_are_over_at_the_next_end(
    start: int, end: int, at: datetime, over_at: datetime
) -> None:
    hours = QuietHours(start, end, "UTC")
    assert hours.over_at(at) == over_at
    assert not hours.holds(over_at)
