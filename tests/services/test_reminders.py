"""Reminders: each once, only while the reason holds, never at night, never twice of one thing."""

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.offer import HoldState
from exchange.domain.reminders import Condition
from exchange.domain.screening import CheckKind, CheckOutcome
from exchange.errors import Forbidden, InvalidInput, NotFound
from exchange.records import (
    Application,
    Draft,
    Guardian,
    Hold,
    Offer,
    OutboxMail,
    ReminderRule,
    ReminderSent,
    ScreeningCheck,
)
from exchange.records.session import open_session
from exchange.services import (
    agreements,
    drafts,
    erasure,
    reminder_rules,
    reminders,
    resuming,
    screening,
)
from exchange.services.actor import Actor
from exchange.services.applications import details_of
from exchange.services.checks import NewCheck, record_checks
from tests.services.people import (
    AT,
    Office,
    approve,
    clear_host,
    enrol,
    finish,
    guardians_agree,
    host,
    make_office,
    publish,
    sign_up,
    start,
    student,
    told,
)
from tests.services.together import at_once

MINOR = {
    "birth_on": date(2011, 5, 5),
    "guardian_name": "A parent",
    "guardian_email": "parent@example.org",
}


def _rule(session: Session, office: Office, condition: Condition, days: int = 3) -> ReminderRule:
    return reminder_rules.add_rule(
        session, office.actor, office.cycle, condition=condition, days=days, at=AT
    )


def _after(days: float) -> datetime:
    return AT + timedelta(days=days)


def _mails(session: Session) -> list[OutboxMail]:
    found = session.exec(select(OutboxMail).order_by(col(OutboxMail.id)))
    return [one for one in found if one.template.startswith("remind_")]


def _sent_to(session: Session) -> list[tuple[str, str]]:
    return [(one.template, one.recipient) for one in _mails(session)]


def _draft(session: Session, office: Office, email: str = "anna@example.org") -> Draft:
    draft = drafts.start_draft(
        session,
        cycle_id=office.cycle.id,
        kind=ApplicationKind.HOST,
        web_session_id=None,  # type: ignore[arg-type]
        at=AT,
    )
    draft.email, draft.updated_at = email, AT
    session.add(draft)
    session.flush()
    return draft


def test_guardian_who_has_not_answered_is_reminded_once(session: Session) -> None:
    office = make_office(session)
    minor = sign_up(session, office, student(1, **MINOR))
    rule = _rule(session, office, Condition.GUARDIAN_SILENT)
    assert reminders.carry_out(session, rule.id, _after(2.9)) == 0
    assert [reminders.carry_out(session, rule.id, _after(n)) for n in (3, 3.1, 9)] == [1, 0, 0]
    assert _sent_to(session) == [("remind_guardian", "parent@example.org")]
    mail = _mails(session)[0]
    assert minor.reference in mail.body and "/guardian/open/" in mail.body
    assert mail.application_id == minor.id
    assert "reminder:send" in told(session)


def test_guardian_who_has_answered_is_not_reminded(session: Session) -> None:
    office = make_office(session)
    minor = sign_up(session, office, student(1, **MINOR))
    rule = _rule(session, office, Condition.GUARDIAN_SILENT)
    assert reminders.unsent(session, office.cycle, rule, _after(4))
    guardians_agree(session, minor)
    assert reminders.carry_out(session, rule.id, _after(4)) == 0


def test_reminder_whose_reason_is_over_does_not_leave(session: Session) -> None:
    office = make_office(session)
    minor = sign_up(session, office, student(1, **MINOR))
    rule = _rule(session, office, Condition.GUARDIAN_SILENT)
    reminders.carry_out(session, rule.id, _after(3))
    mail = _mails(session)[0]
    assert not reminders.hold_back(session, mail, _after(3))
    guardians_agree(session, minor)
    assert reminders.hold_back(session, mail, _after(3))
    session.expire_all()
    assert _mails(session) == []
    assert [one.mail_id for one in session.exec(select(ReminderSent))] == [None]
    # And it does not come back.
    assert reminders.carry_out(session, rule.id, _after(4)) == 0


