"""Writes again where a safeguarding lead has not acknowledged or decided in time."""

import structlog

from exchange.clock import now
from exchange.config import Settings
from exchange.records.base import make_engine
from exchange.records.session import open_session
from exchange.services import incidents

_log = structlog.get_logger(__name__)


def watch_incidents(settings: Settings) -> int:
    """Look at everything that is late; return how many. Each mail is written once."""
    engine = make_engine(settings.resolved_database_url)
    try:
        with open_session(engine, writes=False) as session:
            if not incidents.late(session, now()):
                return 0
        with open_session(engine) as session:
            late = incidents.watch(session, now())
            session.commit()
        _log.info("incidents.late", count=late)
        return late
    finally:
        engine.dispose()
