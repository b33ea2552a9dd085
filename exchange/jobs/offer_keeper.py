"""Looks after offers and holds: what has run out ends, what is complete is confirmed."""

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlmodel import Session

from exchange.clock import now
from exchange.config import Settings
from exchange.errors import ExchangeError
from exchange.records.base import make_engine
from exchange.records.session import open_session
from exchange.services import holds, offer_upkeep

Chore = Callable[[Session, int, datetime], bool]

_log = structlog.get_logger(__name__)


def tend_offers(settings: Settings) -> int:
    """Do what is due, each in a transaction of its own; return how much was done.

    It reads first, so that the rounds that find nothing take no lock from people who answer.
    """
    engine = make_engine(settings.resolved_database_url)
    try:
        at = now()
        with open_session(engine, writes=False) as session:
            due = offer_upkeep.due_offers(session, at)
            chores: list[tuple[Chore, int]] = [(offer_upkeep.tend_offer, one) for one in due]
            chores += [(holds.tend_hold, one) for one in holds.due_holds(session, at)]
        done = 0
        for chore, row_id in chores:
            with open_session(engine) as session:
                try:
                    done += chore(session, row_id, at)
                    session.commit()
                except ExchangeError as refusal:
                    # One that cannot be tended must not keep the others waiting.
                    _log.warning("offers.refused", row=row_id, code=refusal.code)
        if done:
            _log.info("offers.tended", done=done)
        return done
    finally:
        engine.dispose()