def test_reminder_that_comes_to_leave_at_night_waits_for_the_morning(session: Session) -> None:
    office = make_office(session)
    sign_up(session, office, student(1, **MINOR))
    rule = _rule(session, office, Condition.GUARDIAN_SILENT)
    night = _after(3) + timedelta(hours=10)
    assert reminders.carry_out(session, rule.id, night) == 0
    reminders.carry_out(session, rule.id, _after(4))
    mail = _mails(session)[0]
    assert reminders.hold_back(session, mail, night)
    session.refresh(mail)
    assert mail.next_attempt_at == _after(4).replace(hour=8, minute=0)


def test_mail_that_is_no_reminder_is_never_held_back(session: Session) -> None:
    office = make_office(session)
    sign_up(session, office, student())
    mail = session.exec(select(OutboxMail)).one()
    assert not reminders.hold_back(session, mail, AT + timedelta(hours=10))


def test_form_that_is_not_finished_is_remembered_before_sign_up_closes(session: Session) -> None:
    office = make_office(session)
    draft = _draft(session, office)
    _draft(session, office, "host7@example.org")
    sign_up(session, office, host(7))
    rule = _rule(session, office, Condition.DRAFT_UNFINISHED)
    assert reminders.carry_out(session, rule.id, _after(26)) == 0
    assert reminders.carry_out(session, rule.id, _after(30)) == 0
    assert [reminders.carry_out(session, rule.id, _after(n)) for n in (27.1, 28)] == [1, 0]
    # Who has signed up meanwhile, by another form, is left alone.
    assert _sent_to(session) == [("remind_draft", "anna@example.org")]
    assert _mails(session)[0].draft_id == draft.id


def test_form_that_is_about_to_be_deleted_is_not_written_about_twice(session: Session) -> None:
    office = make_office(session)
    draft = _draft(session, office)
    rule = _rule(session, office, Condition.DRAFT_UNFINISHED, 7)
    warned = _after(23)
    assert [one.id for one in resuming.drafts_to_remind(session, warned)] == [draft.id]
    assert reminders.carry_out(session, rule.id, warned) == 1
    assert resuming.drafts_to_remind(session, warned) == []
    # The notice of its end is a promise: it comes two days later.
    assert [one.id for one in resuming.drafts_to_remind(session, _after(25.1))] == [draft.id]
    assert resuming.remind(session, draft, _after(25.1))
    again = _rule(session, office, Condition.DRAFT_UNFINISHED, 4)
    assert reminders.carry_out(session, again.id, _after(26)) == 0
    assert reminders.carry_out(session, again.id, _after(27.2)) == 1


def test_two_rules_do_not_remind_of_one_thing_within_two_days(session: Session) -> None:
    office = make_office(session)
    sign_up(session, office, student(1, **MINOR))
    early = _rule(session, office, Condition.GUARDIAN_SILENT, 3)
    late = _rule(session, office, Condition.GUARDIAN_SILENT, 4)
    at = _after(6)
    assert [reminders.carry_out(session, one.id, at) for one in (early, late)] == [1, 0]
    assert reminders.carry_out(session, late.id, _after(8.1)) == 1


def test_application_that_was_not_corrected_is_remembered(session: Session) -> None:
    office = make_office(session)
    application = sign_up(session, office, student())
    screening.decide(
        session,
        office.actor,
        application,
        state=ApplicationState.RETURNED,
        expected_version=application.version,
        reason="Your letter is missing.",
        at=_after(1),
    )
    rule = _rule(session, office, Condition.NOT_CORRECTED)
    assert reminders.carry_out(session, rule.id, _after(3.9)) == 0
    assert reminders.carry_out(session, rule.id, _after(4.1)) == 1
    assert _sent_to(session) == [("remind_returned", "student0@example.org")]
    approve_again = session.exec(select(Application)).one()
    assert approve_again.state is ApplicationState.RETURNED


