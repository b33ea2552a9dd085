"""Files of many rows: what is written in which statements, and who waits for whom meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.records import Application, HouseholdMember, Student
from exchange.records.session import open_session
from exchange.services import audit, imports
from exchange.services.import_plan import ImportOutcome, ImportRow
from tests.services.people import AT, Office, approve, host, make_office, sign_up, student

MANY = 1_200


@pytest.fixture
def office(engine: sa.Engine) -> Office:
    with open_session(engine) as session:
        made = make_office(session)
        session.commit()
    return made


def _rows(count: int, **answers: object) -> list[ImportRow]:
    return [ImportRow(f"S{one}", student(one, **answers), one + 1) for one in range(count)]


def _prepare(
    engine: sa.Engine,
    office: Office,
    rows: list[ImportRow],
    kind: ApplicationKind = ApplicationKind.STUDENT,
) -> imports.Prepared:
    with open_session(engine, writes=False) as session:
        return imports.prepare(
            session, office.actor, cycle_id=office.cycle.id, kind=kind, rows=rows, at=AT
        )


def _write(engine: sa.Engine, office: Office, prepared: imports.Prepared) -> ImportOutcome:
    with open_session(engine) as session:
        outcome = imports.write(session, office.actor, prepared)
        session.commit()
    return outcome


@contextmanager
def _statements(engine: sa.Engine) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def test_many_rows_are_written_in_few_statements(engine: sa.Engine, office: Office) -> None:
    new = _prepare(engine, office, _rows(MANY))
    with _statements(engine) as sent:
        assert _write(engine, office, new) == ImportOutcome(created=MANY)
    assert len(sent) <= 20
    other = _prepare(engine, office, _rows(MANY, home_city="Haifa"))
    with _statements(engine) as sent:
        assert _write(engine, office, other) == ImportOutcome(changed=MANY)
    assert len(sent) <= 20
    with open_session(engine, writes=False) as session:
        stored = session.exec(select(Application).order_by(col(Application.id))).all()
        assert [one.version for one in stored] == [2] * MANY
        assert len({one.reference for one in stored}) == MANY
        assert set(session.exec(select(Student.home_city))) == {"Haifa"}
        assert audit.first_broken_event(session) is None


def test_sign_up_goes_through_while_a_file_is_prepared(engine: sa.Engine, office: Office) -> None:
    with open_session(engine, writes=False) as reading:
        prepared = imports.prepare(
            reading,
            office.actor,
            cycle_id=office.cycle.id,
            kind=ApplicationKind.STUDENT,
            rows=_rows(3),
            at=AT,
        )
        # The file's transaction is still open here; on SQLite a lock of it would stop this.
        with open_session(engine) as other:
            sign_up(other, office, student(99))
            other.commit()
    references = prepared.new.references
    assert _write(engine, office, prepared) == ImportOutcome(created=3)
    with open_session(engine, writes=False) as session:
        # Nothing was prepared anew for somebody who is not in the file.
        stored = set(session.exec(select(Application.reference)))
        assert stored >= set(references)


def test_what_changed_after_the_file_was_prepared_is_respected(
    engine: sa.Engine, office: Office
) -> None:
    _write(engine, office, _prepare(engine, office, _rows(3)))
    prepared = _prepare(engine, office, _rows(3, home_city="Haifa"))
    assert prepared.outcome.changed == 3
    with open_session(engine) as session:
        first = session.exec(select(Application).order_by(col(Application.id))).first()
        assert first is not None
        approve(session, office, first)
        session.commit()
    assert _write(engine, office, prepared) == ImportOutcome(changed=2, refused=("S0",))
    with open_session(engine, writes=False) as session:
        cities = session.exec(select(Student.home_city).order_by(col(Student.id))).all()
        assert cities == ["Haifa" if number else student(0).home_city for number in range(3)]
        state = session.exec(select(Application.state).order_by(col(Application.id))).first()
        assert state is ApplicationState.APPROVED


def test_file_taken_twice_at_once_makes_nobody_twice(engine: sa.Engine, office: Office) -> None:
    first, second = (_prepare(engine, office, _rows(5)) for _ in range(2))
    assert _write(engine, office, first) == ImportOutcome(created=5)
    assert _write(engine, office, second) == ImportOutcome(unchanged=5)


def test_household_that_changed_after_the_file_was_prepared_is_read_anew(
    engine: sa.Engine, office: Office
) -> None:
    kind = ApplicationKind.HOST
    people = [{"birth_on": "1980-01-01"}, {"birth_on": "2012-01-01"}]
    _write(
        engine, office, _prepare(engine, office, [ImportRow("H1", host(1, members=people))], kind)
    )
    prepared = _prepare(engine, office, [ImportRow("H1", host(1, members=people[:1]))], kind)
    assert len(prepared.replaced.gone) == 1
    with open_session(engine) as session:
        session.exec(sa.delete(HouseholdMember))
        session.commit()
    assert _write(engine, office, prepared) == ImportOutcome(changed=1)
    with open_session(engine, writes=False) as session:
        assert len(session.exec(select(HouseholdMember)).all()) == 1


def test_reference_that_is_taken_by_now_is_drawn_again(engine: sa.Engine, office: Office) -> None:
    prepared = _prepare(engine, office, _rows(3))
    with open_session(engine) as session:
        taken = sign_up(session, office, student(7))
        session.commit()
    drawn = (taken.reference, taken.reference, prepared.new.references[2])
    clash = replace(prepared, new=replace(prepared.new, references=drawn))
    assert _write(engine, office, clash) == ImportOutcome(created=3)
    with open_session(engine, writes=False) as session:
        references = session.exec(select(Application.reference)).all()
        assert len(set(references)) == 4
        assert drawn[2] in references
