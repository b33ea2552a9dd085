"""What a request carries: `g.db`, `g.actor`, `g.now`, `g.client_key`; each made at first use.

Views commit `g.db`; whatever was not committed is undone when the request ends.
"""

import hashlib
import hmac
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Flask, current_app, g, request, session
from flask.ctx import _AppCtxGlobals
from sqlalchemy.engine import Engine
from sqlmodel import Session

from exchange import clock
from exchange.config import Settings
from exchange.records.session import open_session
from exchange.services import accounts
from exchange.services.actor import Actor

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class RequestState(_AppCtxGlobals):
    """The `g` of this application."""

    @property
    def db(self) -> Session:
        """The database session of this request; a page that only reads opens a reading one."""
        if "_db" not in self:
            self._db = open_session(engine(), writes=request.method not in SAFE_METHODS)
        return self._db

    @property
    def now(self) -> datetime:
        """The moment at which this request is answered; it does not move while it is."""
        if "_now" not in self:
            self._now = clock.now()
        return self._now

    @property
    def actor(self) -> Actor:
        """Who is asking."""
        if "_actor" not in self:
            self._actor = self._find_actor()
        return self._actor

    @property
    def client_key(self) -> str:
        """Stands for the client's address in rate limits; made anew each day, never kept."""
        day = self.now.date().isoformat()
        message = f"{day}|{request.remote_addr}".encode()
        key = str(current_app.secret_key).encode()
        return hmac.new(key, message, hashlib.sha256).hexdigest()[:32]

    def _find_actor(self) -> Actor:
        visitor: Any = session
        if visitor.account_id is not None:
            return replace(
                accounts.actor_of(self.db, visitor.account_id),
                stepped_up_at=visitor.stepped_up_at,
            )
        return Actor(
            account_id=None,
            application_id=visitor.application_id,
            guardian_id=visitor.guardian_id,
        )

    def act_as(self, actor: Actor) -> None:
        """Take a program's token for who is asking."""
        self._actor = actor

    def forget_actor(self) -> None:
        """Ask anew who is asking; called when the session changes hands."""
        self.pop("_actor", None)

    def read_first(self) -> None:
        """Begin to read without the write lock, for a form that takes long to check.

        After `close_db` the next use of `db` writes; what was read has to be read again by then.
        """
        self.close_db()
        self._db = open_session(engine(), writes=False)

    def write_too(self) -> None:
        """Begin anew, to write: for what is read but leaves a line on the audit trail."""
        self.close_db()
        self._db = open_session(engine(), writes=True)

    def close_db(self) -> None:
        """Undo what was not committed, and give the connection back."""
        db = self.pop("_db", None)
        if db is not None:
            db.close()


def engine() -> Engine:
    """The engine of this application."""
    found: Engine = current_app.extensions["exchange.engine"]
    return found


def settings() -> Settings:
    """The settings of this application."""
    found: Settings = current_app.extensions["exchange.settings"]
    return found


def is_api() -> bool:
    """Whether a program asks: it is known by its token alone, and gets no page."""
    return request.path.startswith("/api/")


def is_switch() -> bool:
    """Whether a form was sent only to see it in another language; nothing of it is acted upon."""
    return bool(g.get("is_switch", False))


def init_app(app: Flask) -> None:
    """Give the application its `g`, and close the database session after each request."""
    app.app_ctx_globals_class = RequestState
    app.teardown_appcontext(_close)


def _close(_error: BaseException | None) -> None:
    g.close_db()
