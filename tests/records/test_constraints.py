"""What the database refuses, whoever writes to it."""

import secrets
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from exchange.domain.cycle import ApplicationKind, RunState
from exchange.domain.screening import CheckKind, CheckOutcome, Section, SectionState
from exchange.records import (
    Account,
    Application,
    ContactRow,
    Cycle,
    Draft,
    Host,
    HouseholdMember,
    MatchRun,
    OutboxMail,
    Placement,
    Programme,
    RateLimit,
    ScreeningCheck,
    SectionReview,
    Snapshot,
    Student,
)

AT = datetime(2027, 1, 10, 12, tzinfo=UTC)


@pytest.fixture
def rows(session: Session) -> dict[str, int]:
    """One row of each of what others point at."""
    programme = _stored(
        session, Programme(name="P", contact_email="p@example.org", time_zone="UTC")
    )
    cycle = _stored(session, _cycle(programme.id))
    snapshot = _stored(session, Snapshot(cycle_id=cycle.id, digest="0", body="{}", taken_at=AT))
    student = _stored(session, Student(nationalities=["TR"]))
    host = _stored(session, Host(nation="GR", capacity=1))
    session.commit()
    return {
        "programme": programme.id,
        "cycle": cycle.id,
        "snapshot": snapshot.id,
        "student": student.id,
        "host": host.id,
    }


def _stored(session: Session, record: Any) -> Any:
    session.add(record)
    session.flush()
    return record


def _cycle(programme_id: int, **values: Any) -> Cycle:
    return Cycle(
        **{
            "programme_id": programme_id,
            "name": "C",
            "time_zone": "UTC",
            "opens_at": AT,
            "closes_at": datetime(2027, 2, 1, tzinfo=UTC),
            "stay_from_on": date(2027, 7, 1),
            "stay_to_on": date(2027, 7, 20),
            **values,
        }
    )


def _run(rows: dict[str, int], **values: Any) -> MatchRun:
    return MatchRun(
        **{
            "cycle_id": rows["cycle"],
            "snapshot_id": rows["snapshot"],
            "epsilon": 0.02,
            "seed": 1,
            "time_limit_s": 60.0,
            "code_version": "1",
            "state": RunState.FAILED,
            **values,
        }
    )


def _application(rows: dict[str, int], **values: Any) -> Application:
    return Application(
        **{
            "reference": secrets.token_hex(4),
            "cycle_id": rows["cycle"],
            "kind": ApplicationKind.STUDENT,
            "student_id": rows["student"],
            "submitted_at": AT,
            "idempotency_key": secrets.token_hex(4),
            **values,
        }
    )


def _placement(session: Session, rows: dict[str, int], **values: Any) -> Placement:
    run = _stored(session, _run(rows))
    return Placement(
        **{
            "run_id": run.id,
            "cycle_id": rows["cycle"],
            "student_id": rows["student"],
            "host_id": rows["host"],
            "student_nation": "TR",
            "host_nation": "GR",
            "quality": 0.5,
            **values,
        }
    )


def _refused(session: Session, record: SQLModel, constraint: str) -> None:
    session.add(record)
    with pytest.raises(IntegrityError, match=f"(?i){constraint}"):
        session.flush()


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"capacity": -1}, "capacity_in_range"),
        ({"capacity": 501}, "capacity_in_range"),
        ({"nation": "GRC"}, "nation_of_two_letters|too long"),
        ({"adults": -1}, "adults_in_range"),
        ({"children": 51}, "children_in_range"),
        ({"min_age": -1}, "min_age_in_range"),
        ({"max_age": 121}, "max_age_in_range"),
        ({"min_age": 20, "max_age": 19}, "ages_in_order"),
        ({"guest_rooms": -1}, "guest_rooms_in_range"),
        ({"guest_beds": 501}, "guest_beds_in_range"),
        ({"group_size": 0}, "group_size_in_range"),
        (
            {"available_from": date(2027, 2, 1), "available_to": date(2027, 1, 1)},
            "availability_runs_forward",
        ),
    ],
)
def test_host_out_of_range_is_refused(
    session: Session, values: dict[str, Any], constraint: str
) -> None:
    session.add(Host(nation="GR", capacity=1))
    session.flush()
    session.add(Host(**{"nation": "GR", "capacity": 1, **values}))
    with pytest.raises((IntegrityError, sa.exc.DataError), match=f"(?i){constraint}"):
        session.flush()


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"age": -1}, "age_in_range"),
        ({"age": 121}, "age_in_range"),
        ({"arrive_on": date(2027, 2, 1), "depart_on": date(2027, 1, 1)}, "stay_runs_forward"),
    ],
)
def test_student_out_of_range_is_refused(
    session: Session, values: dict[str, Any], constraint: str
) -> None:
    _refused(session, Student(nationalities=["TR"], **values), constraint)


