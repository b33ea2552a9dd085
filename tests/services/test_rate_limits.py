"""Rate limits hold exactly, across connections and in spite of what is rolled back."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from exchange.errors import Conflict, TooMany
from exchange.records import Programme
from exchange.records.session import open_session
from exchange.services import rate_limits
from tests.services.people import AT
from tests.services.together import at_once


def _hit(session: Session, bucket: str = "bucket", seconds: float = 0) -> None:
    at = AT + timedelta(seconds=seconds)
    rate_limits.hit(session, bucket, limit=3, window_s=60, at=at)


def test_limit_lets_exactly_so_many_through(session: Session) -> None:
    for second in range(3):
        _hit(session, seconds=second)
    with pytest.raises(TooMany, match="wait 31 seconds") as refused:
        _hit(session, seconds=30)
    assert refused.value.retry_after_s == 31
    _hit(session, "another")
    _hit(session, seconds=60)


def test_limit_holds_although_the_caller_rolls_back(engine: sa.Engine) -> None:
    for _ in range(3):
        with open_session(engine) as session:
            _hit(session)
            session.rollback()
    with open_session(engine) as session, pytest.raises(TooMany, match="Too many tries"):
        _hit(session)


def test_limit_holds_for_many_at_once(engine: sa.Engine) -> None:
    results = at_once(engine, _hit, times=12)
    assert sum(one is None for one in results) == 3
    assert sum(isinstance(one, TooMany) for one in results) == 9


def test_try_inside_counts_once_with_what_succeeds_and_once_where_it_is_undone(
    engine: sa.Engine,
) -> None:
    def attempt(session: Session, *, is_refused: bool) -> None:
        with rate_limits.counted(session, "bucket", limit=3, window_s=60, at=AT):
            session.add(make_programme())
            session.flush()
            if is_refused:
                raise Conflict("It cannot be.")
            session.commit()

    for is_refused in (False, True, False):
        with open_session(engine) as session:
            if is_refused:
                with pytest.raises(Conflict):
                    attempt(session, is_refused=True)
            else:
                attempt(session, is_refused=False)
    with open_session(engine) as session:
        assert len(session.exec(select(Programme)).all()) == 2
        with pytest.raises(TooMany):
            attempt(session, is_refused=False)
    with open_session(engine) as session:
        assert len(session.exec(select(Programme)).all()) == 2


def test_limit_of_what_is_tried_holds_for_many_at_once(engine: sa.Engine) -> None:
    def attempt(session: Session) -> None:
        with rate_limits.counted(session, "bucket", limit=3, window_s=60, at=AT):
            session.commit()

    results = at_once(engine, attempt, times=12)
    assert sum(one is None for one in results) == 3
    assert sum(isinstance(one, TooMany) for one in results) == 9


def make_programme() -> Programme:
    return Programme(name="Tried", contact_email="office@example.org", time_zone="UTC")
