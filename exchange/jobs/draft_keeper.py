"""Looks after unfinished drafts: one reminder before their time is over, and then the end."""

import structlog

from exchange.clock import now
from exchange.config import Settings
from exchange.records.base import make_engine
from exchange.records.session import open_session
from exchange.services import resuming

_log = structlog.get_logger(__name__)


def tend_drafts(settings: Settings) -> tuple[int, int]:
    """Remind and forget what is due; return how many of each. Harmless at any time, done twice.

    It reads first, so that the rounds that find nothing take no lock from people who save.
    """
    engine = make_engine(settings.resolved_database_url)
    try:
        at = now()
        with open_session(engine, writes=False) as session:
            due = resuming.drafts_to_remind(session, at)
            is_over = resuming.has_expired(session, at)
        reminded = forgotten = 0
        for draft in due:
            with open_session(engine) as session:
                reminded += resuming.remind(session, draft, at)
                session.commit()
        if is_over:
            with open_session(engine) as session:
                forgotten = resuming.forget_expired(session, at)
                session.commit()
        if reminded or forgotten:
            _log.info("drafts.tended", reminded=reminded, forgotten=forgotten)
        return reminded, forgotten
    finally:
        engine.dispose()
