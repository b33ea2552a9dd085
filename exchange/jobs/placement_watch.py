"""The daily look at live placements: hosts cleared, all agreed, everybody spoken with in time."""

import structlog

from exchange.clock import now
from exchange.config import Settings
from exchange.records.base import make_engine
from exchange.records.session import open_session
from exchange.services import contact_reminders, live_placements
from exchange.services.actor import SYSTEM

_log = structlog.get_logger(__name__)


def watch_placements(settings: Settings) -> int:
    """Look at each cycle that was not looked at today; return how many. Harmless, done twice.

    It looks without a lock and only keeps what it found under one; each cycle is a transaction of
    its own, so that one that breaks keeps no other from being looked at.
    """
    engine = make_engine(settings.resolved_database_url)
    looked = 0
    try:
        at = now()
        with open_session(engine, writes=False) as session:
            due = live_placements.cycles_due(session, at)
        for cycle_id in due:
            try:
                with open_session(engine, writes=False) as session:
                    seen = live_placements.look(session, cycle_id, at)
                    stays = contact_reminders.look(session, cycle_id, at)
                # Before the day is marked as looked at: what fails here is tried again.
                with open_session(engine) as session:
                    contact_reminders.remind(session, stays, at)
                    session.commit()
                with open_session(engine) as session:
                    found = live_placements.keep(session, SYSTEM, seen, at)
                    session.commit()
            except Exception:
                _log.exception("placements.watch_failed", cycle_id=cycle_id)
                continue
            if found is not None:
                looked += 1
                _log.info("placements.watched", cycle_id=cycle_id, found=found)
    finally:
        engine.dispose()
    return looked
