"""The outbox: each mail once, tried ever more rarely, forgotten when sent."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session, select

from exchange.notices.texts import Template
from exchange.records import OutboxMail
from exchange.records.session import open_session
from exchange.services import mails
from tests.services.people import AT
from tests.services.together import at_once


def _queue(session: Session, key: str = "key") -> bool:
    return mails.queue_mail(
        session,
        key=key,
        recipient="anna@example.org",
        template=Template.STATUS_LINK,
        language="en",
        context={"token": "abc"},
        at=AT,
    )


def _only(session: Session) -> OutboxMail:
    session.expire_all()
    return session.exec(select(OutboxMail)).one()


def test_mail_queued_twice_is_one(session: Session) -> None:
    assert [_queue(session), _queue(session), _queue(session, "another")] == [True, False, True]
    due = mails.due_mails(session, AT)
    assert [mail.key for mail in due] == ["key", "another"]
    assert len({mail.message_id for mail in due}) == 2


def test_mail_queued_by_many_at_once_is_one(engine: sa.Engine) -> None:
    results = at_once(engine, _queue)
    assert sorted(results) == [False] * 7 + [True]
    with open_session(engine) as session:
        assert len(session.exec(select(OutboxMail)).all()) == 1


def test_sent_mail_is_forgotten_and_not_due_again(session: Session) -> None:
    _queue(session)
    mails.mark_sent(session, _only(session), AT)
    mail = _only(session)
    assert (mail.body, mail.attempts, mail.sent_at) == ("", 1, AT)
    assert mails.due_mails(session, AT + timedelta(days=9)) == []


def test_mail_that_fails_waits_longer_each_time_and_is_given_up(session: Session) -> None:
    _queue(session)
    waits, at = [], AT
    while (mail := _only(session)).dead_at is None:
        assert mails.due_mails(session, at) == [mail]
        mails.mark_failed(session, mail, at)
        mail = _only(session)
        waits.append(mail.next_attempt_at - at)
        at = mail.next_attempt_at
        assert mails.due_mails(session, at - timedelta(seconds=1)) == []
    assert waits[:4] == [timedelta(minutes=n) for n in (1, 2, 4, 8)]
    assert max(waits) == timedelta(hours=6)
    assert timedelta(hours=72) <= _only(session).dead_at - AT < timedelta(hours=79)  # type: ignore[operator]
    assert mails.due_mails(session, at + timedelta(days=9)) == []


def test_due_mails_are_handed_out_the_longest_waiting_first(session: Session) -> None:
    for key in "abc":
        _queue(session, key)
    mails.mark_failed(session, mails.due_mails(session, AT)[0], AT)
    session.expire_all()
    later = AT + timedelta(hours=1)
    assert [mail.key for mail in mails.due_mails(session, later)] == ["b", "c", "a"]
    assert [mail.key for mail in mails.due_mails(session, later, limit=1)] == ["b"]
