"""Server-side sessions: the browser holds a random token, the database its hash."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, and_, bindparam, col, or_, select, update

from exchange.records import WebSession

STAFF_IDLE = timedelta(minutes=30)
STAFF_LIFETIME = timedelta(hours=8)
VISITOR_IDLE = timedelta(days=2)
VISITOR_LIFETIME = timedelta(days=30)
_SEEN_EVERY = timedelta(minutes=1)
# Asked by every request, and built once: to build it takes longer than to ask it.
_OF_TOKEN = select(WebSession).where(col(WebSession.token_hash) == bindparam("token_hash"))


def hash_token(token: str) -> str:
    """Return what the database keeps of a token (256 random bits need no salt)."""
    return hashlib.sha256(token.encode()).hexdigest()


def start(
    session: Session,
    *,
    at: datetime,
    account_id: int | None = None,
    application_id: int | None = None,
    guardian_id: int | None = None,
    data: dict[str, object] | None = None,
    until: datetime | None = None,
    stepped_up_at: datetime | None = None,
) -> tuple[WebSession, str]:
    """Begin a session; return it with the token that only the browser will know.

    With `until` it goes on from one that was to end then.
    """
    token = secrets.token_urlsafe(32)
    lifetime = VISITOR_LIFETIME if account_id is None else STAFF_LIFETIME
    begun = WebSession(
        token_hash=hash_token(token),
        account_id=account_id,
        application_id=application_id,
        guardian_id=guardian_id,
        data=data or {},
        last_seen_at=at,
        expires_at=until or at + lifetime,
        stepped_up_at=stepped_up_at,
    )
    session.add(begun)
    session.flush()
    return begun, token


def find(session: Session, token: str, at: datetime) -> WebSession | None:
    """Return the live session of a token; None when it is unknown, ended or out of time."""
    found = session.exec(_OF_TOKEN, params={"token_hash": hash_token(token)}).one_or_none()
    if found is None or found.ended_at is not None or at >= found.expires_at:
        return None
    idle = VISITOR_IDLE if found.account_id is None else STAFF_IDLE
    return None if at - found.last_seen_at > idle else found


def touch(session: Session, found: WebSession, at: datetime) -> bool:
    """Note that a session is in use, at most once a minute; say whether anything was written."""
    if at - found.last_seen_at < _SEEN_EVERY:
        return False
    session.exec(
        update(WebSession)
        .where(col(WebSession.id) == found.id, col(WebSession.ended_at).is_(None))
        .values(last_seen_at=at)
    )
    return True


def end(session: Session, found: WebSession, at: datetime) -> None:
    """End a session for good: its token is dead from now on."""
    found.ended_at = at
    session.add(found)
    session.flush()


def has_over(session: Session, at: datetime) -> bool:
    """Say whether there is a session to end because its time is over; reads only."""
    return session.exec(select(WebSession.id).where(*_over(at)).limit(1)).first() is not None


def end_over(session: Session, at: datetime) -> int:
    """End the sessions whose time is over, and return how many.

    Nobody is let in by them anyway, until a clock is set back: what has ended stays ended.
    """
    ended = session.connection().execute(update(WebSession).where(*_over(at)).values(ended_at=at))
    return int(ended.rowcount)


def _over(at: datetime) -> tuple[ColumnElement[bool], ...]:
    of_visitor = col(WebSession.account_id).is_(None)
    seen = col(WebSession.last_seen_at)
    is_over = or_(
        col(WebSession.expires_at) <= at,
        and_(of_visitor, seen < at - VISITOR_IDLE),
        and_(~of_visitor, seen < at - STAFF_IDLE),
    )
    return col(WebSession.ended_at).is_(None), is_over


def end_all_of(session: Session, account_id: int, at: datetime, *, but: int | None = None) -> None:
    """End every session of an account, except the one with row id `but`."""
    session.exec(
        update(WebSession)
        .where(
            col(WebSession.account_id) == account_id,
            col(WebSession.ended_at).is_(None),
            col(WebSession.id) != (but or 0),
        )
        .values(ended_at=at)
    )
