"""The keeper of drafts: reminds once, forgets what is over, and is harmless at any other time."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session, select, update

from exchange.clock import now
from exchange.config import Settings
from exchange.domain.cycle import ApplicationKind
from exchange.jobs.draft_keeper import tend_drafts
from exchange.jobs.mail_sender import send_due_mails
from exchange.records import Draft, OutboxMail
from exchange.records.session import open_session
from exchange.services import drafts, resuming, web_sessions
from tests.services.people import make_office


def _set_age(engine: sa.Engine, days: int) -> None:
    with open_session(engine) as session:
        session.exec(update(Draft).values(updated_at=now() - timedelta(days=days, minutes=1)))
        session.commit()


def _make(session: Session) -> None:
    browser, _ = web_sessions.start(session, at=now())
    draft = drafts.start_draft(
        session,
        cycle_id=make_office(session).cycle.id,
        kind=ApplicationKind.HOST,
        web_session_id=browser.id,
        at=now(),
    )
    resuming.keep_for_later(session, draft, email="anna@example.org", at=now())
    session.commit()


def test_tend_drafts_reminds_once_and_forgets_a_week_later(
    engine: sa.Engine, session: Session, settings: Settings
) -> None:
    _make(session)
    session.close()
    assert tend_drafts(settings) == (0, 0)
    _set_age(engine, 23)
    assert [tend_drafts(settings) for _ in range(2)] == [(1, 0), (0, 0)]
    assert send_due_mails(settings) == 2
    _set_age(engine, 30)
    # The reminder has only just gone out: its week is not over.
    assert tend_drafts(settings) == (0, 0)
    with open_session(engine) as later:
        later.exec(update(Draft).values(reminded_at=now() - timedelta(days=7, minutes=1)))
        later.commit()
    assert [tend_drafts(settings) for _ in range(2)] == [(0, 1), (0, 0)]
    with open_session(engine, writes=False) as reader:
        assert reader.exec(select(Draft)).all() == []
        assert reader.exec(select(OutboxMail)).all() == []
