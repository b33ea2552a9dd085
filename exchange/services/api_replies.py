"""What was answered to a POST of the API, kept by the caller's key, so that it is done once.

The row is written in the transaction of what it tells of. Of two with one key that come at once,
the second waits for the first to end: if that committed it gets the same answer, and if that was
undone it is the first.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from exchange.errors import InvalidInput
from exchange.records import ApiReply, ApiToken

KEPT = timedelta(hours=24)


def claim_key(
    session: Session, token: ApiToken, key: str, *, request_hash: str, at: datetime
) -> tuple[ApiReply, bool]:
    """Return the reply of a key, and whether it is new: then it is for the caller to fill in.

    Raises
    ------
    InvalidInput
        When the key was used for something else.
    """
    session.exec(
        delete(ApiReply).where(
            col(ApiReply.token_id) == token.id,
            col(ApiReply.key) == key,
            col(ApiReply.created_at) <= at - KEPT,
        )
    )
    new = ApiReply(token_id=token.id, key=key, request_hash=request_hash, created_at=at)
    try:
        with session.begin_nested():
            session.add(new)
    except IntegrityError:
        query = select(ApiReply).where(ApiReply.token_id == token.id, ApiReply.key == key)
        found = session.exec(query).one()
        if found.request_hash != request_hash:
            raise InvalidInput(
                "This Idempotency-Key was used for another request. Use a new one.", {}
            ) from None
        return found, False
    return new, True


def keep_reply(
    session: Session, reply: ApiReply, *, status: int, headers: dict[str, str], body: dict[str, Any]
) -> None:
    """Fill in what is answered."""
    reply.status, reply.headers, reply.body = status, headers, body
    session.add(reply)
    session.flush()


def has_old_replies(session: Session, at: datetime) -> bool:
    """Say whether there is a reply whose time is over; reads only."""
    query = select(ApiReply.id).where(col(ApiReply.created_at) <= at - KEPT)
    return session.exec(query.limit(1)).first() is not None


def forget_old_replies(session: Session, at: datetime) -> int:
    """Erase the replies whose time is over; return how many."""
    statement = delete(ApiReply).where(col(ApiReply.created_at) <= at - KEPT)
    return int(session.connection().execute(statement).rowcount)
