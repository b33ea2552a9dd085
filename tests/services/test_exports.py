"""Exports from records: every kind there is, for who may have it, on the trail."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session, col, select

from exchange.domain.placement import RelocationReason, Unplaced
from exchange.domain.roles import Role
from exchange.errors import Forbidden, NotFound
from exchange.exports import KINDS
from exchange.records import Application, AuditEvent, MatchRun, Placement, Relocation
from exchange.services import attempts
from exchange.services.actor import Actor
from exchange.services.attempts import RunOutcome
from exchange.services.exports import OF_A_CYCLE, export_table
from exchange.services.relocations import record_relocation
from tests.services.people import (
    AT,
    Office,
    enrol,
    finish,
    host,
    make_office,
    outcome_of,
    publish,
    sign_up,
    start,
    student,
    told,
)


@pytest.fixture
def office(session: Session) -> Office:
    return make_office(session)


def _published(session: Session, office: Office, ids: list[str]) -> MatchRun:
    run = start(session, office)
    claimed = attempts.claim_run(session, run.public_id, at=AT, lease_s=10)
    assert claimed is not None
    outcome = RunOutcome(
        state=outcome_of(ids).state,
        report={"M": 1, "D": 0.4},
        placements=outcome_of(ids).placements,
        contacts=outcome_of(ids).contacts,
        unplaced=(Unplaced(ids[1], "more_students_than_places", "No place was left."),),
    )
    attempts.finish_run(session, run.public_id, claimed.attempt, outcome=outcome, at=AT)
    session.refresh(run)
    publish(session, office, run, AT)
    return run


@pytest.mark.parametrize("kind", KINDS)
def test_export_has_rows_and_is_on_the_trail(session: Session, office: Office, kind: str) -> None:
    ids = enrol(session, office)
    run = _published(session, office, ids)
    left = session.exec(select(Placement)).first()
    assert left is not None
    record_relocation(
        session, office.actor, old=left, new=None, reason=RelocationReason.OTHER, at=AT
    )
    table = export_table(session, office.actor, kind, cycle_id=office.cycle.id, at=AT)
    assert table.name == kind
    assert table.rows
    assert {len(row) for row in table.rows} == {len(table.columns)}
    event = session.exec(select(AuditEvent).order_by(col(AuditEvent.id).desc())).first()
    assert event is not None
    subject = office.cycle.public_id if kind in OF_A_CYCLE else run.public_id
    assert (event.action, event.subject_id) == ("export:write", subject)
    assert event.facts == {"kind": kind, "rows": len(table.rows)}


@pytest.mark.parametrize("kind", ["placements", "unplaced", "contacts", "run-report"])
def test_export_of_a_result_names_nobody(session: Session, office: Office, kind: str) -> None:
    _published(session, office, enrol(session, office))
    people = export_table(session, office.actor, "participants", cycle_id=office.cycle.id, at=AT)
    assert "Number 0" in str(people.rows)
    table = export_table(session, office.actor, kind, cycle_id=office.cycle.id, at=AT)
    said = str(table.rows)
    assert [word for word in ("Number", "Host 0", "example.org") if word in said] == []


def test_export_of_placements_names_people_by_their_application(
    session: Session, office: Office
) -> None:
    ids = enrol(session, office)
    _published(session, office, ids)
    table = export_table(session, office.actor, "placements", cycle_id=office.cycle.id, at=AT)
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert (row["student_id"], row["host_id"]) == (ids[0], ids[-1])


def test_export_without_a_run_takes_the_published_one(session: Session, office: Office) -> None:
    ids = enrol(session, office)
    published = _published(session, office, ids)
    later = start(session, office)
    finish(session, later, ids)
    for run_id, expected in ((None, published), (later.id, later)):
        export_table(
            session, office.actor, "contacts", cycle_id=office.cycle.id, run_id=run_id, at=AT
        )
        event = session.exec(select(AuditEvent).order_by(col(AuditEvent.id).desc())).first()
        assert event is not None
        assert event.subject_id == expected.public_id


def test_export_before_any_run_and_of_no_kind_is_not_found(
    session: Session, office: Office
) -> None:
    for kind in ("placements", "everything"):
        with pytest.raises(NotFound, match="no finished run|nothing at this address"):
            export_table(session, office.actor, kind, cycle_id=office.cycle.id, at=AT)
    assert "export:write" not in told(session)


def test_export_is_for_those_who_may(session: Session, office: Office) -> None:
    enrol(session, office)
    auditor = Actor(account_id=1, roles={office.programme.id: frozenset({Role.AUDITOR})})
    with pytest.raises(Forbidden, match="role does not include"):
        export_table(session, auditor, "participants", cycle_id=office.cycle.id, at=AT)
    stranger = make_office(session, "Strangers").actor
    with pytest.raises(NotFound, match="nothing at this address"):
        export_table(session, stranger, "participants", cycle_id=office.cycle.id, at=AT)


def test_export_of_another_cycles_run_is_not_found(session: Session, office: Office) -> None:
    run = _published(session, office, enrol(session, office))
    other = make_office(session, "Strangers")
    with pytest.raises(NotFound, match="no finished run"):
        export_table(
            session, other.actor, "placements", cycle_id=other.cycle.id, run_id=run.id, at=AT
        )


def test_export_of_relocations_tells_both_homes_and_since_when(
    session: Session, office: Office
) -> None:
    guest = sign_up(session, office, student(1, given_name="Ann", arrive_on="2027-07-02"))
    homes = [sign_up(session, office, host(number, name=f"Home {number}")) for number in (1, 2)]
    first, second = (one.host_id or 0 for one in homes)
    for moved_at, left, reached in ((AT, first, second), (AT + timedelta(days=20), second, None)):
        change = Relocation(
            cycle_id=office.cycle.id,
            student_id=guest.student_id or 0,
            from_host_id=left,
            to_host_id=reached,
            reason=RelocationReason.CIRCUMSTANCES,
            moved_at=moved_at,
            created_at=moved_at,
        )
        session.add(change)
    session.flush()
    table = export_table(session, office.actor, "relocations", cycle_id=office.cycle.id, at=AT)
    wanted = ("given_name", "moved_on", "joined_on", "host_name", "next_host_id", "reason")
    told = [tuple(row[table.columns.index(one)] for one in wanted) for row in table.rows]
    moved_on = AT.date()
    assert told == [
        ("Ann", moved_on, date(2027, 7, 2), "Home 1", homes[1].public_id, "circumstances"),
        ("Ann", moved_on + timedelta(days=20), moved_on, "Home 2", None, "circumstances"),
    ]
    other = make_office(session, "Others")
    assert not export_table(
        session, other.actor, "relocations", cycle_id=other.cycle.id, at=AT
    ).rows


def test_export_of_participants_lists_every_student(session: Session, office: Office) -> None:
    enrol(session, office, students=3)
    table = export_table(session, office.actor, "participants", cycle_id=office.cycle.id, at=AT)
    listed = {row[table.columns.index("student_id")] for row in table.rows}
    query = select(Application.public_id).where(col(Application.student_id).is_not(None))
    assert listed == set(session.exec(query))
