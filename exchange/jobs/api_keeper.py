"""Forgets what the API answered, once a day has passed in which a caller might ask again."""

import structlog

from exchange.clock import now
from exchange.config import Settings
from exchange.records.base import make_engine
from exchange.records.session import open_session
from exchange.services import api_replies

_log = structlog.get_logger(__name__)


def forget_replies(settings: Settings) -> int:
    """Erase old replies; return how many. Harmless at any time.

    It reads first, so that the rounds that find nothing take no lock from people who save.
    """
    engine = make_engine(settings.resolved_database_url)
    try:
        at = now()
        with open_session(engine, writes=False) as session:
            is_due = api_replies.has_old_replies(session, at)
        if not is_due:
            return 0
        with open_session(engine) as session:
            forgotten = api_replies.forget_old_replies(session, at)
            session.commit()
        _log.info("api.forgotten", replies=forgotten)
        return forgotten
    finally:
        engine.dispose()
