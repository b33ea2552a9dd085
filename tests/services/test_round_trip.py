"""What was exported is imported again: nothing changes, whoever the file was for."""

import csv
import io
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlmodel import Session, select

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.exports.csv_file import csv_bytes
from exchange.exports.hosts import hosts_table
from exchange.intake.dialect import read_table
from exchange.intake.header_words import guess_map
from exchange.intake.mapping import ColumnMap
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.records import Application, HouseholdMember, Student
from exchange.services import exports, import_files
from exchange.services.import_files import (
    Verdict,
    import_sheet,
    prepare_sheet,
    read_file_rows,
    verdict_of,
)
from exchange.services.import_plan import known_applications
from tests.services.people import (
    AT,
    Office,
    approve,
    guardians_agree,
    host,
    make_office,
    sign_up,
    student,
)

PAYLOADS = (
    "=1+1",
    "+33 1 23",
    "-5",
    "@x",
    "'=1",
    "''",
    "'s Hage",
    "＝1",
    "a; =1",
    'a "b"',
    "O'Brien",
)
KINDS = {"participants": ApplicationKind.STUDENT, "hosts": ApplicationKind.HOST}


@pytest.fixture
def office(session: Session) -> Office:
    return make_office(session)


def take(
    session: Session,
    office: Office,
    data: bytes,
    *,
    kind: ApplicationKind = ApplicationKind.STUDENT,
    mapping: ColumnMap | None = None,
    dry_run: bool = False,
) -> Verdict:
    table = read_table(data, name="file")
    mapping = mapping or guess_map(table.header, import_files.layout_of(kind))
    sheet = read_file_rows(table, name="file", kind=kind, mapping=mapping)
    prepared = prepare_sheet(
        session, office.actor, cycle=office.cycle, kind=kind, sheet=sheet, at=AT
    )
    if dry_run:
        verdict, _faults = verdict_of(sheet, prepared.outcome)
    else:
        verdict, _faults = import_sheet(session, office.actor, sheet, prepared)
    return verdict


def export(session: Session, office: Office, what: str, for_: str) -> bytes:
    table = exports.export_table(session, office.actor, what, cycle_id=office.cycle.id, at=AT)
    return csv_bytes(table, for_=for_)


