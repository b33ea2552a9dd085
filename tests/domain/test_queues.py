"""Filters as words, and the birth date that an age asks for."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.attributes import age_on
from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.queues import Attention, Order, Queue, born_at_latest

queues = st.builds(
    Queue,
    kind=st.none() | st.sampled_from(ApplicationKind),
    state=st.none() | st.sampled_from(ApplicationState),
    attention=st.none() | st.sampled_from(Attention),
    nation=st.none() | st.sampled_from(["IL", "NA"]),
    search=st.text(max_size=20).map(str.strip),
    order=st.sampled_from(Order),
)


@given(queues)
def test_filter_comes_back_from_its_words(queue: Queue) -> None:
    assert Queue.from_words(queue.to_words()) == queue


def test_words_that_mean_nothing_filter_nothing() -> None:
    words = {"kind": "robot", "state": "", "nation": "ZZ", "order": "random", "page": "3"}
    assert Queue.from_words(words) == Queue()
    assert Queue().to_words() == {}


@given(
    st.dates(date(1990, 1, 1), date(2040, 1, 1)),
    st.integers(min_value=14, max_value=21),
)
def test_whoever_is_born_by_then_has_the_age_and_nobody_later_has(on: date, age: int) -> None:
    latest = born_at_latest(age, on)
    assert age_on(latest, on) >= age
    assert age_on(latest + timedelta(days=1), on) < age


@pytest.mark.parametrize(
    ("on", "latest"),
    [
        (date(2026, 2, 28), date(2008, 2, 28)),
        (date(2026, 3, 1), date(2008, 3, 1)),
        (date(2028, 2, 29), date(2010, 2, 28)),
    ],
)
def test_birth_date_around_the_leap_day(on: date, latest: date) -> None:
    assert born_at_latest(18, on) == latest
