"""Links that work once: a random token goes out by mail, its hash stays here."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select, update

from exchange.errors import Gone
from exchange.records import AccessLink, LinkPurpose
from exchange.services.web_sessions import hash_token

STATUS_LIFETIME = timedelta(days=14)
SIGN_IN_LIFETIME = timedelta(hours=1)
ACCOUNT_LIFETIME = timedelta(hours=1)
"""Of links that change how somebody signs in."""


def issue_link(
    session: Session,
    *,
    purpose: LinkPurpose,
    at: datetime,
    ttl: timedelta = STATUS_LIFETIME,
    application_id: int | None = None,
    account_id: int | None = None,
    draft_id: int | None = None,
    guardian_id: int | None = None,
    new_email: str | None = None,
) -> str:
    """Make a link and return its token, which is not stored anywhere."""
    token = secrets.token_urlsafe(32)
    session.add(
        AccessLink(
            token_hash=hash_token(token),
            purpose=LinkPurpose(purpose),
            application_id=application_id,
            account_id=account_id,
            draft_id=draft_id,
            guardian_id=guardian_id,
            new_email=new_email,
            expires_at=at + ttl,
        )
    )
    session.flush()
    return token


def redeem(session: Session, token: str, purpose: LinkPurpose, at: datetime) -> AccessLink:
    """Use a link up, and return it.

    Raises
    ------
    Gone
        When it is unknown, was used, or has expired: the three are not told apart.
    """
    used = session.connection().execute(
        update(AccessLink)
        .where(
            col(AccessLink.token_hash) == hash_token(token),
            col(AccessLink.purpose) == LinkPurpose(purpose),
            col(AccessLink.used_at).is_(None),
            col(AccessLink.expires_at) > at,
        )
        .values(used_at=at)
    )
    if used.rowcount != 1:
        raise Gone("This link was used already or has expired. Ask for a new one.")
    found = session.exec(select(AccessLink).where(AccessLink.token_hash == hash_token(token))).one()
    session.refresh(found)
    return found


def void_links_of(session: Session, account_id: int, at: datetime) -> None:
    """Let no link of an account work any more that was sent before."""
    session.exec(
        update(AccessLink)
        .where(col(AccessLink.account_id) == account_id, col(AccessLink.used_at).is_(None))
        .values(used_at=at)
    )


def has_expired(session: Session, at: datetime) -> bool:
    """Say whether there is a link to void because its time is over; reads only."""
    return session.exec(select(AccessLink.id).where(*_expired(at)).limit(1)).first() is not None


def void_expired(session: Session, at: datetime) -> int:
    """Void the links whose time is over, for good: also when a clock is set back."""
    voided = session.connection().execute(
        update(AccessLink).where(*_expired(at)).values(used_at=at)
    )
    return int(voided.rowcount)


def _expired(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return col(AccessLink.used_at).is_(None), col(AccessLink.expires_at) <= at
