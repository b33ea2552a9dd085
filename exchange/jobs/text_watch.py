"""Asks guardians once more when the text that they agreed to has a new version."""

import structlog

from exchange.clock import now
from exchange.config import Settings
from exchange.records.base import make_engine
from exchange.records.session import open_session
from exchange.services import renewed_texts
from exchange.services.actor import SYSTEM

_log = structlog.get_logger(__name__)


def ask_again(settings: Settings) -> int:
    """Ask the guardians who are due; return how many. Harmless at any time, done twice.

    It reads first, so that the rounds that find nobody take no lock.
    """
    engine = make_engine(settings.resolved_database_url)
    asked = 0
    try:
        at = now()
        with open_session(engine, writes=False) as session:
            due = renewed_texts.guardians_due(session)
        for guardian_id in due:
            with open_session(engine) as session:
                asked += renewed_texts.ask_again(session, SYSTEM, guardian_id, at)
                session.commit()
    finally:
        engine.dispose()
    if asked:
        _log.info("guardians.asked_again", count=asked)
    return asked
