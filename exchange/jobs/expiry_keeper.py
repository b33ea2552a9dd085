"""Ends sessions and links whose time is over: a clock that is set back must not revive them."""

import structlog

from exchange.clock import now
from exchange.config import Settings
from exchange.records.base import make_engine
from exchange.records.session import open_session
from exchange.services import links, web_sessions

_log = structlog.get_logger(__name__)


def end_what_is_over(settings: Settings) -> tuple[int, int]:
    """End what is over; return how many sessions and links that were."""
    engine = make_engine(settings.resolved_database_url)
    try:
        at = now()
        # Looking takes no lock; most rounds find nothing.
        with open_session(engine, writes=False) as session:
            is_due = web_sessions.has_over(session, at) or links.has_expired(session, at)
        if not is_due:
            return 0, 0
        with open_session(engine) as session:
            ended = web_sessions.end_over(session, at), links.void_expired(session, at)
            session.commit()
        _log.info("expiry.ended", sessions=ended[0], links=ended[1])
        return ended
    finally:
        engine.dispose()
