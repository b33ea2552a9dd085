"""Files that are due by a schedule: written whole into a folder of the instance, or not at all."""

from pathlib import Path

import structlog
from sqlmodel import Session

from exchange.clock import now
from exchange.config import Settings
from exchange.errors import ExchangeError
from exchange.exports.files import FORMS, file_bytes
from exchange.exports.whole import write_whole
from exchange.records import ExportDefinition
from exchange.records.base import make_engine
from exchange.records.session import open_session
from exchange.services import accounts, export_definitions

_log = structlog.get_logger(__name__)

KEPT = 7
"""Files of one definition that stay; older ones are deleted."""


def folder_of(settings: Settings) -> Path:
    """Where scheduled files are written."""
    return settings.instance_dir / "exports" / "scheduled"


def write_due_exports(settings: Settings) -> int:
    """Write what is due; return how many files. Done twice at once, each is written once.

    A file is made with the rights that its account has now; without them nothing is written, and
    the page of exports says so.
    """
    engine = make_engine(settings.resolved_database_url)
    written = 0
    try:
        with open_session(engine, writes=False) as session:
            ids = export_definitions.due(session, now())
        for row_id in ids:
            with open_session(engine) as session:
                definition = session.get(ExportDefinition, row_id)
                if definition is not None:
                    written += _write(session, settings, definition)
                session.commit()
        if ids:
            _log.info("exports.written", due=len(ids), written=written)
    finally:
        engine.dispose()
    return written


def _write(session: Session, settings: Settings, definition: ExportDefinition) -> bool:
    at = now()
    name = f"{definition.kind}-{definition.public_id[:8]}"
    ending = FORMS[definition.form][0]
    try:
        with session.begin_nested():
            actor = accounts.actor_of(session, definition.account_id)
            table = export_definitions.defined_table(
                session,
                actor,
                definition,
                key=settings.secret_key,
                at=at,
                is_scheduled=True,
            )
    except ExchangeError as refusal:
        export_definitions.advance(session, definition, at, fault=refusal.code)
        _log.warning("export.refused", definition=definition.public_id, code=refusal.code)
        return False
    if not export_definitions.advance(session, definition, at):
        return False
    folder = folder_of(settings)
    write_whole(folder / f"{name}-{at:%Y-%m-%d}{ending}", file_bytes(table, definition.form))
    for old in sorted(folder.glob(f"{name}-*{ending}"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return True
