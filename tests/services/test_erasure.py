"""Erasure: nothing of the person is left in any table, and the totals of matches stay."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from exchange.domain.cycle import ApplicationState, RunState
from exchange.domain.placement import PlacementState
from exchange.domain.queues import Queue
from exchange.errors import Conflict, NotFound
from exchange.records import (
    Application,
    ContactRow,
    HeldPlace,
    Host,
    MatchRun,
    Offer,
    OutboxMail,
    Placement,
    Student,
)
from exchange.records.base import make_engine
from exchange.records.session import open_session
from exchange.services import (
    applications,
    audit,
    erasure,
    exports,
    my_data,
    offer_answers,
    placements,
    queues,
    screening,
)
from exchange.services.actor import Actor
from tests.services.people import (
    AT,
    Office,
    approve,
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
from tests.services.test_corrections import _send

CANARY = "Kanarie"


def _owner(application: Application) -> Actor:
    return Actor(application_id=application.id)


def _canary_student() -> Any:
    return student(
        given_name=f"{CANARY}-given",
        family_name=f"{CANARY}-family",
        preferred_name=f"{CANARY}-preferred",
        email=f"{CANARY}@example.org".lower(),
        birth_on="2012-03-04",
        home_city=f"{CANARY}-city",
        school=f"{CANARY}-school",
        letter=f"{CANARY}-letter",
        emergency_contact=f"{CANARY}-contact",
        guardian_name=f"{CANARY}-guardian",
        guardian_email=f"{CANARY}.guardian@example.org".lower(),
        partner=f"{CANARY}-partner",
        keep_with=[f"{CANARY}-with"],
        nationalities=["TR"],
        needs=["step_free"],
    )


def _canary_host() -> Any:
    return host(
        name=f"{CANARY}-name",
        email=f"{CANARY}.host@example.org".lower(),
        phone=f"+49 {CANARY}",
        address=f"{CANARY}-address",
        city=f"{CANARY}-city",
        about=f"{CANARY}-about",
        group=f"{CANARY}-group",
        members=[{"birth_on": "1980-01-01", "relation": f"{CANARY}-mother"}],
    )


def _everything(session: Session) -> str:
    """Every row of every table, as text."""
    session.expire_all()
    lines = []
    for table in SQLModel.metadata.sorted_tables:
        lines += [f"{table.name}: {row}" for row in session.connection().execute(sa.select(table))]
    return "\n".join(lines).lower()


def _hits(session: Session) -> list[str]:
    return [line for line in _everything(session).splitlines() if CANARY.lower() in line]


def _sent_in(session: Session, office: Office) -> tuple[Application, Application]:
    of_student, draft = _send(session, office, _canary_student())
    of_host, _draft = _send(session, office, _canary_host())
    session.connection().execute(
        sa.text("UPDATE draft SET data = :data WHERE id = :id"),
        {"data": f'{{"a": {{"b": ["{CANARY}"]}}}}', "id": draft.id},
    )
    guardians_agree(session, of_student)
    for one in (of_student, of_host):
        screening.decide(
            session,
            office.actor,
            one,
            state=ApplicationState.RETURNED,
            expected_version=one.version,
            reason=f"{CANARY}-reason",
            at=AT,
        )
    return of_student, of_host


def test_erase_leaves_nothing_of_the_person_in_any_table(session: Session) -> None:
    office = make_office(session)
    of_student, of_host = _sent_in(session, office)
    assert len(_hits(session)) > 6
    references = [of_student.reference, of_host.reference]
    for one in (of_student, of_host):
        erasure.erase(session, _owner(one), one, AT)
    assert _hits(session) == []
    left = _everything(session)
    assert not [one for one in references if one.lower() in left]
    assert told(session).count("application:erased") == 2
    assert audit.first_broken_event(session) is None
    for one in (of_student, of_host):
        assert (one.state, one.erased_at) == (ApplicationState.WITHDRAWN, AT)


def test_erase_leaves_other_people_as_they_are(session: Session) -> None:
    office = make_office(session)
    of_student, _of_host = _sent_in(session, office)
    other, _draft = _send(session, office, student(1))
    before = my_data.everything_about(session, _owner(other), AT)
    erasure.erase(session, _owner(of_student), of_student, AT)
    session.expire_all()
    assert my_data.everything_about(session, _owner(other), AT) == before
    assert len(before["records"]["draft"]) == 1


def test_erase_twice_is_once_and_by_nobody_else(session: Session) -> None:
    office = make_office(session)
    of_student, of_host = _sent_in(session, office)
    for actor in (Actor(), _owner(of_host), office.actor):
        with pytest.raises(NotFound, match="nothing at this address"):
            erasure.erase(session, actor, of_student, AT)
    assert "application:erased" not in told(session)
    for _ in range(2):
        erasure.erase(session, _owner(of_student), of_student, AT)
    assert told(session).count("application:erased") == 1


def test_erase_keeps_the_totals_of_matches(session: Session) -> None:
    office = make_office(session)
    guest = sign_up(session, office, student(2, nationalities=["TR"]))
    home = sign_up(session, office, host())
    for one in (guest, home):
        approve(session, office, one)
    run = start(session, office)
    finish(session, run, [guest.public_id, home.public_id])
    publish(session, office, run, AT)
    for one in (guest, home):
        erasure.erase(session, _owner(one), one, AT)
    placement = session.exec(select(Placement)).one()
    assert (placement.student_nation, placement.host_nation) == ("TR", "GR")
    assert session.exec(select(ContactRow.placements)).one() == 1
    session.refresh(run)
    page = placements.list_placements(session, office.actor, run)
    assert [(row.student.id, row.host.id) for row in page.rows] == [(guest.id, home.id)]
    for kind in ("placements", "rooming", "participants", "hosts"):
        table = exports.export_table(
            session, office.actor, kind, cycle_id=run.cycle_id, run_id=run.id, at=AT
        )
        rows = list(table.rows)
        assert len(rows) == (1 if kind in ("placements", "rooming") else 0)
        assert "student2@example.org" not in str(rows)


def test_erase_ends_offers_and_tells_the_other_side(session: Session) -> None:
    office = make_office(session)
    guest = sign_up(session, office, student(2, nationalities=["TR"]))
    home = sign_up(session, office, host())
    for one in (guest, home):
        approve(session, office, one)
    run = start(session, office)
    finish(session, run, [guest.public_id, home.public_id])
    publish(session, office, run)
    offer = session.exec(select(Offer)).one()
    offer_answers.respond(session, _owner(guest), offer.public_id, accepts=True, reason=None, at=AT)
    erasure.erase(session, _owner(guest), guest, AT)
    state = select(Placement.state).execution_options(populate_existing=True)
    assert session.exec(state).one() is PlacementState.ENDED
    assert session.exec(select(Offer)).all() == session.exec(select(HeldPlace)).all() == []
    news = select(OutboxMail.recipient).where(col(OutboxMail.key).like("news:%"))
    assert session.exec(news).all() == ["host0@example.org"]


def test_erase_while_a_match_is_under_way_lets_it_end_but_not_be_published(
    session: Session,
) -> None:
    office = make_office(session)
    guest = sign_up(session, office, student(2, nationalities=["TR"]))
    home = sign_up(session, office, host())
    for one in (guest, home):
        approve(session, office, one)
    run = start(session, office)
    erasure.erase(session, _owner(guest), guest, AT)
    finish(session, run, [guest.public_id, home.public_id])
    assert session.get_one(MatchRun, run.id).state is RunState.READY
    with pytest.raises(Conflict, match="have changed since this run"):
        publish(session, office, run, AT)


def test_erased_application_is_on_no_list_and_no_page(session: Session) -> None:
    office = make_office(session)
    of_student, of_host = _sent_in(session, office)
    erasure.erase(session, _owner(of_student), of_student, AT)
    page = queues.list_applications(session, office.actor, office.cycle, Queue(), AT)
    assert [row.application.id for row in page.rows] == [of_host.id]
    with pytest.raises(NotFound, match="nothing at this address"):
        applications.get_application(session, office.actor, of_student.public_id)


@pytest.mark.parametrize("kind", [Student, Host])
def test_every_column_of_a_profile_stays_by_name_or_can_be_emptied(kind: type[SQLModel]) -> None:
    table = SQLModel.metadata.tables[str(kind.__tablename__)]
    for column in table.columns:
        if column.name not in erasure.STAYING_COLUMNS[table.name]:
            erasure.nothing(kind, column)


def test_every_table_that_names_an_application_belongs_to_it_or_stays_by_name() -> None:
    found = {table.name for table, _ in erasure.belongings(dict.fromkeys(erasure.PERSON_TABLES, 1))}
    naming = {
        table.name
        for table in SQLModel.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name in erasure.PERSON_TABLES
    }
    assert naming - found - set(erasure.PERSON_TABLES) == erasure.STAYING_TABLES
    assert {"draft", "access_link", "outbox_mail", "web_session", "household_member"} <= found


def test_erase_leaves_no_trace_in_the_file_of_the_database(tmp_path: Path) -> None:
    from tests import databases

    url = databases.new_sqlite(tmp_path)
    engine = make_engine(url)
    with open_session(engine) as session:
        of_student, _of_host = _sent_in(session, make_office(session))
        session.commit()
    path = Path(sa.engine.make_url(url).database or "")
    files = [path, path.with_name(f"{path.name}-wal")]
    seen = b"".join(one.read_bytes() for one in files if one.exists())
    assert f"{CANARY}-letter".encode() in seen
    with open_session(engine) as session:
        own = session.get_one(Application, of_student.id)
        erasure.erase(session, _owner(own), own, AT)
        session.commit()
    engine.dispose()
    left = b"".join(one.read_bytes() for one in files if one.exists())
    assert f"{CANARY}-letter".encode() not in left