def saved_again(data: bytes) -> bytes:
    """What some spreadsheets make of it: no mark, other separators, other line ends."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def fill(session: Session, office: Office) -> int:
    """Sign up people of every kind; return how many of each."""
    for number, text in enumerate(PAYLOADS):
        # A name has a letter in it.
        name = text if any(sign.isalpha() for sign in text) else f"{text}A"
        minor = {"guardian_name": name, "guardian_email": "g@example.org"}
        answers: dict[str, Any] = {"birth_on": "2011-02-28", **minor} if number % 3 else {}
        one = student(
            number,
            given_name=name,
            home_city=text,
            school=f"two, {text}",
            gender="female",
            languages=["he:native", "zh-Hans:B1", "fr:C1"],
            nationalities=["IL", "FR"],
            interests=["chess", "music"],
            needs=["no_pets", "diet:halal"],
            wishes=["quiet_home"] if number > 99 else [],
            host_gender=["female", "male"],
            field="05",
            lifestyle="quiet",
            arrive_on="2027-07-02",
            letter="Kept\nas it is",
            emergency_contact="Ann\n+33 1 23 45",
            ranked_hosts=["H1"],
            ranked_nations=["DE", "NA"],
            open_to=[None, [], ["pets", "children"]][number % 3],
            partner="Agency",
            waiting_since="2026-01-01",
            **answers,
        )
        sign_up(session, office, one, f"s{number}")
        home = host(
            number,
            name=text,
            phone="+33 1 23 45" if number % 2 else text,
            address=f"{text}\n2nd, {text}; {text}",
            city=text,
            group=text,
            adults=number % 3 or None,
            children=number % 2 or None,
            offers=["pets", "diet:halal"],
            min_age=14,
            max_age=19,
            available_from="2027-06-01",
            about="Kept\nas it is",
            motivation=text,
            house_rules="Quiet\nafter ten",
            child_ages=[4, 11] if number % 2 else [],
            guest_rooms=2,
            guest_beds=number % 3,
            **{
                f"reference_{which}_{what}": f"ann{which}@example.org"
                if what == "email"
                else f"{which}"
                for which in (1, 2)
                for what in ("name", "email", "phone", "relation")
                if which == 1 or number % 2
            },
            members=[{"birth_on": "1980-01-01"}] if number % 4 == 0 else [],
        )
        sign_up(session, office, home, f"h{number}")
    return len(PAYLOADS)


@pytest.mark.parametrize("what", KINDS)
def test_export_changes_nothing_when_it_is_imported(
    session: Session, office: Office, what: str
) -> None:
    count = fill(session, office)
    for for_ in ("programs", "spreadsheets"):
        data = export(session, office, what, for_)
        for file in (data, saved_again(data)):
            verdict = take(session, office, file, kind=KINDS[what])
            assert verdict.faults == ()
            assert (verdict.rows, verdict.unchanged) == (count, count), for_


def test_export_of_what_came_from_a_file_changes_nothing(session: Session, office: Office) -> None:
    text = b"student_id,nationality,given_name,letter\nA1,FR,'=1,x\nA2,NA,=1,y\n"
    assert take(session, office, text).created == 2
    for for_ in ("programs", "spreadsheets"):
        data = export(session, office, "participants", for_)
        assert take(session, office, data).unchanged == 2
    assert take(session, office, text).unchanged == 2


def test_correction_in_an_export_changes_that_answer_alone(
    session: Session, office: Office
) -> None:
    sign_up(session, office, student(1, school="Old school", letter="Dear host"))
    data = export(session, office, "participants", "spreadsheets")
    verdict = take(session, office, data.replace(b"Old school", b"New school"))
    assert (verdict.changed, [one["columns"] for one in verdict.changes]) == (1, [["school"]])
    found = session.exec(select(Student)).one()
    assert (found.school, found.letter) == ("New school", "Dear host")


def test_export_of_one_cycle_is_new_in_another_and_only_once(
    session: Session, office: Office
) -> None:
    sign_up(session, office, student(1))
    data = export(session, office, "participants", "programs")
    other = make_office(session, "Others")
    assert take(session, other, data).created == 1
    assert take(session, other, data).unchanged == 1


@pytest.mark.parametrize("what", KINDS)
def test_export_carries_every_answer_into_another_cycle(
    session: Session, office: Office, what: str
) -> None:
    fill(session, office)
    other = make_office(session, "Others")
    take(session, other, export(session, office, what, "spreadsheets"), kind=KINDS[what])
    assert answers(session, other, KINDS[what]) == answers(session, office, KINDS[what])


def answers(session: Session, office: Office, kind: ApplicationKind) -> list[dict[str, Any]]:
    """Return all that the profiles of a cycle say; a household's members are in no file."""
    known = known_applications(session, office.cycle.id, kind)
    profiles = {one.application.id: one.profile for one in known.values()}
    told = [one.model_dump(exclude={"members"}) for one in profiles.values()]
    return sorted(told, key=lambda one: str(one["email"]))


def test_members_of_a_household_stay_when_the_file_lists_none(
    session: Session, office: Office
) -> None:
    sign_up(session, office, host(1, members=[{"birth_on": "1980-01-01"}]))
    data = export(session, office, "hosts", "programs").replace(b"host1@", b"new@")
    assert take(session, office, data, kind=ApplicationKind.HOST).changed == 1
    assert len(session.exec(select(HouseholdMember)).all()) == 1


def test_decided_and_agreed_states_are_nothing_a_file_can_change(
    session: Session, office: Office
) -> None:
    minor = student(1, birth_on="2011-02-28", guardian_name="Ann", guardian_email="ann@example.org")
    application = sign_up(session, office, minor)
    data = export(session, office, "participants", "programs")
    for old, new in ((b",waiting,", b",approved,"), (b",no\n", b",yes\n")):
        assert old in data
        verdict = take(session, office, data.replace(old, new))
        assert (verdict.unchanged, verdict.changed) == (1, 0)
        assert {"reference", "state", "guardian_agreed"} <= set(verdict.ignored)
    session.refresh(application)
    assert application.state is ApplicationState.WAITING
    assert not application.guardian_agreed


