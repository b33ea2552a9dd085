"""The worker ends what has run out, and leaves the rest alone."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from exchange.config import Settings
from exchange.domain.placement import PlacementState
from exchange.jobs import offer_keeper
from exchange.records import Placement
from exchange.records.session import open_session
from tests.services.people import AT, enrol, finish, make_office, publish, start


def test_offers_lapse_when_their_time_is_over(
    engine: sa.Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        ids = enrol(session, office)
        run = start(session, office)
        finish(session, run, ids)
        publish(session, office, run)
        session.commit()
    for days, done, state in ((7, 0, PlacementState.OFFERED), (8, 1, PlacementState.LAPSED)):
        at = AT + timedelta(days=days)
        monkeypatch.setattr(offer_keeper, "now", lambda at=at: at)
        assert offer_keeper.tend_offers(settings) == done
        with open_session(engine, writes=False) as session:
            assert session.exec(select(Placement.state)).one() is state
    assert offer_keeper.tend_offers(settings) == 0
