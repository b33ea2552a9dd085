"""Ages: 29 February counts on 1 March, and the law of each state says from when one consents."""

from datetime import date, timedelta

import pytest

from exchange.domain.ages import (
    ADULT_AGE,
    DIGITAL_CONSENT_AGES,
    HIGHEST_ADULT_AGE,
    YOUNGEST_AGE,
    consent_age,
    is_minor,
)
from exchange.domain.attributes import age_on
from exchange.domain.nation import NATIONS

LEAP_DAYS = [date(year, 2, 29) for year in range(2004, 2101, 4) if year != 2100]


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@pytest.mark.parametrize("born", LEAP_DAYS)
def test_age_of_a_leap_day_rises_on_the_first_of_march(born: date) -> None:
    for year in range(born.year + 1, 2101):
        rises_on = date(year, 2, 29) if _is_leap(year) else date(year, 3, 1)
        assert age_on(born, rises_on - timedelta(days=1)) == year - born.year - 1
        assert age_on(born, rises_on) == year - born.year


def test_age_of_every_birthday_rises_on_it_and_at_no_other_day() -> None:
    for born in (date(2003, 2, 28), date(2003, 3, 1), date(2003, 12, 31), date(2004, 1, 1)):
        day, age = date(2004, 1, 1), age_on(born, date(2004, 1, 1))
        while day < date(2101, 1, 1):
            day += timedelta(days=1)
            age += (day.month, day.day) == (born.month, born.day)
            assert age_on(born, day) == age, (born, day)


def test_minor_born_on_a_leap_day_is_one_until_march() -> None:
    born = date(2008, 2, 29)
    assert is_minor(born, date(2026, 2, 28))
    assert not is_minor(born, date(2026, 3, 1))
    assert is_minor(born, date(2026, 3, 1), HIGHEST_ADULT_AGE)
    assert not is_minor(None, date(2026, 3, 1))


def test_consent_ages_are_those_that_the_regulation_allows() -> None:
    assert set(DIGITAL_CONSENT_AGES) <= set(NATIONS)
    assert set(DIGITAL_CONSENT_AGES.values()) == {13, 14, 15, 16}
    assert len(DIGITAL_CONSENT_AGES) == 31  # The 30 of the European Economic Area, and GB.
    assert YOUNGEST_AGE == min(DIGITAL_CONSENT_AGES.values()) < ADULT_AGE


@pytest.mark.parametrize(
    ("nations", "age"),
    [
        (["BE"], 13),
        (["AT"], 14),
        (["FR"], 15),
        (["DE"], 16),
        (["BE", "FR"], 15),
        (["JO"], 16),
        ([], 16),
    ],
)
def test_consent_age_is_the_highest_of_the_nations(nations: list[str], age: int) -> None:
    assert consent_age(nations) == age


@pytest.mark.parametrize(
    ("nation", "expected"), [("DK", 15), ("SI", 15), ("NO", 13), ("IS", 13), ("DE", 16)]
)
def test_consent_age_is_what_the_state_has_set(nation: str, expected: int) -> None:
    assert consent_age([nation]) == expected
