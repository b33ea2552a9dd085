"""The outbox: mails are written in the transaction that causes them, and sent by the worker."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, or_, select, update

from exchange.notices.texts import Template, write_notice
from exchange.records import OutboxMail

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(hours=72)


def queue_mail(
    session: Session,
    *,
    key: str,
    recipient: str,
    template: Template,
    language: str,
    context: Mapping[str, str],
    at: datetime,
    application_id: int | None = None,
    draft_id: int | None = None,
) -> bool:
    """Put a mail into the outbox; a key that is there already changes nothing.

    Name the application or the draft that a mail is about: it then goes with it when that is
    erased, and the person sees it among what is kept about them.

    Returns
    -------
    bool
        Whether the mail is new.
    """
    notice = write_notice(template, context, language)
    mail = OutboxMail(
        key=key,
        message_id=f"<{secrets.token_hex(16)}@exchange.invalid>",
        recipient=recipient,
        subject=notice.subject,
        body=notice.body,
        template=template.value,
        application_id=application_id,
        draft_id=draft_id,
        created_at=at,
        next_attempt_at=at,
    )
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert if is_sqlite else postgresql.insert
    statement: Any = (
        insert(OutboxMail)
        .values(mail.model_dump(exclude={"id"}))
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(col(OutboxMail.id))
    )
    return session.connection().execute(statement).first() is not None


def due_mails(session: Session, at: datetime, *, limit: int = 50) -> list[OutboxMail]:
    """Return the mails to send now, the longest waiting first."""
    return list(
        session.exec(
            select(OutboxMail)
            .where(
                col(OutboxMail.sent_at).is_(None),
                col(OutboxMail.dead_at).is_(None),
                # No wait is so long: it was counted from a clock that has been set back since.
                or_(
                    OutboxMail.next_attempt_at <= at,
                    OutboxMail.next_attempt_at > at + GIVE_UP_AFTER,
                ),
            )
            .order_by(col(OutboxMail.next_attempt_at), col(OutboxMail.id))
            .limit(limit)
        )
    )


def mark_sent(session: Session, mail: OutboxMail, at: datetime) -> None:
    """Note that a mail went out, and forget its text: it holds a link."""
    session.exec(
        update(OutboxMail)
        .where(col(OutboxMail.id) == mail.id, col(OutboxMail.sent_at).is_(None))
        .values(sent_at=at, body="", attempts=OutboxMail.attempts + 1)
    )


def mark_failed(
    session: Session, mail: OutboxMail, at: datetime, *, is_final: bool = False
) -> None:
    """Note that a mail could not go out: try again later, ever more rarely, for three days.

    One that was refused for good (`is_final`) is given up at once.
    """
    wait = min(FIRST_WAIT * 2 ** min(mail.attempts, 20), LONGEST_WAIT)
    is_dead = is_final or at - mail.created_at >= GIVE_UP_AFTER
    session.exec(
        update(OutboxMail)
        .where(col(OutboxMail.id) == mail.id, col(OutboxMail.sent_at).is_(None))
        .values(
            attempts=OutboxMail.attempts + 1,
            next_attempt_at=at + wait,
            dead_at=at if is_dead else None,
        )
    )
