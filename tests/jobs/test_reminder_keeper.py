"""The keeper of reminders: writes what is due once, and the sender asks again before it leaves."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from exchange.clock import now
from exchange.config import Settings
from exchange.domain.reminders import Condition
from exchange.jobs.mail_sender import send_due_mails
from exchange.jobs.reminder_keeper import send_reminders
from exchange.records import Application, Guardian, OutboxMail, Programme, ReminderRule
from exchange.records.session import open_session
from exchange.services import reminder_rules, screening
from exchange.services.actor import Actor
from tests.services.people import AT, make_office, sign_up, student
from tests.services.test_reminders import MINOR


def _prepare(session: Session) -> None:
    office = make_office(session)
    sign_up(session, office, student(1, **MINOR))
    reminder_rules.add_rule(
        session,
        office.actor,
        office.cycle,
        condition=Condition.GUARDIAN_SILENT,
        days=3,
        at=AT,
    )
    session.exec(update(Programme).values(quiet_from=0, quiet_until=0))
    session.exec(update(Guardian).values(invited_at=now() - timedelta(days=4)))
    session.exec(update(OutboxMail).values(next_attempt_at=now()))
    session.commit()
    session.close()


def _look_again(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        session.exec(update(ReminderRule).values(looked_at=None))
        session.commit()


def _reminders(engine: sa.Engine) -> list[OutboxMail]:
    with open_session(engine, writes=False) as session:
        return list(
            session.exec(select(OutboxMail).where(col(OutboxMail.template) == "remind_guardian"))
        )


def test_reminder_is_written_once_and_leaves(
    engine: sa.Engine, session: Session, settings: Settings
) -> None:
    _prepare(session)
    assert [send_reminders(settings) for _ in range(2)] == [1, 0]
    _look_again(engine)
    assert send_reminders(settings) == 0
    send_due_mails(settings)
    assert [one.sent_at is not None for one in _reminders(engine)] == [True]


def test_reminder_does_not_leave_once_its_reason_is_over(
    engine: sa.Engine, session: Session, settings: Settings
) -> None:
    _prepare(session)
    assert send_reminders(settings) == 1
    with open_session(engine) as later:
        application = later.exec(select(Application)).one()
        screening.withdraw(later, Actor(application_id=application.id), application, now())
        later.commit()
    send_due_mails(settings)
    assert _reminders(engine) == []
    _look_again(engine)
    assert send_reminders(settings) == 0
