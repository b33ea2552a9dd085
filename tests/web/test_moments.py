"""Moments as pages show them: in the programme's zone, and with the offset that says which hour."""

from datetime import UTC, datetime

import pytest
from flask import Flask, g

from exchange.translations import LANGUAGES
from exchange.web.i18n import format_moment


@pytest.mark.parametrize(
    ("zone", "at", "shown"),
    [
        # The hour that comes twice: the offset alone tells which of the two it is.
        ("Europe/Berlin", datetime(2027, 10, 31, 0, 30, tzinfo=UTC), ("02:30", "UTC+02:00")),
        ("Europe/Berlin", datetime(2027, 10, 31, 1, 30, tzinfo=UTC), ("02:30", "UTC+01:00")),
        # The hour that never comes lies between these.
        ("Europe/Berlin", datetime(2027, 3, 28, 0, 59, tzinfo=UTC), ("01:59", "UTC+01:00")),
        ("Europe/Berlin", datetime(2027, 3, 28, 1, 0, tzinfo=UTC), ("03:00", "UTC+02:00")),
        ("Pacific/Kiritimati", datetime(2027, 6, 30, 22, tzinfo=UTC), ("12:00", "UTC+14:00")),
        ("Etc/GMT+12", datetime(2027, 7, 1, 11, tzinfo=UTC), ("23:00", "UTC-12:00")),
        ("Asia/Kathmandu", datetime(2027, 7, 1, 0, tzinfo=UTC), ("05:45", "UTC+05:45")),
    ],
)
def test_moment_is_shown_in_its_zone_with_the_offset(
    app: Flask, zone: str, at: datetime, shown: tuple[str, str]
) -> None:
    for language in LANGUAGES:
        with app.test_request_context():
            g.language = language
            said = format_moment(at, zone)
        for part in shown:
            assert part in said, (language, said)


def test_deadline_of_a_cycle_is_shown_with_its_offset(app: Flask) -> None:
    with app.test_request_context():
        said = format_moment(datetime(2027, 7, 1, 21, 59, tzinfo=UTC), "Europe/Vienna")
    assert said == "1 July 2027, 23:59 (Vienna, UTC+02:00)"
