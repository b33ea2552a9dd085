"""Files between the steps of an import: whoever sent one alone sees it, and for a day at most."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy.orm import defer
from sqlmodel import Session, col, delete, select, update

from exchange.domain.cycle import ApplicationKind
from exchange.domain.roles import Permission
from exchange.errors import Conflict, NotFound
from exchange.intake.dialect import RawTable
from exchange.intake.mapping import ColumnMap
from exchange.records import Cycle, ImportUpload
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.import_files import Verdict

LIFETIME = timedelta(days=1)
MOST_KEPT = 5
"""Files that an account may have under way at once; an older one makes room."""
SAMPLES = 3
SAMPLE_LENGTH = 60


def keep_upload(
    session: Session,
    actor: Actor,
    *,
    cycle: Cycle,
    kind: ApplicationKind,
    content: bytes,
    table: RawTable,
    mapping: ColumnMap,
    at: datetime,
) -> ImportUpload:
    """Keep a file whose form is in order until its import is done."""
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    assert actor.account_id is not None
    _make_room(session, actor.account_id)
    upload = ImportUpload(
        cycle_id=cycle.id,
        account_id=actor.account_id,
        kind=kind,
        content=content,
        header=list(table.header),
        samples=[_samples(table, place) for place in range(len(table.header))],
        map=mapping.to_json(),
        created_at=at,
        expires_at=at + LIFETIME,
    )
    session.add(upload)
    session.flush()
    return upload


def _make_room(session: Session, account_id: int) -> None:
    newest = (
        select(ImportUpload.id)
        .where(ImportUpload.account_id == account_id)
        .order_by(col(ImportUpload.id).desc())
        .offset(MOST_KEPT - 1)
    )
    ids = session.exec(newest).all()
    if ids:
        session.exec(delete(ImportUpload).where(col(ImportUpload.id).in_(ids)))


def _samples(table: RawTable, place: int) -> list[str]:
    """Return the first few different values of a column, shortened."""
    found: dict[str, None] = {}
    for row in table.rows:
        if place < len(row.cells) and (cell := row.cells[place].strip()):
            found.setdefault(cell if len(cell) <= SAMPLE_LENGTH else f"{cell[:SAMPLE_LENGTH]}…")
        if len(found) == SAMPLES:
            break
    return list(found)


def get_upload(
    session: Session, actor: Actor, public_id: str, at: datetime
) -> tuple[ImportUpload, Cycle]:
    """Return a file that the actor sent, without its content, and its cycle.

    Raises
    ------
    NotFound
        When it is not there, is somebody else's, or has expired.
    """
    found = session.exec(
        select(ImportUpload, Cycle)
        .join(Cycle, col(Cycle.id) == col(ImportUpload.cycle_id))
        .where(
            ImportUpload.public_id == public_id,
            ImportUpload.account_id == actor.account_id,
            ImportUpload.expires_at > at,
        )
        .options(defer(cast(Any, ImportUpload.content)))
    ).one_or_none()
    if found is None:
        raise NotFound("There is nothing at this address.")
    upload, cycle = found
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    return upload, cycle


def content_of(session: Session, upload: ImportUpload) -> bytes:
    """Return the bytes of a file.

    Raises
    ------
    Conflict
        When it was imported already, so that they are gone.
    """
    query = select(ImportUpload.content).where(ImportUpload.id == upload.id)
    content = session.exec(query).one_or_none()
    if content is None:
        raise Conflict("This file was imported already.")
    return content


def change_map(session: Session, upload: ImportUpload, mapping: ColumnMap) -> None:
    """Read the file with another map from now on; what was found with the old one is void."""
    upload.map = mapping.to_json()
    upload.verdict = None
    session.flush()


def note_verdict(session: Session, upload: ImportUpload, verdict: Verdict) -> None:
    """Keep what a check has found."""
    upload.verdict = verdict.to_json()
    session.flush()


def finish(session: Session, upload: ImportUpload, verdict: Verdict, at: datetime) -> None:
    """Let go of the content of a file that is imported.

    Raises
    ------
    Conflict
        When it was imported in the meantime: a button pressed twice imports once.
    """
    done = session.connection().execute(
        update(ImportUpload)
        .where(col(ImportUpload.id) == upload.id, col(ImportUpload.imported_at).is_(None))
        .values(content=None, imported_at=at, verdict=verdict.to_json(), samples=[])
    )
    if done.rowcount != 1:
        raise Conflict("This file was imported already.")


def discard(session: Session, upload: ImportUpload) -> None:
    """Forget a file."""
    session.exec(delete(ImportUpload).where(col(ImportUpload.id) == upload.id))


def expired(session: Session, at: datetime) -> Sequence[int]:
    """Return the row ids of files that nobody may see any more."""
    return session.exec(select(ImportUpload.id).where(ImportUpload.expires_at <= at)).all()


def forget(session: Session, ids: Sequence[int]) -> None:
    """Delete files for good."""
    session.exec(delete(ImportUpload).where(col(ImportUpload.id).in_(ids)))
