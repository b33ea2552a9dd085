"""Snapshots: what the match may know of people, and nothing else."""

import json

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.snapshot import Snapshot as FrozenSnapshot
from exchange.errors import NotFound
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.records import Application, Snapshot, Student
from exchange.records.session import open_session
from exchange.services import imports, screening, snapshots
from exchange.services.actor import Actor
from exchange.services.import_plan import ImportRow
from tests.services.people import (
    AT,
    Office,
    approve,
    enrol,
    host,
    make_office,
    sign_up,
    student,
    told,
)

STUDENT_CANARIES = {
    "given_name": "Canarygiven",
    "family_name": "Canaryfamily",
    "preferred_name": "Canarypreferred",
    "email": "canary.student@example.org",
    "birth_on": "2001-02-03",
    "home_city": "Canarytown",
    "school": "Canaryschool",
    "letter": "Canaryletter",
    "emergency_contact": "Canaryemergency",
    "guardian_name": "Canaryguardian",
    "guardian_email": "canary.guardian@example.org",
    "second_guardian_name": "Canarysecond",
    "second_guardian_email": "canary.second@example.org",
}
HOST_CANARIES = {
    "name": "Canaryhost",
    "email": "canary.host@example.org",
    "phone": "+30 210 0000 4711",
    "address": "Canarystreet 5",
    "city": "Canarycity",
    "about": "Canaryabout",
    "motivation": "Canarymotivation",
    "house_rules": "Canaryrules",
    "guest_rooms": 417,
    "guest_beds": 418,
    "responsible_name": "Canaryresponsible",
    "responsible_email": "canary.responsible@example.org",
    "insurer": "Canaryinsurer",
    "group_size": 419,
    "reference_1_name": "Canaryfirst",
    "reference_1_email": "canary.first@example.org",
    "reference_1_phone": "+30 210 0000 4712",
    "reference_1_relation": "Canaryneighbour",
    "reference_2_name": "Canarysecond",
    "reference_2_email": "canary.second@example.org",
    "reference_2_phone": "+30 210 0000 4713",
    "reference_2_relation": "Canaryfriend",
}
HOUSEHOLD = [{"birth_on": "1981-12-13", "gender": "female", "relation": "Canaryrelation"}]


@pytest.fixture
def office(session: Session) -> Office:
    return make_office(session)


def _freeze(session: Session, office: Office) -> FrozenSnapshot:
    return FrozenSnapshot.from_json(
        snapshots.take_snapshot(session, office.actor, office.cycle.id, AT).body
    )


def test_canaries_cover_everything_that_is_personal() -> None:
    frozen = {"languages", "interests", "field", "lifestyle", "never", "age", "gender"}
    frozen |= {"nationalities", "arrive_on", "depart_on", "needs", "wishes", "waiting_since"}
    frozen |= {"host_gender", "ranked_hosts", "keep_with", "keep_apart", "partner"}
    frozen |= {"open_to", "ranked_nations"}
    assert set(StudentProfile.model_fields) - frozen == set(STUDENT_CANARIES)
    frozen |= {"kind", "nation", "capacity", "available_from", "available_to", "offers", "adults"}
    frozen |= {"children", "child_ages", "household_genders", "genders_accepted", "min_age"}
    frozen |= {"max_age", "group"}
    assert set(HostProfile.model_fields) - frozen == {*HOST_CANARIES, "members"}


def test_snapshot_holds_no_personal_data(session: Session, office: Office) -> None:
    one = sign_up(session, office, student(**STUDENT_CANARIES))
    other = sign_up(session, office, host(**HOST_CANARIES, members=HOUSEHOLD))
    assert session.exec(select(Student.letter)).one() == "Canaryletter"
    body = snapshots.take_snapshot(session, office.actor, office.cycle.id, AT).body
    assert {entry["id"] for entry in json.loads(body)["students"]} == {one.public_id}
    assert {entry["id"] for entry in json.loads(body)["hosts"]} == {other.public_id}
    for application in (one, other):
        assert application.reference not in body
    values = [*STUDENT_CANARIES.values(), *HOST_CANARIES.values(), "1981-12-13", "4711"]
    assert [value for value in values if isinstance(value, str) and value in body] == []
    assert "canary" not in body.lower()
    assert "guest_rooms" not in body


def test_snapshot_of_an_unchanged_cycle_is_the_same(session: Session, office: Office) -> None:
    ids = enrol(session, office)
    first = snapshots.take_snapshot(session, office.actor, office.cycle.id, AT)
    events = len(told(session))
    again = snapshots.take_snapshot(session, office.actor, office.cycle.id, AT)
    assert (again.id, again.digest, len(told(session))) == (first.id, first.digest, events)
    leaver = session.exec(select(Application).where(Application.public_id == ids[0])).one()
    screening.withdraw(session, Actor(application_id=leaver.id), leaver, AT)
    later = snapshots.take_snapshot(session, office.actor, office.cycle.id, AT)
    assert later.digest != first.digest
    assert len(session.exec(select(Snapshot)).all()) == 2


