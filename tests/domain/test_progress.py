"""What is missing for a confirmed place, and which days come next."""

from datetime import date

import pytest

from exchange.domain.cycle import ApplicationState as State
from exchange.domain.offer import Party
from exchange.domain.placement import PlacementState as Place
from exchange.domain.progress import ComingDay, DayKind, Missing, coming_days, missing_of


@pytest.mark.parametrize(
    ("state", "guardians_missing", "placement", "awaited", "expected"),
    [
        (State.WAITING, True, None, (), (Missing.GUARDIAN,)),
        (State.SUBMITTED, False, None, (), (Missing.DECISION,)),
        (State.RETURNED, True, None, (), (Missing.GUARDIAN, Missing.CORRECTION)),
        (State.APPROVED, False, None, (), (Missing.PLACE,)),
        (
            State.APPROVED,
            False,
            Place.OFFERED,
            (Party.HOST, Party.STUDENT),
            (Missing.STUDENT_ANSWER, Missing.HOST_ANSWER),
        ),
        (State.APPROVED, False, Place.OFFERED, (Party.GUARDIAN,), (Missing.GUARDIAN_ANSWER,)),
        (State.APPROVED, False, Place.ACCEPTED, (), (Missing.AGREEMENTS,)),
        (State.APPROVED, False, Place.CONFIRMED, (), ()),
        (State.WITHDRAWN, True, Place.CONFIRMED, (), ()),
        (State.DECLINED, True, None, (), ()),
    ],
)
def test_missing_is_the_next_step_of_whoever_has_to_take_it(
    state: State,
    guardians_missing: bool,
    placement: Place | None,
    awaited: tuple[Party, ...],
    expected: tuple[Missing, ...],
) -> None:
    found = missing_of(
        state, guardians_missing=guardians_missing, placement=placement, awaited=awaited
    )
    assert found == expected


def test_days_that_are_past_are_left_out_and_the_nearest_comes_first() -> None:
    found = coming_days(
        date(2027, 7, 1),
        answer_until=date(2027, 7, 3),
        arrives_on=date(2027, 7, 1),
        leaves_on=date(2027, 6, 30),
    )
    assert found == (
        ComingDay(DayKind.ARRIVES, date(2027, 7, 1)),
        ComingDay(DayKind.ANSWER_UNTIL, date(2027, 7, 3)),
    )