@pytest.mark.parametrize(
    ("column", "value"),
    [("gender", "'other'"), ("lifestyle", "'loud'")],
)
def test_word_outside_its_list_is_refused(
    session: Session, rows: dict[str, int], column: str, value: str
) -> None:
    with pytest.raises(IntegrityError, match=f"(?i){column}"):
        session.connection().exec_driver_sql(f"UPDATE student SET {column} = {value}")


@pytest.mark.parametrize(
    "values",
    [
        {"student_id": None},
        {"kind": ApplicationKind.HOST},
        {"host_id": 1},
        {"kind": ApplicationKind.HOST, "student_id": None},
    ],
)
def test_application_of_no_or_two_profiles_is_refused(
    session: Session, rows: dict[str, int], values: dict[str, Any]
) -> None:
    _refused(session, _application(rows, **values), "one_profile")


def test_application_of_a_file_twice_is_refused(session: Session, rows: dict[str, int]) -> None:
    session.add(_application(rows, external_id="row 1"))
    another = _stored(session, Student(nationalities=["TR"]))
    _refused(session, _application(rows, external_id="row 1", student_id=another.id), "external_id")


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"epsilon": 1.5}, "epsilon_in_range"),
        ({"seed": -1}, "seed_not_negative"),
        ({"time_limit_s": 0.0}, "time_limit_positive"),
        ({"progress": 1.1}, "progress_in_range"),
        ({"attempt": -1}, "attempt_not_negative"),
        ({"version": 0}, "version_positive"),
        ({"state": RunState.RUNNING}, "working_under_a_lease"),
        ({"state": RunState.PUBLISHED}, "published_at_some_time"),
        ({"state": RunState.SUPERSEDED}, "published_at_some_time"),
    ],
)
def test_run_out_of_range_is_refused(
    session: Session, rows: dict[str, int], values: dict[str, Any], constraint: str
) -> None:
    _refused(session, _run(rows, **values), constraint)


@pytest.mark.parametrize(
    "values",
    [{"state": RunState.QUEUED}, {"state": RunState.PUBLISHED, "published_at": AT}],
)
def test_second_live_or_published_run_of_a_cycle_is_refused(
    session: Session, rows: dict[str, int], values: dict[str, Any]
) -> None:
    session.add_all([_run(rows), _run(rows), _run(rows, **values)])
    session.flush()
    _refused(session, _run(rows, **values), "unique")


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"student_nation": "GR"}, "cross_national"),
        ({"quality": 1.01}, "quality_in_range"),
        ({"student_id": 999}, "foreign key"),
    ],
)
def test_placement_that_must_not_be_is_refused(
    session: Session, rows: dict[str, int], values: dict[str, Any], constraint: str
) -> None:
    _refused(session, _placement(session, rows, **values), constraint)


def test_second_place_of_a_student_in_a_run_is_refused(
    session: Session, rows: dict[str, int]
) -> None:
    first = _stored(session, _placement(session, rows))
    second = _stored(session, Host(nation="FR", capacity=1))
    _refused(
        session,
        _placement(session, rows, run_id=first.run_id, host_id=second.id, host_nation="FR"),
        "unique",
    )


def test_other_rows_out_of_range_are_refused(session: Session, rows: dict[str, int]) -> None:
    mail = {"key": "k", "message_id": "m", "recipient": "r", "subject": "s", "body": "b"}
    mail |= {"template": "t", "next_attempt_at": AT}  # type: ignore[dict-item]
    run_id = _stored(session, _run(rows)).id
    contact = {"run_id": run_id, "weight": 0.5, "tension_tier": 0, "placements": 1}
    for record, constraint in (
        (_cycle(rows["programme"], closes_at=AT), "opens_before_it_closes"),
        (_cycle(rows["programme"], stay_to_on=date(2027, 6, 1)), "stay_runs_forward"),
        (_cycle(rows["programme"], version=0), "version_positive"),
        (Account(email="A@example.org", display_name="A"), "email_lower_case"),
        (Draft(cycle_id=rows["cycle"], kind=ApplicationKind.HOST, version=0), "version_positive"),
        (ContactRow(nation_a="TR", nation_b="GR", **contact), "pair_in_order"),
        (
            ContactRow(nation_a="GR", nation_b="TR", **(contact | {"placements": -1})),
            "placements_not_negative",
        ),
        (OutboxMail(attempts=-1, **mail), "attempts_not_negative"),
        (OutboxMail(sent_at=AT, dead_at=AT, **mail), "sent_or_given_up"),
        (RateLimit(bucket="b", window_started_at=AT, count=0), "count_positive"),
    ):
        point = session.begin_nested()
        _refused(session, record, constraint)
        point.rollback()


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"version": 0}, "version_positive"),
        ({"state": SectionState.RETURNED}, "returned_with_a_reason"),
        ({"reason": "Why"}, "returned_with_a_reason"),
        ({"decided_at": None}, "decided_at_some_time"),
        ({"state": SectionState.OPEN}, "decided_at_some_time"),
        ({"second_at": AT}, "second_review_by_another"),
        ({"second_at": AT, "second_by_id": 1}, "second_review_by_another"),
        ({"second_at": AT, "second_by_id": 2, "decided_by_id": None}, "second_review_by_another"),
        ({"second_at": None, "second_by_id": 2}, "second_review_by_another"),
        (
            {
                "second_at": AT,
                "second_by_id": 2,
                "state": SectionState.OPEN,
                "decided_at": None,
            },
            "second_review_by_another",
        ),
    ],
)
def test_section_review_that_must_not_be_is_refused(
    session: Session, rows: dict[str, int], values: dict[str, Any], constraint: str
) -> None:
    application = _stored(session, _application(rows))
    people = [
        _stored(session, Account(email=f"{name}@example.org", display_name=name)) for name in "ab"
    ]
    ids = {1: people[0].id, 2: people[1].id}
    good = {
        "application_id": application.id,
        "section": Section.IDENTITY,
        "state": SectionState.APPROVED,
        "decided_at": AT,
        "decided_by_id": ids[1],
    }
    twice = good | {"section": Section.NEEDS, "second_at": AT, "second_by_id": ids[2]}
    _stored(session, SectionReview(**twice))
    if "second_by_id" in values:
        values = values | {"second_by_id": ids[values["second_by_id"]]}
    _refused(session, SectionReview(**(good | values)), constraint)