def test_offer_without_an_answer_reminds_each_who_has_to_answer(session: Session) -> None:
    office = make_office(session)
    ids = enrol(session, office)
    run = start(session, office)
    finish(session, run, ids)
    publish(session, office, run)
    rule = _rule(session, office, Condition.OFFER_UNANSWERED, 2)
    offer = session.exec(select(Offer)).one()
    assert offer.deadline_at is not None
    assert reminders.carry_out(session, rule.id, offer.deadline_at - timedelta(days=3)) == 0
    at = (offer.deadline_at - timedelta(days=1)).replace(hour=12)
    assert reminders.carry_out(session, rule.id, at) == 2
    assert sorted(_sent_to(session)) == [
        ("remind_offer", "host0@example.org"),
        ("remind_offer", "student0@example.org"),
    ]
    assert reminders.due_today(session, office.cycle, rule, at) == []
    # A deadline that is put off is another occasion.
    offer.deadline_at += timedelta(days=5)
    session.add(offer)
    session.flush()
    assert reminders.carry_out(session, rule.id, at + timedelta(days=5)) == 2


def test_offer_to_a_minor_reminds_the_guardian_as_long_as_they_agree(session: Session) -> None:
    office = make_office(session)
    minor, home = sign_up(session, office, student(1, **MINOR)), sign_up(session, office, host(0))
    guardians_agree(session, minor)
    for one in (minor, home):
        session.refresh(one)
        approve(session, office, one)
    run = start(session, office)
    finish(session, run, [minor.public_id, home.public_id])
    publish(session, office, run)
    rule = _rule(session, office, Condition.OFFER_UNANSWERED, 2)
    offer = session.exec(select(Offer)).one()
    assert offer.deadline_at is not None
    at = (offer.deadline_at - timedelta(days=1)).replace(hour=12)
    due = reminders.unsent(session, office.cycle, rule, at)
    assert sorted((one.template.value, one.email) for one in due) == [
        ("remind_offer", "host0@example.org"),
        ("remind_offer", "student1@example.org"),
        ("remind_offer_guardian", "parent@example.org"),
    ]
    guardian = session.exec(select(Guardian)).one()
    agreements.refuse(session, Actor(guardian_id=guardian.id), at)
    due = reminders.unsent(session, office.cycle, rule, at)
    assert [one.email for one in due] == ["host0@example.org"]


def test_check_that_lapses_during_the_stay_reminds_the_host(session: Session) -> None:
    office = make_office(session)
    application = sign_up(session, office, host())
    clear_host(session, office.actor, application, AT)
    details = details_of(session, application)

    def check(expires_on: date) -> None:
        new = NewCheck(
            kind=CheckKind.HOME_VISIT,
            outcome=CheckOutcome.PASS,
            issuer="Us",
            done_on=AT.date(),
            expires_on=expires_on,
        )
        record_checks(session, office.actor, details, [new], at=AT)

    rule = _rule(session, office, Condition.CHECK_ENDS, 10)
    check(date(2027, 2, 1))
    assert reminders.carry_out(session, rule.id, AT) == 0
    at = AT + timedelta(days=14)
    assert len(reminders.unsent(session, office.cycle, rule, at)) == 1
    check(date(2028, 1, 1))
    assert reminders.unsent(session, office.cycle, rule, at) == []
    check(date(2027, 1, 30))
    assert [reminders.carry_out(session, rule.id, at) for _ in range(2)] == [1, 0]
    assert _sent_to(session) == [("remind_check", "host0@example.org")]


def test_reference_that_is_missing_reminds_the_host(session: Session) -> None:
    office = make_office(session)
    application = sign_up(session, office, host())
    rule = _rule(session, office, Condition.REFERENCE_MISSING)
    assert reminders.carry_out(session, rule.id, _after(2)) == 0
    assert len(reminders.unsent(session, office.cycle, rule, _after(4))) == 1
    session.add_all(
        ScreeningCheck(
            application_id=application.id,
            kind=kind,
            outcome=CheckOutcome.PASS,
            issuer="Us",
            done_on=AT.date(),
        )
        for kind in (CheckKind.REFERENCE_1, CheckKind.REFERENCE_2)
    )
    session.flush()
    assert reminders.carry_out(session, rule.id, _after(4)) == 0


