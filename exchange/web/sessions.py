"""Server-side sessions: the cookie holds a random token, the table everything else.

A session row is made when a page first has something to remember; signing in or out gives a new
row and a new token, so a saved cookie is worth nothing afterwards.
"""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import Flask, g, session
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import exc
from sqlmodel import col, update
from werkzeug.datastructures import CallbackDict
from werkzeug.wrappers import Request, Response

from exchange.records import Draft, WebSession
from exchange.records.session import open_session
from exchange.services import languages, web_sessions
from exchange.web.request_state import SAFE_METHODS, engine, is_api

LONGEST_TOKEN = 100
CLEAR_SITE_DATA = '"cache", "cookies", "storage"'

AnyResponse = TypeVar("AnyResponse", bound=Response)


class VisitorSession(CallbackDict[str, Any], SessionMixin):
    """What a request knows of its browser; as a mapping, the data that pages keep."""

    def __init__(self, row: WebSession | None = None, failure: Exception | None = None) -> None:
        self.modified = False
        self.accessed = True
        self.row = row
        self.failure = failure
        self.token: str | None = None
        self.is_ended = False

        def on_update(_self: object) -> None:
            self.modified = True

        super().__init__(dict(row.data) if row else {}, on_update)

    @property
    def row_id(self) -> int | None:
        """The row behind it, once there is one."""
        return self.row.id if self.row else None

    @property
    def account_id(self) -> int | None:
        """Whose it is, when somebody is signed in."""
        return self.row.account_id if self.row else None

    @property
    def application_id(self) -> int | None:
        """The application that an e-mailed link opened."""
        return self.row.application_id if self.row else None

    @property
    def guardian_id(self) -> int | None:
        """The guardian whose e-mailed link was opened."""
        return self.row.guardian_id if self.row else None

    @property
    def stepped_up_at(self) -> datetime | None:
        """When a code of the second step was last typed here."""
        return self.row.stepped_up_at if self.row else None


class TableSessions(SessionInterface):
    """Flask's sessions, kept in the table `web_session`."""

    def open_session(self, app: Flask, request: Request) -> VisitorSession:
        """Find the session of the cookie; an unknown, ended or doubled cookie finds none."""
        if is_api():
            # A browser that is signed in must not lend that to a page that calls the API.
            return VisitorSession()
        tokens = request.cookies.getlist(self.get_cookie_name(app))
        if len(tokens) != 1 or not 0 < len(tokens[0]) <= LONGEST_TOKEN:
            return VisitorSession()
        try:
            if request.method in SAFE_METHODS or engine().dialect.name != "sqlite":
                # The view goes on in the same transaction, which spares it one of its own. On
                # SQLite a form's holds the one write lock, and so begins as late as it can.
                row = web_sessions.find(g.db, tokens[0], g.now)
                if row is not None:
                    # A refusal rolls back, which must not take away what is known of the session.
                    g.db.expunge(row)
                return VisitorSession(row)
            with open_session(engine(), writes=False) as db:
                return VisitorSession(web_sessions.find(db, tokens[0], g.now))
        except (exc.OperationalError, exc.TimeoutError) as error:
            g.close_db()
            # Raised again before the view, where it becomes a page.
            return VisitorSession(failure=error)

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        """Store what pages changed, and hand out a new token where there is one."""
        name, secure = self.get_cookie_name(app), app.config["SESSION_COOKIE_SECURE"]
        if session.is_ended:
            response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="Lax")
            return
        if session.failure is None:
            # A write that a view left uncommitted would still hold the lock that this one needs.
            g.close_db()
            self._store(session)
        if session.token is not None:
            response.set_cookie(
                name, session.token, path="/", secure=secure, httponly=True, samesite="Lax"
            )

    def _store(self, session: VisitorSession) -> None:
        if session.modified and session.row is None:
            with open_session(engine()) as db:
                session.row, session.token = web_sessions.start(db, at=g.now, data=dict(session))
                db.commit()
        elif session.modified and session.row is not None:
            with open_session(engine()) as db:
                # An ended session stays ended: only a live row is written to, none is made.
                db.exec(
                    update(WebSession)
                    .where(col(WebSession.id) == session.row_id, col(WebSession.ended_at).is_(None))
                    .values(data=dict(session), last_seen_at=g.now)
                )
                db.commit()
        elif session.row is not None and g.now - session.row.last_seen_at > timedelta(minutes=1):
            with open_session(engine()) as db:
                web_sessions.touch(db, session.row, g.now)
                db.commit()


def cookie_name(*, secure: bool) -> str:
    """The prefix has browsers refuse a cookie of this name from anywhere else."""
    return "__Host-session" if secure else "session"


def init_app(app: Flask) -> None:
    """Keep sessions in the table."""
    app.session_interface = TableSessions()

    @app.before_request
    def refuse_without_sessions() -> None:
        """When sessions cannot be read nobody is let in, not even as a stranger."""
        if session.failure is not None:  # type: ignore[attr-defined]
            raise session.failure  # type: ignore[attr-defined]


def ensure_started() -> int:
    """Return the row id of this browser's session, beginning one in `g.db` if there is none."""
    current: Any = session
    if current.row is None:
        current.row, current.token = web_sessions.start(g.db, at=g.now, data=dict(current))
    found: int = current.row_id
    return found


def begin(
    *,
    account_id: int | None = None,
    application_id: int | None = None,
    guardian_id: int | None = None,
) -> None:
    """Give this browser a new session of somebody, in `g.db`; the old token dies with it.

    Drafts stay with the browser when an applicant opens a link, and are left behind when staff
    sign in. A language that was chosen here stays; else the one they are kept with is taken.
    """
    current: Any = session
    names = ("language",) if account_id is not None else ("drafts", "language")
    kept = {name: current[name] for name in names if name in current}
    language = languages.kept_language(g.db, account_id=account_id, application_id=application_id)
    if language is not None:
        kept.setdefault("language", language)
    old_id = current.row_id
    _end_row(current)
    current.clear()
    current.update(kept)
    current.row, current.token = web_sessions.start(
        g.db,
        at=g.now,
        account_id=account_id,
        application_id=application_id,
        guardian_id=guardian_id,
        data=kept,
    )
    if "drafts" in kept:
        _take_drafts_along(old_id, current.row_id)
    g.forget_actor()


def step_up() -> None:
    """Note in `g.db` that a code was typed, under a new token; the old one dies with it.

    How long the session may last in all does not change.
    """
    current: Any = session
    old = current.row
    _end_row(current)
    current.row, current.token = web_sessions.start(
        g.db,
        at=g.now,
        account_id=old.account_id,
        data=dict(current),
        until=old.expires_at,
        stepped_up_at=g.now,
    )
    _take_drafts_along(old.id, current.row_id)
    g.forget_actor()


def end() -> None:
    """End this browser's session, in `g.db`."""
    current: Any = session
    _end_row(current)
    current.clear()
    current.row = None
    current.is_ended = True
    g.forget_actor()


def cleared(response: AnyResponse) -> AnyResponse:
    """Have the browser forget everything it kept of this site."""
    response.headers["Clear-Site-Data"] = CLEAR_SITE_DATA
    return response


def _take_drafts_along(old_id: int | None, new_id: int) -> None:
    g.db.connection().execute(
        update(Draft).where(col(Draft.web_session_id) == old_id).values(web_session_id=new_id)
    )


def _end_row(current: Any) -> None:
    if current.row is not None:
        row = g.db.get(WebSession, current.row_id)
        if row is not None:
            web_sessions.end(g.db, row, g.now)