def test_second_review_of_one_section_is_no_second_row(
    session: Session, rows: dict[str, int]
) -> None:
    application = _stored(session, _application(rows))
    row = {"application_id": application.id, "section": Section.NEEDS, "decided_at": AT}
    _stored(session, SectionReview(state=SectionState.APPROVED, **row))
    _refused(session, SectionReview(state=SectionState.APPROVED, **row), "section")


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"expires_on": date(2027, 1, 9)}, "expires_after_it_was_done"),
        ({"member_number": 1}, "of_a_person_or_of_the_host"),
        ({"kind": CheckKind.BACKGROUND}, "of_a_person_or_of_the_host"),
        ({"kind": CheckKind.BACKGROUND, "member_number": 51}, "number_in_range"),
        ({"issuer": ""}, "issuer_stated"),
    ],
)
def test_check_that_must_not_be_is_refused(
    session: Session, rows: dict[str, int], values: dict[str, Any], constraint: str
) -> None:
    application = _stored(session, _application(rows))
    good = {
        "application_id": application.id,
        "kind": CheckKind.INTERVIEW,
        "outcome": CheckOutcome.PASS,
        "issuer": "The office",
        "done_on": date(2027, 1, 10),
    }
    _stored(session, ScreeningCheck(**good))
    _stored(session, ScreeningCheck(**good, expires_on=date(2027, 1, 10)))
    _refused(session, ScreeningCheck(**(good | values)), constraint)


def test_check_of_a_person_goes_with_that_person(session: Session, rows: dict[str, int]) -> None:
    member = _stored(session, HouseholdMember(host_id=rows["host"], birth_on=date(1980, 1, 1)))
    application = _stored(session, _application(rows))
    _stored(
        session,
        ScreeningCheck(
            application_id=application.id,
            kind=CheckKind.BACKGROUND,
            member_id=member.id,
            outcome=CheckOutcome.PASS,
            issuer="Police",
            done_on=date(2027, 1, 10),
        ),
    )
    connection = session.connection()
    connection.exec_driver_sql("DELETE FROM household_member")
    assert connection.exec_driver_sql("SELECT count(*) FROM screening_check").scalar() == 0


def test_account_that_judged_cannot_be_deleted(session: Session, rows: dict[str, int]) -> None:
    judge = _stored(session, Account(email="judge@example.org", display_name="J"))
    application = _stored(session, _application(rows))
    _stored(
        session,
        SectionReview(
            application_id=application.id,
            section=Section.NEEDS,
            state=SectionState.APPROVED,
            decided_at=AT,
            decided_by_id=judge.id,
        ),
    )
    with pytest.raises(IntegrityError, match="(?i)foreign key"):
        session.connection().exec_driver_sql("DELETE FROM account")


def test_cycle_of_no_known_rule_pack_is_refused(session: Session, rows: dict[str, int]) -> None:
    with pytest.raises(IntegrityError, match="(?i)packname"):
        session.connection().exec_driver_sql("UPDATE cycle SET rule_pack = 'none'")


def test_cycle_with_applications_cannot_be_deleted(session: Session, rows: dict[str, int]) -> None:
    _stored(session, _application(rows))
    with pytest.raises(IntegrityError, match="(?i)foreign key"):
        session.connection().exec_driver_sql("DELETE FROM cycle")


def test_student_deleted_takes_the_application_along(
    session: Session, rows: dict[str, int]
) -> None:
    _stored(session, _application(rows))
    session.connection().exec_driver_sql("DELETE FROM student")
    assert session.connection().exec_driver_sql("SELECT count(*) FROM application").scalar() == 0
