"""A new version of the agreement to take part: guardians are asked once more, and once only."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from exchange.config import Settings
from exchange.domain.consent import TEXTS, Purpose
from exchange.domain.cycle import ApplicationState, GuardianState
from exchange.jobs.text_watch import ask_again
from exchange.records import Application, Guardian, OutboxMail
from exchange.records.session import open_session
from exchange.services import agreements, paper_agreements, renewed_texts, screening
from exchange.services.actor import SYSTEM, Actor
from exchange.services.guardians import guardians_of
from tests.services.people import (
    AT,
    Office,
    approve,
    guardians_agree,
    make_office,
    sign_up,
    student,
    told,
)

LATER = AT + timedelta(days=9)
MINOR = {"birth_on": "2010-03-01", "guardian_name": "Ada", "guardian_email": "ada@example.org"}
TWO = MINOR | {"second_guardian_name": "Ben", "second_guardian_email": "ben@example.org"}


def _agreed(session: Session, number: int = 0, **answers: object) -> tuple[Office, Application]:
    office = make_office(session, f"Office{number}")
    application = sign_up(session, office, student(number, **{**MINOR, **answers}))
    guardians_agree(session, application)
    approve(session, office, application)
    return office, application


def _change_text(monkeypatch: pytest.MonkeyPatch) -> None:
    newer = replace(TEXTS[Purpose.TAKING_PART], version=2, text="I agree, by new words.")
    monkeypatch.setitem(TEXTS, Purpose.TAKING_PART, newer)


def _sweep(session: Session) -> list[bool]:
    due = renewed_texts.guardians_due(session)
    return [renewed_texts.ask_again(session, SYSTEM, one, LATER) for one in due]


def _agree(session: Session, guardian: Guardian) -> None:
    agreements.agree(
        session,
        Actor(guardian_id=guardian.id),
        wanted=(),
        shown={Purpose.TAKING_PART: TEXTS[Purpose.TAKING_PART].text},
        language="en",
        at=LATER,
    )


def test_nobody_is_asked_again_while_the_text_is_the_same(session: Session) -> None:
    _, application = _agreed(session)
    assert renewed_texts.guardians_due(session) == []
    (guardian,) = guardians_of(session, application)
    assert not renewed_texts.ask_again(session, SYSTEM, guardian.id, LATER)
    assert application.state is ApplicationState.APPROVED


def test_new_text_is_asked_once_by_an_own_link_and_the_application_waits(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, application = _agreed(session)
    (guardian,) = guardians_of(session, application)
    _change_text(monkeypatch)
    assert [_sweep(session), _sweep(session)] == [[True], []]
    assert (guardian.state, guardian.asked_again_at) == (GuardianState.INVITED, LATER)
    assert (application.state, application.guardians_agreed) == (ApplicationState.WAITING, 0)
    (mail,) = session.exec(
        select(OutboxMail).where(OutboxMail.template == "guardian_asked_again")
    ).all()
    assert mail.recipient == "ada@example.org"
    assert "/guardian/open/" in mail.body
    assert "Student" not in mail.body + mail.subject
    assert told(session).count("guardian:ask_again") == 1
    _agree(session, guardian)
    assert (guardian.state, guardian.asked_again_at) == (GuardianState.AGREED, None)
    assert application.state is ApplicationState.SUBMITTED
    assert _sweep(session) == []


def test_both_guardians_are_asked_and_both_are_waited_for(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = make_office(session)
    office.cycle.guardians_needed = 2
    session.flush()
    application = sign_up(session, office, student(0, **TWO))
    guardians_agree(session, application)
    assert application.guardians_agreed == 2
    _change_text(monkeypatch)
    assert _sweep(session) == [True, True]
    first, second = guardians_of(session, application)
    _agree(session, first)
    assert application.state is ApplicationState.WAITING
    _agree(session, second)
    assert application.state is ApplicationState.SUBMITTED


def test_paper_and_ended_applications_are_left_alone(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, paper = _agreed(session, 1)
    _, left = _agreed(session, 2)
    screening.withdraw(session, Actor(application_id=left.id), left, AT)
    _change_text(monkeypatch)
    assert _sweep(session) == [True]
    (guardian,) = guardians_of(session, paper)
    paper_agreements.record_on_paper(
        session,
        office.actor,
        paper,
        guardian=guardian,
        name="",
        agrees=True,
        reason="The new form, signed, in the safe",
        at=LATER + timedelta(days=1),
    )
    assert guardian.state is GuardianState.AGREED
    assert _sweep(session) == []


def test_worker_asks_and_finds_nobody_the_second_time(
    engine: sa.Engine, session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, application = _agreed(session)
    application_id = application.id
    session.commit()
    session.close()
    assert ask_again(settings) == 0
    _change_text(monkeypatch)
    assert [ask_again(settings) for _ in range(2)] == [1, 0]
    with open_session(engine, writes=False) as reader:
        assert reader.get_one(Application, application_id).state is ApplicationState.WAITING