def test_guardian_who_has_agreed_is_not_replaced(session: Session, office: Office) -> None:
    minor = student(1, birth_on="2011-02-28", guardian_name="Ann", guardian_email="ann@example.org")
    application = sign_up(session, office, minor)
    data = export(session, office, "participants", "programs").replace(b"Ann", b"Bob")
    assert take(session, office, data, dry_run=True).changed == 1
    guardians_agree(session, application)
    verdict = take(session, office, data)
    assert (verdict.changed, verdict.settled) == (0, (application.public_id,))
    assert session.exec(select(Student.guardian_name)).one() == "Ann"
    # Anything else may still be corrected.
    data = export(session, office, "participants", "programs").replace(b"Number 1", b"Number 2")
    assert take(session, office, data).changed == 1


def test_file_that_tells_no_age_does_not_make_a_minor_grow_up(
    session: Session, office: Office
) -> None:
    text = b"student_id,nationality,birth_date\nA1,FR,%s\n"
    take(session, office, text % b"2011-02-28")
    assert take(session, office, text % b"").changed == 1
    application = session.exec(select(Application)).one()
    assert application.needs_guardian
    assert take(session, office, text % b"2001-02-28").changed == 1
    session.refresh(application)
    assert not application.needs_guardian


def test_two_rows_about_one_person_are_a_fault_of_both(session: Session, office: Office) -> None:
    take(session, office, b"student_id,nationality\nA1,FR\n")
    public_id = session.exec(select(Application.public_id)).one().encode()
    verdict = take(session, office, b"student_id,nationality\nA2,FR\nA1,NA\n%s,DE\n" % public_id)
    assert [(one["line"], one["reason"]) for one in verdict.faults] == [
        (3, "Another row is about the same person"),
        (4, "Another row is about the same person"),
    ]
    assert len(session.exec(select(Application)).all()) == 1


def test_decided_rows_are_told_and_the_others_taken(session: Session, office: Office) -> None:
    take(session, office, b"student_id,nationality,age\nA1,FR,30\nA2,FR,30\n")
    decided = session.exec(select(Application).where(Application.external_id == "A1")).one()
    approve(session, office, decided)
    verdict = take(session, office, b"student_id,nationality\nA1,NA\nA2,NA\n")
    assert (verdict.changed, verdict.refused) == (1, ("A1",))


TEXTS = st.text(
    st.sampled_from("='+-@;,\t\n|%\"＝ aéא") | st.characters(exclude_categories=["C"]), max_size=12
)


@given(texts=st.lists(st.tuples(TEXTS, TEXTS), max_size=4))
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_comes_back_from_a_file_for_spreadsheets(texts: list[tuple[str, str]]) -> None:
    profiles = []
    for name, address in texts:
        try:
            values = {"nation": "FR", "capacity": 1, "name": name, "address": address}
            profiles.append(HostProfile.model_validate(values))
        except ValidationError:
            continue
    rows = [
        {"host_id": f"H{n}", **one.model_dump(include={"nation", "capacity", "name", "address"})}
        for n, one in enumerate(profiles)
    ]
    data = csv_bytes(hosts_table(rows), for_="spreadsheets")
    sheet = import_files.read_rows(
        read_table(data, name="f"),
        name="f",
        layout=import_files.layout_of(ApplicationKind.HOST),
        mapping=ColumnMap(),
    )
    assert sheet.faults == ()
    back = [(row.profile.name, row.profile.address) for row in sheet.rows]
    assert back == [(one.name, one.address) for one in profiles]


def test_profiles_have_no_answer_that_a_file_could_take_for_a_state() -> None:
    states = {"state", "reference", "guardian_agreed", "needs_guardian", "cleared"}
    for profile in (StudentProfile, HostProfile):
        assert not states & set(profile.model_fields)
