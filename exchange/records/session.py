"""Opening a session: the caller commits or rolls back, and closes."""

import sqlalchemy as sa
from sqlmodel import Session


def open_session(engine: sa.Engine, *, writes: bool = True) -> Session:
    """Open a session; one that never writes takes no write lock on SQLite."""
    bind = engine if writes else engine.execution_options(read_only=True)
    return Session(bind, expire_on_commit=False)
