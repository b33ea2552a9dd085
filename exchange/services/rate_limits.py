"""Rate limits, counted in the database so that they hold across processes and restarts."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from exchange.errors import TooMany
from exchange.records import RateLimit
from exchange.translations import Sentence


def hit(session: Session, bucket: str, *, limit: int, window_s: int, at: datetime) -> None:
    """Count one try and commit the count at once, so that a refusal later does not uncount it.

    Call it before anything else is written in the session: this is the one service that commits.

    Parameters
    ----------
    bucket : str
        What is limited; already hashed where it would name a person or an address.
    limit, window_s : int
        At most `limit` tries in each window of `window_s` seconds.

    Raises
    ------
    TooMany
        From the try after the last allowed one on.
    """
    count, wait = _count(session, bucket, window_s=window_s, at=at)
    session.commit()
    if count > limit:
        raise _too_many(wait)


@contextmanager
def counted(
    session: Session, bucket: str, *, limit: int, window_s: int, at: datetime
) -> Iterator[None]:
    """Count one try in the transaction of what is tried, which saves a commit where it succeeds.

    Enter it before anything else is written in the session. What is refused inside is undone, and
    the try is then counted and committed by itself. Parameters and refusal as for `hit`.
    """
    count, wait = _count(session, bucket, window_s=window_s, at=at)
    if count > limit:
        session.commit()
        raise _too_many(wait)
    try:
        yield
    except Exception:
        session.rollback()
        _count(session, bucket, window_s=window_s, at=at)
        session.commit()
        raise


def _count(session: Session, bucket: str, *, window_s: int, at: datetime) -> tuple[int, int]:
    """Count one try; return how many there were in this window, and the seconds it has left."""
    start = datetime.fromtimestamp(at.timestamp() // window_s * window_s, UTC)
    statement = _COUNT[session.get_bind().dialect.name]
    values = {"bucket": bucket, "window_started_at": start, "count": 1}
    count: int = session.connection().execute(statement, values).scalar_one()
    return count, int(window_s - (at - start).total_seconds()) + 1


def _counting(insert: Any) -> Any:
    conflict = {"index_elements": ["bucket", "window_started_at"]}
    more: Any = {"count": sa.literal_column("rate_limit.count + 1")}
    statement = insert(RateLimit).on_conflict_do_update(**conflict, set_=more)
    return statement.returning(sa.literal_column("count"))


_COUNT = {"sqlite": _counting(sqlite.insert), "postgresql": _counting(postgresql.insert)}
"""The statement of each database, built once."""


def _too_many(wait: int) -> TooMany:
    return TooMany(
        Sentence("Too many tries. Please wait %(wait)d seconds, then try again.", wait=wait), wait
    )
