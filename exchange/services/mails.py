"""The outbox: mails are written in the transaction that causes them, and sent by the worker."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, or_, select, update

from exchange.notices.events import EDITABLE
from exchange.notices.texts import Template, write_notice
from exchange.records import Application, Cycle, Draft, MailText, OutboxMail, Programme

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
    programme_id: int | None = None,
) -> bool:
    """Put a mail into the outbox; a key that is there already changes nothing.

    Name the application or the draft that a mail is about: it then goes with it when that is
    erased, and the person sees it among what is kept about them. By these, or by `programme_id`
    for a mail about neither, the programme's own words are found.

    Returns
    -------
    bool
        Whether the mail is new.
    """
    own, known = None, dict(context)
    if template in EDITABLE:
        own, names = _own_words(
            session,
            template,
            language,
            application_id=application_id,
            draft_id=draft_id,
            programme_id=programme_id,
        )
        known = names | known
    words = (own.subject, own.body) if own is not None and own.subject and own.body else None
    notice = write_notice(template, known, language, words=words)
    mail = OutboxMail(
        key=key,
        message_id=f"<{secrets.token_hex(16)}@exchange.invalid>",
        recipient=recipient,
        subject=notice.subject,
        body=notice.body,
        kept=notice.kept if application_id is not None else None,
        template=template.value,
        text_id=own.id if words and own is not None else None,
        application_id=application_id,
        draft_id=draft_id,
        created_at=at,
        next_attempt_at=at,
    )
    statement = _INSERT[session.get_bind().dialect.name].returning(col(OutboxMail.id))
    values = mail.model_dump(exclude={"id"})
    return session.connection().execute(statement, values).first() is not None


def insert_mails(session: Session, rows: list[dict[str, Any]]) -> None:
    """Put many mails into the outbox in one go; a key that is there already changes nothing."""
    if rows:
        session.connection().execute(_INSERT[session.get_bind().dialect.name], rows)


_INSERT: dict[str, Any] = {
    "sqlite": sqlite.insert(OutboxMail).on_conflict_do_nothing(index_elements=["key"]),
    "postgresql": postgresql.insert(OutboxMail).on_conflict_do_nothing(index_elements=["key"]),
}


def _own_words(
    session: Session,
    template: Template,
    language: str,
    *,
    application_id: int | None,
    draft_id: int | None,
    programme_id: int | None,
) -> tuple[MailText | None, dict[str, str]]:
    """Return the programme's words for a mail in a language, and what they may name.

    One statement, which finds nothing where our words count.
    """
    about: Any
    if programme_id is not None:
        about, row_id = Programme, programme_id
    elif application_id is not None:
        about, row_id = Application, application_id
    elif draft_id is not None:
        about, row_id = Draft, draft_id
    else:
        return None, {}
    wanted = {"row_id": row_id, "template": template.value, "language": language}
    found = session.exec(_words_query(about), params=wanted).first()
    if found is None:
        return None, {}
    text, programme, cycle = found
    names = {"programme": programme.name, "contact": programme.contact_email, "cycle": cycle or ""}
    return text, names


# Each is built once: to build one takes longer than to ask it.
@lru_cache
def _words_query(about: Any) -> Any:
    """Return the statement that finds the words for a mail about one row of a table."""
    cycle_name = sa.null() if about is Programme else Cycle.name
    query: Any = select(MailText, Programme, cycle_name)
    query = query.join(Programme, col(MailText.programme_id) == col(Programme.id))
    if about is not Programme:
        query = query.join(Cycle, col(Cycle.programme_id) == col(Programme.id))
        query = query.join(about, col(about.cycle_id) == col(Cycle.id))
    return (
        query.where(
            col(about.id) == sa.bindparam("row_id"),
            col(MailText.template) == sa.bindparam("template"),
            col(MailText.language) == sa.bindparam("language"),
        )
        .order_by(col(MailText.number).desc())
        .limit(1)
    )


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