def test_snapshot_is_the_same_on_both_databases(session: Session, office: Office) -> None:
    rows = [ImportRow(f"S{n}", student(n, waiting_since="2026-05-01")) for n in range(3)]
    imports.import_profiles(
        session,
        office.actor,
        cycle_id=office.cycle.id,
        kind=ApplicationKind.STUDENT,
        rows=rows,
        at=AT,
    )
    for number, application in enumerate(session.exec(select(Application)).all()):
        application.public_id = f"{number:032x}"
    session.flush()
    # The digest that every database must come to; it changes with the form of a snapshot.
    assert _freeze(session, office).digest == _expected_digest()


def _expected_digest() -> str:
    return FrozenSnapshot(
        students=tuple(
            student(
                n, waiting_since="2026-05-01", arrive_on="2027-07-01", depart_on="2027-07-20"
            ).to_entry(f"{n:032x}", cleared=False)
            for n in range(3)
        ),
        hosts=(),
        student_columns=snapshots.STUDENT_COLUMNS
        - {"interests", "field", "lifestyle", "wishes", "ranked_hosts", "ranked_nations"},
        host_columns=snapshots.HOST_COLUMNS - {"languages", "interests", "field", "lifestyle"},
        pairs=snapshots.pairs_at_stake(snapshots.read_nation_pairs(), {"TR", "IL"}),
    ).digest


def test_only_approved_people_are_cleared(session: Session, office: Office) -> None:
    states = {}
    for number, state in enumerate(set(ApplicationState) - {ApplicationState.WAITING}):
        application = sign_up(session, office, student(number))
        if state is ApplicationState.WITHDRAWN:
            screening.withdraw(session, Actor(application_id=application.id), application, AT)
        elif state is not ApplicationState.SUBMITTED:
            screening.decide(
                session,
                office.actor,
                application,
                state=state,
                reason="Something is missing",
                expected_version=application.version,
                at=AT,
            )
        states[application.public_id] = state
    frozen = {states[entry.id]: entry.cleared for entry in _freeze(session, office).students}
    assert frozen == {
        ApplicationState.SUBMITTED: False,
        ApplicationState.RETURNED: False,
        ApplicationState.APPROVED: True,
    }


def test_ids_of_a_file_become_those_of_the_cycle(session: Session, office: Office) -> None:
    for kind, row in (
        (ApplicationKind.HOST, ImportRow("H1", host(1, never=["S1"]))),
        (ApplicationKind.HOST, ImportRow("H2", host(2))),
        (
            ApplicationKind.STUDENT,
            ImportRow("S1", student(1, ranked_hosts=["H2", "H9", "H1"], never=["H1"])),
        ),
        (
            ApplicationKind.STUDENT,
            ImportRow("S2", student(2, keep_with=["S1"], keep_apart=["nobody"])),
        ),
    ):
        imports.import_profiles(
            session, office.actor, cycle_id=office.cycle.id, kind=kind, rows=[row], at=AT
        )
    of = {one.external_id: one.public_id for one in session.exec(select(Application))}
    frozen = _freeze(session, office)
    students = {entry.id: entry for entry in frozen.students}
    hosts = {entry.id: entry for entry in frozen.hosts}
    assert students[of["S1"]].ranked_hosts == (of["H2"], of["H1"])
    assert students[of["S1"]].never == (of["H1"],)
    assert students[of["S2"]].keep_with == (of["S1"],)
    assert students[of["S2"]].keep_apart == ()
    assert hosts[of["H1"]].never == (of["S1"],)


def test_columns_of_fit_that_nobody_filled_in_are_left_out(
    session: Session, office: Office
) -> None:
    sign_up(session, office, student(languages=[]))
    sign_up(session, office, host())
    frozen = _freeze(session, office)
    assert "languages" not in frozen.student_columns
    assert "languages" in frozen.host_columns
    safety = {"needs", "age", "gender", "host_gender", "never", "cleared"}
    assert safety <= frozen.student_columns
    assert {"offers", "genders_accepted", "never", "cleared"} <= frozen.host_columns


def test_snapshot_of_another_programme_is_not_found(session: Session, office: Office) -> None:
    stranger = make_office(session, "Strangers").actor
    with pytest.raises(NotFound, match="nothing at this address"):
        snapshots.take_snapshot(session, stranger, office.cycle.id, AT)


def test_snapshot_reads_so_many_statements_whatever_the_size(engine: sa.Engine) -> None:
    counts = []
    for size in (1, 6):
        with open_session(engine) as session:
            office = make_office(session, f"Size{size}")
            for number in range(size):
                approve(
                    session, office, sign_up(session, office, student(number), f"s{size}{number}")
                )
                approve(session, office, sign_up(session, office, host(number), f"h{size}{number}"))
            session.commit()
            seen: list[str] = []
            listener = lambda *args, seen=seen: seen.append(args[2])  # noqa: E731
            sa.event.listen(engine, "before_cursor_execute", listener)
            snapshots.freeze(session, office.cycle, AT)
            sa.event.remove(engine, "before_cursor_execute", listener)
            counts.append(len([one for one in seen if one.startswith("SELECT")]))
    assert counts == [7, 7]
