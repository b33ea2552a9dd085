"""Signing up, in person and by file."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, func, select

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.records import (
    AccessLink,
    Application,
    Host,
    HouseholdMember,
    OutboxMail,
    Student,
)
from exchange.records.session import open_session
from exchange.services import applications, audit, enrolment, imports
from exchange.services.actor import Actor
from exchange.services.import_plan import ImportOutcome, ImportRow
from tests.services.people import AT, Office, approve, host, make_office, sign_up, student, told
from tests.services.together import at_once


@pytest.fixture
def office(session: Session) -> Office:
    return make_office(session)


def _import(
    session: Session,
    office: Office,
    rows: list[ImportRow],
    *,
    kind: ApplicationKind = ApplicationKind.STUDENT,
    dry_run: bool = False,
) -> ImportOutcome:
    prepared = imports.prepare(
        session, office.actor, cycle_id=office.cycle.id, kind=kind, rows=rows, at=AT
    )
    return prepared.outcome if dry_run else imports.write(session, office.actor, prepared)


def _count(session: Session, table: type) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def test_sign_up_stores_the_profile_and_mails_a_link(session: Session, office: Office) -> None:
    profile = student(3, languages=["he", "en:B2"], interests=["chess"], wishes=["no_pets"])
    application = sign_up(session, office, profile)
    assert re.fullmatch(
        r"S-[2-9B-DF-HJ-NP-TV-XZ]{4}-[2-9B-DF-HJ-NP-TV-XZ]{4}", application.reference
    )
    assert re.fullmatch(r"[0-9a-f]{32}", application.public_id)
    stored = applications.own_application(session, Actor(application_id=application.id)).student
    assert stored is not None
    assert stored.languages == ["he:native", "en:B2"]
    mail = session.exec(select(OutboxMail)).one()
    assert mail.recipient == profile.email
    assert application.reference in mail.body
    link = session.exec(select(AccessLink)).one()
    assert link.token_hash not in mail.body
    assert told(session)[-1] == "application:submit"


def test_sign_up_sent_many_times_at_once_is_one_application(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        session.commit()
    results = at_once(engine, lambda s: sign_up(s, office, student(), key="one form").public_id)
    assert len(results) == 8
    assert len(set(results)) == 1
    with open_session(engine) as session:
        assert [_count(session, one) for one in (Application, Student, OutboxMail)] == [1, 1, 1]
        assert told(session).count("application:submit") == 1
        assert audit.first_broken_event(session) is None


def test_sign_up_by_many_people_at_once_keeps_everybody(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        session.commit()
    numbers = iter(range(8))
    results = at_once(engine, lambda s: sign_up(s, office, student(next(numbers))).public_id)
    assert len(set(results)) == 8
    with open_session(engine) as session:
        assert _count(session, Application) == 8
        assert audit.first_broken_event(session) is None


@pytest.mark.parametrize("days", [-10, 30])
def test_sign_up_outside_the_open_time_is_refused(
    session: Session, office: Office, days: int
) -> None:
    with pytest.raises(Conflict, match="closed"):
        enrolment.submit_profile(
            session,
            Actor(),
            cycle_id=office.cycle.id,
            kind=ApplicationKind.STUDENT,
            profile=student(),
            idempotency_key="late",
            at=AT + timedelta(days=days),
        )
    assert _count(session, Student) == 0


def test_sign_up_of_a_minor_needs_a_guardian(session: Session, office: Office) -> None:
    with pytest.raises(InvalidInput, match="guardian") as refused:
        sign_up(session, office, student(birth_on="2010-03-01"))
    assert set(refused.value.faults) == {"guardian_name", "guardian_email"}


def test_sign_up_on_the_day_before_the_eighteenth_birthday_needs_a_guardian(
    session: Session, office: Office
) -> None:
    with pytest.raises(InvalidInput, match="guardian"):
        sign_up(session, office, student(1, birth_on="2009-01-11"))
    assert not sign_up(session, office, student(2, birth_on="2009-01-10")).needs_guardian


def test_import_again_changes_nothing(session: Session, office: Office) -> None:
    rows = [ImportRow(f"row {number}", student(number)) for number in range(3)]
    assert _import(session, office, rows) == ImportOutcome(created=3)
    before = told(session)
    assert _import(session, office, rows) == ImportOutcome(unchanged=3)
    assert told(session) == before
    assert _count(session, OutboxMail) == 0


def test_import_again_with_another_answer_changes_that_application(
    session: Session, office: Office
) -> None:
    member = {"birth_on": "1980-01-01", "gender": "female"}
    rows = [ImportRow(f"row {n}", host(n, members=[member])) for n in range(2)]
    _import(session, office, rows, kind=ApplicationKind.HOST)
    younger = {"birth_on": "1990-01-01"}
    rows[1] = ImportRow("row 1", host(1, capacity=1, members=[younger, member]))
    again = _import(session, office, rows, kind=ApplicationKind.HOST)
    assert again == ImportOutcome(changed=1, unchanged=1)
    assert sorted(session.exec(select(Host.capacity))) == [1, 2]
    assert _count(session, HouseholdMember) == 3
    assert told(session)[-1] == "application:import_again"
    assert _import(session, office, rows, kind=ApplicationKind.HOST).unchanged == 2


def test_import_leaves_a_decided_application_as_it_was(session: Session, office: Office) -> None:
    _import(session, office, [ImportRow("row", student(1))])
    application = session.exec(select(Application)).one()
    approve(session, office, application)
    outcome = _import(session, office, [ImportRow("row", student(1, school="Elsewhere"))])
    assert outcome == ImportOutcome(refused=("row",))
    assert session.exec(select(Student.school)).one() is None


def test_import_as_a_trial_writes_nothing(session: Session, office: Office) -> None:
    before = told(session)
    rows = [ImportRow("row", student(1))]
    assert _import(session, office, rows, dry_run=True) == ImportOutcome(created=1)
    assert _count(session, Application) == 0
    assert told(session) == before


def test_import_that_fails_midway_leaves_nothing(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        session.commit()
    rows = [ImportRow(f"row {number}", student(number)) for number in (1, 2, 3, 1)]
    with open_session(engine) as session:
        with pytest.raises(InvalidInput, match="id of its own"):
            _import(session, office, rows)
        session.rollback()
    with open_session(engine) as session:
        assert [_count(session, one) for one in (Application, Student)] == [0, 0]
        assert "application:submit" not in told(session)


def test_import_by_many_at_once_takes_each_row_once(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        session.commit()
    rows = [ImportRow(f"row {number}", student(number)) for number in range(4)]
    results = at_once(engine, lambda s: _import(s, office, rows), times=4)
    assert sorted(one.created for one in results) == [0, 0, 0, 4]
    with open_session(engine) as session:
        assert _count(session, Application) == 4
        assert audit.first_broken_event(session) is None


def test_import_beside_decisions_never_waits_in_a_circle(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        _import(session, office, [ImportRow(f"row {n}", student(n)) for n in range(6)])
        ids = session.exec(select(Application.public_id)).all()
        session.commit()
    turns = iter(range(8))

    def work(session: Session) -> object:
        turn = next(turns)
        if turn % 2:
            rows = [ImportRow(f"row {n}", student(n, school=f"School {turn}")) for n in range(6)]
            return _import(session, office, rows if turn % 4 == 1 else rows[::-1])
        for public_id in ids if turn % 4 else reversed(ids):
            details = applications.get_application(session, office.actor, public_id)
            if details.application.state is ApplicationState.SUBMITTED:
                approve(session, office, details.application)
        return None

    results = at_once(engine, work)
    assert all(isinstance(one, ImportOutcome | Conflict | None) for one in results)
    with open_session(engine) as session:
        assert audit.first_broken_event(session) is None


def test_import_into_another_programme_is_not_found(session: Session, office: Office) -> None:
    stranger = make_office(session, "Strangers")
    assert _import(session, office, [], dry_run=True) == ImportOutcome()
    with pytest.raises(NotFound, match="nothing at this address"):
        imports.import_profiles(
            session,
            stranger.actor,
            cycle_id=office.cycle.id,
            kind=ApplicationKind.STUDENT,
            rows=[ImportRow("row", student(1))],
            at=AT,
        )
