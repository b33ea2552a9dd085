"""Opening a session: the caller commits or rolls back, and closes."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import load_only
from sqlmodel import Session


def open_session(engine: sa.Engine, *, writes: bool = True) -> Session:
    """Open a session; one that never writes takes no write lock on SQLite."""
    bind = engine if writes else engine.execution_options(read_only=True)
    return Session(bind, expire_on_commit=False)


def loads_only(*columns: Any) -> Any:
    """Load these columns of a record alone; to ask it for another is an error, not a query."""
    return load_only(*columns, raiseload=True)
