"""A year later is the same day, and there is no 29th of February in most years."""

from datetime import date, datetime

import pytest

from exchange.domain.next_year import a_year_later, next_name


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (date(2027, 7, 1), date(2028, 7, 1)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2027, 2, 28), date(2028, 2, 28)),
        (datetime(2028, 2, 29, 9, 30), datetime(2029, 2, 28, 9, 30)),
    ],
)
def test_a_year_later_is_the_same_day_where_there_is_one(day: date, later: date) -> None:
    assert a_year_later(day) == later


@pytest.mark.parametrize(
    ("name", "later"),
    [
        ("Summer 2027", "Summer 2028"),
        ("2027/2028", "2028/2029"),
        ("Summer", "Summer 2028"),
        ("Room 12027", "Room 12027 2028"),
    ],
)
def test_name_goes_on_by_a_year(name: str, later: str) -> None:
    assert next_name(name, 2028) == later
