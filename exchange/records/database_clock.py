"""The time of day as the database has it, for what several machines have to agree on."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session

from exchange.clock import now

MOST_APART = timedelta(seconds=120)
"""So far the clocks of two machines may be apart before somebody has to look at them."""


def database_now(session: Session) -> datetime:
    """Return the present moment by the clock of the database's machine.

    SQLite has no machine of its own, and so its clock is ours.
    """
    if session.get_bind().dialect.name != "postgresql":
        return now()
    at: datetime = session.connection().execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return at.astimezone(UTC)


def clocks_apart(session: Session) -> timedelta:
    """Return by how much the clock of this machine is before that of the database's."""
    return now() - database_now(session)
