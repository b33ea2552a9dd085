"""Files of imports that nobody finished: deleted once they have expired."""

import structlog

from exchange.clock import now
from exchange.config import Settings
from exchange.records.base import make_engine
from exchange.records.session import open_session
from exchange.services import uploads

_log = structlog.get_logger(__name__)


def sweep_uploads(settings: Settings) -> int:
    """Delete files that have expired; return how many."""
    engine = make_engine(settings.resolved_database_url)
    try:
        # Looking takes no lock; most rounds find nothing.
        with open_session(engine, writes=False) as session:
            ids = uploads.expired(session, now())
        if ids:
            with open_session(engine) as session:
                uploads.forget(session, ids)
                session.commit()
            _log.info("uploads.swept", count=len(ids))
    finally:
        engine.dispose()
    return len(ids)