def test_staff_get_one_mail_a_day_with_a_number(session: Session) -> None:
    office = make_office(session)
    for number in range(3):
        sign_up(session, office, student(number))
    rule = _rule(session, office, Condition.STAFF_WAITING)
    assert reminders.carry_out(session, rule.id, _after(4)) == 1
    mail = _mails(session)[0]
    assert mail.recipient == "office@example.org"
    assert "since the last message: 3." in mail.body
    assert f"/cycles/{office.cycle.public_id}/applications?state=submitted" in mail.body
    assert mail.application_id is None
    late = sign_up(session, office, student(9))
    assert reminders.carry_out(session, rule.id, _after(4.1)) == 0
    assert reminders.carry_out(session, rule.id, _after(5)) == 1
    assert "since the last message: 1." in _mails(session)[1].body
    approve(session, office, late)
    assert reminders.hold_back(session, _mails(session)[1], _after(5))


def test_hold_that_is_about_to_end_is_told_to_staff(session: Session) -> None:
    office = make_office(session)
    guest, home = sign_up(session, office, student()), sign_up(session, office, host())
    hold = Hold(
        cycle_id=office.cycle.id,
        student_application_id=guest.id,
        host_application_id=home.id,
        state=HoldState.ACTIVE,
        slot=1,
        until=_after(2),
    )
    session.add(hold)
    session.flush()
    rule = _rule(session, office, Condition.STAFF_HOLDS, 1)
    assert [reminders.carry_out(session, rule.id, _after(n)) for n in (0.5, 1.02, 1.1)] == [0, 1, 0]
    assert reminders.carry_out(session, rule.id, _after(2)) == 0


def test_rule_that_is_switched_off_sends_nothing_and_remembers(session: Session) -> None:
    office = make_office(session)
    sign_up(session, office, student(1, **MINOR))
    rule = _rule(session, office, Condition.GUARDIAN_SILENT)
    reminders.carry_out(session, rule.id, _after(3))
    mail = _mails(session)[0]
    reminder_rules.switch_rule(session, office.actor, rule, office.cycle, on=False, at=AT)
    assert reminders.rules_due(session, _after(4)) == []
    assert reminders.carry_out(session, rule.id, _after(4)) == 0
    # A mail of it that has not left is taken back.
    assert reminders.hold_back(session, mail, _after(4))
    same = _rule(session, office, Condition.GUARDIAN_SILENT)
    assert (same.id, same.is_active) == (rule.id, True)
    assert reminders.carry_out(session, rule.id, _after(5)) == 0


def test_rule_is_refused_twice_and_out_of_range_and_to_strangers(session: Session) -> None:
    office, other = make_office(session), make_office(session, "Elsewhere")
    rule = _rule(session, office, Condition.GUARDIAN_SILENT)
    for days in (3, 0, 91):
        with pytest.raises(InvalidInput):
            _rule(session, office, Condition.GUARDIAN_SILENT, days)
    with pytest.raises(NotFound):
        reminder_rules.get_rule(session, other.actor, rule.public_id)
    with pytest.raises(Forbidden):
        reminder_rules.get_rule(session, office.second, rule.public_id)


def test_what_was_sent_goes_with_the_person(session: Session) -> None:
    office = make_office(session)
    minor = sign_up(session, office, student(1, **MINOR))
    rule = _rule(session, office, Condition.GUARDIAN_SILENT)
    reminders.carry_out(session, rule.id, _after(3))
    assert reminders.last_sent(session, office.cycle, most=5)[0].application is not None
    erasure.erase(session, Actor(application_id=minor.id), minor, _after(3))
    assert session.exec(select(ReminderSent)).all() == []
    assert session.exec(select(OutboxMail)).all() == []


def test_many_workers_at_once_remind_each_person_once(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        for number in range(3):
            parent = f"parent{number}@example.org"
            sign_up(session, office, student(number, **{**MINOR, "guardian_email": parent}))
        rule_id = _rule(session, office, Condition.GUARDIAN_SILENT).id
        session.commit()
    results = at_once(engine, lambda session: reminders.carry_out(session, rule_id, _after(4)))
    assert sorted(results) == [0] * 7 + [3]
    with open_session(engine) as session:
        assert len(_mails(session)) == len(session.exec(select(ReminderSent)).all()) == 3
