"""Maps of columns that were used before: the next file with the same headers is read the same."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from exchange.domain.cycle import ApplicationKind
from exchange.intake.mapping import ColumnMap
from exchange.records import ImportMap


def kept_map(
    session: Session, *, programme_id: int, kind: ApplicationKind, header: Iterable[str]
) -> ColumnMap | None:
    """Return the map that files with these headers, in any order, were last read with."""
    found = session.exec(
        select(ImportMap.map).where(
            ImportMap.programme_id == programme_id,
            ImportMap.kind == kind,
            ImportMap.headers_digest == _digest(header),
        )
    ).one_or_none()
    return None if found is None else ColumnMap(**found)


def keep_map(
    session: Session,
    mapping: ColumnMap,
    *,
    programme_id: int,
    kind: ApplicationKind,
    header: Iterable[str],
    at: datetime,
) -> None:
    """Keep a map for the next file with these headers, in the place of an older one."""
    kept = ImportMap(
        programme_id=programme_id,
        kind=kind,
        headers_digest=_digest(header),
        map=mapping.to_json(),
        created_at=at,
        updated_at=at,
    )
    try:
        with session.begin_nested():
            session.add(kept)
    except IntegrityError:
        session.connection().execute(
            update(ImportMap)
            .where(
                col(ImportMap.programme_id) == programme_id,
                col(ImportMap.kind) == kind,
                col(ImportMap.headers_digest) == _digest(header),
            )
            .values(map=mapping.to_json(), updated_at=at)
        )


def _digest(header: Iterable[str]) -> str:
    return hashlib.sha256(json.dumps(sorted(header)).encode()).hexdigest()
