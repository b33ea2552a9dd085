"""The end of a day, where clocks change too."""

from datetime import UTC, datetime

import pytest

from exchange.services.time_zones import end_of_day_after


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
