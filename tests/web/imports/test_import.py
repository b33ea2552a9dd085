"""The import page: file, columns, check, all or nothing."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import col, select

from exchange.clock import now
from exchange.config import Settings
from exchange.domain.cycle import ApplicationKind
from exchange.intake.mapping import ColumnMap
from exchange.jobs import upload_sweeper
from exchange.records import Application, Cycle, ImportUpload, Student
from exchange.records.session import open_session
from exchange.services import import_maps
from tests.web.conftest import Enter
from tests.web.imports.files import (
    HOSTS,
    STUDENTS,
    changes,
    check_file,
    counts,
    import_file,
    send_file,
    told,
)
from tests.web.visitor import Visitor
from tests.web.world import World


@pytest.fixture
def coordinator(enter: Enter, world: World) -> Visitor:
    return enter(account_id=world.accounts["coordinator"])


def ids(engine: sa.Engine, cycle: str) -> list[str | None]:
    with open_session(engine, writes=False) as session:
        query = (
            select(Application.external_id)
            .join(Cycle, col(Cycle.id) == col(Application.cycle_id))
            .where(Cycle.public_id == cycle, col(Application.external_id).is_not(None))
            .order_by(col(Application.external_id))
        )
        return list(session.exec(query))


def uploads(engine: sa.Engine) -> list[ImportUpload]:
    """All but those that the world came with."""
    with open_session(engine, writes=False) as session:
        query = select(ImportUpload).order_by(col(ImportUpload.id))
        return [one for one in session.exec(query) if "family_name" not in one.header]


def test_file_is_imported_whole(coordinator: Visitor, world: World, engine: sa.Engine) -> None:
    page = check_file(coordinator, world.own.cycle, STUDENTS)
    assert page.heading == "This is what the file would change"
    assert counts(page) == ("2", "0", "0")
    assert ids(engine, world.own.cycle) == []
    page = coordinator.send()
    assert page.heading == "The file is imported"
    assert counts(page) == ("2", "0", "0")
    assert ids(engine, world.own.cycle) == ["A1", "A2"]
    with open_session(engine, writes=False) as session:
        names = session.exec(select(Student.given_name).where(col(Student.given_name) == "=1+1"))
        assert list(names) == ["=1+1"]


@pytest.mark.parametrize(("kind", "text"), [("student", STUDENTS), ("host", HOSTS)])
def test_same_rows_in_another_order_change_nothing(
    coordinator: Visitor, world: World, kind: str, text: str
) -> None:
    import_file(coordinator, world.own.cycle, text, kind=kind)
    header, *rows = text.splitlines()
    page = check_file(coordinator, world.own.cycle, "\n".join([header, *rows[::-1]]), kind=kind)
    assert counts(page) == ("0", "0", "2")
    assert "Everything in this file is here already." in page.text
    assert "Import" not in [button.text() for button in page.tree.all("button")]


def test_every_fault_is_told_at_its_line_and_column(
    coordinator: Visitor, world: World, engine: sa.Engine
) -> None:
    page = check_file(coordinator, world.own.cycle, STUDENTS + "A3,XX,Bo,two\nA1,DE,Al,17\n")
    assert page.heading == "The file cannot be imported yet"
    repeated = "Several rows have this id; give each its own"
    assert told(page) == [
        ["2", "student_id", "A1", repeated],
        ["4", "age", "two", "Use a whole number, written in the digits 0 to 9"],
        ["4", "nationality", "XX", "Use the two-letter code of a nation (ISO 3166-1), such as FR"],
        ["5", "student_id", "A1", repeated],
    ]
    assert "4 things are wrong. Nothing was imported." in page.text
    assert ids(engine, world.own.cycle) == []


def test_faults_are_told_in_the_language_of_the_page_each_time(
    coordinator: Visitor, world: World
) -> None:
    page = check_file(coordinator, world.own.cycle, STUDENTS + "A3,FR,Bo,121\nA4,FR\n")
    assert [line[-1] for line in told(page)] == [
        "Use a number that is at most 120",
        "This row has 2 cells, the header has 4",
    ]
    page = coordinator.get(f"{page.path}?lang=ru")
    assert "Укажите число не больше 120" in page.text
    assert "Ячеек в этой строке: 2, в заголовке: 4" in page.text


def test_hundred_faults_are_listed_and_all_are_counted(coordinator: Visitor, world: World) -> None:
    rows = "".join(f"A{n},XX\n" for n in range(250))
    page = check_file(coordinator, world.own.cycle, f"student_id,nationality\n{rows}")
    assert len(told(page)) == 100
    assert "250 things are wrong." in page.text
    assert "The first 100 are listed; rows with faults: 250 of 250." in page.text


def test_file_with_faults_cannot_be_forced(
    coordinator: Visitor, world: World, engine: sa.Engine
) -> None:
    page = check_file(coordinator, world.own.cycle, "student_id,nationality\nA1,FR\nA2,XX\n")
    page = coordinator.post(page.path)
    assert page.heading == "The file cannot be imported yet"
    assert ids(engine, world.own.cycle) == []


def test_columns_are_guessed_shown_with_samples_and_corrected(
    coordinator: Visitor, world: World, engine: sa.Engine
) -> None:
    text = "Nº;Nombre;Notas;Nacionalidad;Pueblo\nA1;Ana;x;ES;León\nA2;Eva;;FR;\n"
    page = send_file(coordinator, world.own.cycle, text)
    assert dict(page.values()) | {"csrf_token": ""} == {
        "csrf_token": "",
        "column_0": "student_id",
        "column_1": "given_name",
        "column_2": "",
        "column_3": "nationality",
        "column_4": "",
    }
    assert "For example: Ana · Eva" in page.text
    page = coordinator.send({"column_4": "home_city"})
    assert counts(page) == ("2", "0", "0")
    assert "Columns that are left out: Notas" in page.text
    coordinator.send()
    with open_session(engine, writes=False) as session:
        towns = session.exec(select(Student.home_city).where(Student.given_name == "Ana"))
        assert list(towns) == ["León"]
    # The next file with these headers, in any order, is read the same.
    page = send_file(
        coordinator, world.own.cycle, "Pueblo,Nº,Nombre,Notas,Nacionalidad\nLeón,A1,Ana,,ES\n"
    )
    assert page.values()["column_0"] == "home_city"
    assert counts(coordinator.send()) == ("0", "0", "1")


def test_map_of_the_command_is_shown_as_what_it_means(
    coordinator: Visitor, world: World, engine: sa.Engine
) -> None:
    header = ("Pass", "student_id", "nationality")
    with open_session(engine) as session:
        import_maps.keep_map(
            session,
            ColumnMap(columns={"nationality": "Pass"}, values={"nationality": {"D": "DE"}}),
            programme_id=world.own.programme_id,
            kind=ApplicationKind.STUDENT,
            header=header,
            at=now(),
        )
        session.commit()
    page = send_file(coordinator, world.own.cycle, f"{','.join(header)}\nD,A1,x\n")
    values = [page.values()[f"column_{place}"] for place in range(3)]
    assert values == ["nationality", "student_id", ""]
    # What the map says about values still holds.
    assert counts(coordinator.send()) == ("1", "0", "0")


def test_column_that_is_left_out_is_not_read_though_it_has_our_name(
    coordinator: Visitor, world: World
) -> None:
    text = "student_id,nationality,age\nA1,FR,old\n"
    send_file(coordinator, world.own.cycle, text)
    assert counts(coordinator.send({"column_2": ""})) == ("1", "0", "0")


def test_wrong_choices_are_all_told_at_once_and_kept(coordinator: Visitor, world: World) -> None:
    send_file(coordinator, world.own.cycle, "student_id,nationality,a,b\nA1,FR,x,y\n")
    changes = {"column_0": "", "column_1": "", "column_2": "school", "column_3": "school"}
    page = coordinator.send(changes)
    assert page.status == 422
    twice = "Several columns are chosen as “School”. Keep one of them."
    assert page.faults == [
        "Choose which column is “Id of the student”.",
        "Choose which column is “Nationalities”.",
        twice,
        twice,
    ]
    assert {name: page.values()[name] for name in changes} == changes
    assert coordinator.send({"column_0": "sex"}).status == 422


def test_page_without_a_file_or_kind_says_what_to_do(coordinator: Visitor, world: World) -> None:
    page = coordinator.post(f"/cycles/{world.own.cycle}/imports/new", {})
    assert page.status == 422
    assert page.faults == ["Choose who is in the file", "Choose a file"]


def test_file_from_another_page_is_refused(coordinator: Visitor, world: World) -> None:
    path = f"/cycles/{world.own.cycle}/imports/new"
    assert coordinator.post(path, {"kind": "student"}, token=False).status == 403


def test_import_pressed_twice_imports_once(
    coordinator: Visitor, world: World, engine: sa.Engine
) -> None:
    path = check_file(coordinator, world.own.cycle, STUDENTS).path
    coordinator.post(path)
    page = coordinator.post(path)
    assert page.heading == "The file is imported"
    assert counts(page) == ("2", "0", "0")
    assert ids(engine, world.own.cycle) == ["A1", "A2"]


def test_content_is_gone_once_it_is_imported(
    coordinator: Visitor, world: World, engine: sa.Engine
) -> None:
    page = import_file(coordinator, world.own.cycle, STUDENTS)
    assert [(one.content, one.samples) for one in uploads(engine)] == [(None, [])]
    assert coordinator.get(f"{page.path}/columns").heading == "The file is imported"
    assert coordinator.post(f"{page.path}/columns").heading == "The file is imported"


def test_file_is_forgotten_when_asked(
    coordinator: Visitor, world: World, engine: sa.Engine
) -> None:
    page = check_file(coordinator, world.own.cycle, STUDENTS)
    assert coordinator.post(f"{page.path}/discard").heading == "Canary-Own cycle"
    assert uploads(engine) == []
    assert coordinator.get(page.path).status == 404


def test_account_keeps_five_files_at_most(
    coordinator: Visitor, world: World, engine: sa.Engine
) -> None:
    paths = [send_file(coordinator, world.own.cycle, STUDENTS).path for _ in range(7)]
    assert len(uploads(engine)) == 5
    assert [coordinator.get(path).status for path in paths] == [404] * 2 + [200] * 5


def test_expired_file_is_seen_by_nobody_and_swept(
    coordinator: Visitor, world: World, engine: sa.Engine, settings: Settings
) -> None:
    old = check_file(coordinator, world.own.cycle, STUDENTS)
    fresh = check_file(coordinator, world.own.cycle, STUDENTS)
    assert upload_sweeper.sweep_uploads(settings) == 0
    with open_session(engine) as session:
        one = session.exec(
            select(ImportUpload).where(ImportUpload.public_id == old.path.split("/")[-1])
        ).one()
        one.expires_at -= timedelta(days=1, seconds=1)
        session.commit()
    assert coordinator.get(old.path).status == 404
    assert upload_sweeper.sweep_uploads(settings) == 1
    assert [one.public_id for one in uploads(engine)] == [fresh.path.split("/")[-1]]


@pytest.mark.parametrize("who", ["administrator", "coordinator elsewhere", "reviewer"])
def test_file_is_seen_by_its_sender_only(
    coordinator: Visitor, enter: Enter, world: World, who: str
) -> None:
    page = check_file(coordinator, world.own.cycle, STUDENTS)
    assert coordinator.get(page.path).status == 200
    other = enter(account_id=world.accounts[who])
    assert other.get(page.path).status == (403 if who == "reviewer" else 404)


def test_file_that_no_longer_fits_what_is_stored_imports_nothing(
    coordinator: Visitor, world: World, engine: sa.Engine
) -> None:
    first = "student_id,nationality,arrive_on,depart_on\nA1,FR,2027-06-01,2027-06-20\n"
    import_file(coordinator, world.own.cycle, first)
    page = check_file(
        coordinator, world.own.cycle, "student_id,nationality,arrive_on\nA1,FR,2027-06-10\nA2,FR,\n"
    )
    assert counts(page) == ("1", "1", "0")
    path = page.path
    shorter = first.replace("2027-06-20", "2027-06-05")
    import_file(coordinator, world.own.cycle, shorter)
    page = coordinator.post(path)
    assert page.heading == "The file cannot be imported yet"
    assert told(page) == [
        ["2", "arrive_on", "", "The day of departure is before the day of arrival"]
    ]
    assert ids(engine, world.own.cycle) == ["A1"]


def test_what_would_change_is_listed_by_line_and_column(coordinator: Visitor, world: World) -> None:
    import_file(coordinator, world.own.cycle, "student_id,nationality,school\nA1,FR,x\nA2,FR,x\n")
    page = check_file(
        coordinator, world.own.cycle, "Escuela,student_id,nationality\nx,A1,FR\ny,A2,NA\n"
    )
    assert counts(page) == ("0", "1", "1")
    assert changes(page) == [["3", "A2", "nationality , Escuela"]]


def test_cycle_links_to_the_import_for_those_who_may(enter: Enter, world: World) -> None:
    def links(who: str) -> set[str]:
        page = enter(account_id=world.accounts[who]).get(f"/cycles/{world.own.cycle}")
        return {link.attrs["href"] for link in page.tree.all("a")}

    path = f"/cycles/{world.own.cycle}/imports/new"
    assert path in links("coordinator")
    assert path not in links("reviewer")


def test_nothing_of_a_file_stands_in_the_cookie_or_the_address(
    app: Flask, coordinator: Visitor, world: World
) -> None:
    page: Any = check_file(coordinator, world.own.cycle, STUDENTS)
    assert page.path.removeprefix("/imports/").isalnum()
    assert "Set-Cookie" not in page.response.headers
