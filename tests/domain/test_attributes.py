"""Ages, and what a home has to have."""

import calendar
from datetime import date

import pytest

from exchange.domain.attributes import NEEDS, OFFERS, PLACEMENT_KINDS, age_on, is_met


@pytest.mark.parametrize("year", range(2004, 2101))
def test_who_is_born_on_a_leap_day_ages_on_the_first_of_march(year: int) -> None:
    born, is_leap = date(2004, 2, 29), calendar.isleap(year)
    assert age_on(born, date(year, 2, 28)) == year - 2005
    assert age_on(born, date(year, 3, 1)) == year - 2004
    if is_leap:
        assert age_on(born, date(year, 2, 29)) == year - 2004


def test_each_kind_of_home_can_be_kept_from() -> None:
    assert {f"no_{kind}" for kind in PLACEMENT_KINDS} <= NEEDS
    assert OFFERS <= NEEDS
    assert is_met("no_pets", frozenset())
    assert not is_met("no_pets", frozenset({"pets"}))
