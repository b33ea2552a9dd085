"""Opening a session: the caller commits or rolls back, and closes."""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import load_only
from sqlmodel import Session


def open_session(engine: sa.Engine, *, writes: bool = True) -> Session:
    """Open a session; one that never writes takes no write lock on SQLite."""
    return Session(engine if writes else _reading(engine), expire_on_commit=False)


# A view of the same engine and its pool, which takes longer to make than many a statement.
@lru_cache(maxsize=4)
def _reading(engine: sa.Engine) -> sa.Engine:
    return engine.execution_options(read_only=True)


def loads_only(*columns: Any) -> Any:
    """Load these columns of a record alone; to ask it for another is an error, not a query."""
    return load_only(*columns, raiseload=True)
