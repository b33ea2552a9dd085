"""On whose behalf a command acts, and the session it acts in. Commands commit; services flush."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import click
import sqlalchemy as sa
from sqlmodel import Session

from exchange.clock import now
from exchange.config import Settings
from exchange.records.base import check_revision, make_engine
from exchange.records.session import open_session
from exchange.services import accounts
from exchange.services.actor import COMMAND, Actor


@dataclass(frozen=True)
class Desk:
    """What a command works with."""

    engine: sa.Engine
    session: Session
    actor: Actor
    settings: Settings
    at: datetime


def as_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--as EMAIL` to a command."""
    return click.option(
        "--as",
        "email",
        metavar="EMAIL",
        help="Act as this account, within its permissions. [default: the installation itself]",
    )(command)


@contextmanager
def acting(email: str | None, settings: Settings | None = None) -> Iterator[Desk]:
    """Open a session for an account, or for the installation itself; what is not committed is lost.

    Raises
    ------
    NotFound
        When nobody has that e-mail address.
    """
    settings = settings or Settings()
    engine = make_engine(settings.resolved_database_url)
    try:
        check_revision(engine)
        with open_session(engine) as session:
            yield Desk(engine, session, _actor(session, email), settings, now())
    finally:
        engine.dispose()


def _actor(session: Session, email: str | None) -> Actor:
    if email is None:
        return COMMAND
    account = accounts.find_account(session, email)
    # Whoever stands here holds the installation's key, from which every code is made: asking for
    # one would keep nobody out.
    return replace(accounts.actor_of(session, account.id), stepped_up_at=now())
