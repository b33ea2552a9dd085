"""Reminds people by the rules of their cycle; each rule is looked at every few minutes."""

import structlog

from exchange.clock import now
from exchange.config import Settings
from exchange.records.base import make_engine
from exchange.records.session import open_session
from exchange.services import reminders

_log = structlog.get_logger(__name__)


def send_reminders(settings: Settings) -> int:
    """Carry out the rules that are due; return how many mails were written. Harmless, done twice.

    It reads first, so that the rounds that find nothing take no lock. Each rule is a transaction
    of its own, so that one that breaks keeps no other from being carried out.
    """
    engine = make_engine(settings.resolved_database_url)
    written = 0
    try:
        at = now()
        with open_session(engine, writes=False) as session:
            due = reminders.rules_due(session, at)
        for rule_id in due:
            try:
                with open_session(engine) as session:
                    written += reminders.carry_out(session, rule_id, at)
                    session.commit()
            except Exception:
                _log.exception("reminders.failed", rule=rule_id)
    finally:
        engine.dispose()
    if written:
        _log.info("reminders.written", count=written)
    return written
