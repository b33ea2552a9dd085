"""What answers make of an offer, and what may be seen when."""

from datetime import date, timedelta

import pytest

from exchange.domain.offer import Answer, Rung, age_band, rung_at, state_after
from exchange.domain.placement import NEXT_PLACEMENT_STATES, PlacementState

YES, NO, AWAITED = Answer.ACCEPTED, Answer.DECLINED, Answer.AWAITED
STAY = date(2027, 7, 1)
END = date(2027, 7, 20)


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ([AWAITED, AWAITED], PlacementState.OFFERED),
        ([YES, AWAITED], PlacementState.OFFERED),
        ([YES, YES, YES], PlacementState.ACCEPTED),
        ([YES, NO], PlacementState.DECLINED),
        ([AWAITED, NO], PlacementState.DECLINED),
        ([], PlacementState.OFFERED),
    ],
)
def test_state_after(answers: list[Answer], state: PlacementState) -> None:
    assert state_after(answers) is state


@pytest.mark.parametrize(
    ("today", "rung"),
    [
        (STAY - timedelta(days=22), Rung.FIRST_NAME),
        (STAY - timedelta(days=21), Rung.CONTACT),
        (END + timedelta(days=30), Rung.CONTACT),
        (END + timedelta(days=31), Rung.FIRST_NAME),
    ],
)
def test_contact_is_shown_around_the_stay_of_confirmed_pairs_alone(today: date, rung: Rung) -> None:
    for state in PlacementState:
        found = rung_at(state, starts_on=STAY, ends_on=END, contact_days=21, today=today)
        assert found is (rung if state is PlacementState.CONFIRMED else Rung.PSEUDONYM)


@pytest.mark.parametrize(
    ("age", "band"),
    [(11, "0-11"), (15, "15-17"), (17, "15-17"), (18, "18-20"), (29, "25-29"), (44, "40-49")],
)
def test_age_band(age: int, band: str) -> None:
    assert age_band(age) == band


def test_every_state_says_what_may_follow() -> None:
    assert set(NEXT_PLACEMENT_STATES) == set(PlacementState)
    reached = {PlacementState.PROPOSED}.union(*NEXT_PLACEMENT_STATES.values())
    assert reached == set(PlacementState)
