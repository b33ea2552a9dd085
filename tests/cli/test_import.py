"""`exchange import`: all or nothing, every fault with line and column, the same file again."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlmodel import Session, col, select

from exchange.cli.root import root
from exchange.domain.cycle import ApplicationState
from exchange.records import Application, Student
from exchange.services import screening
from exchange.services.actor import SYSTEM
from tests.services.people import AT, make_office

STUDENTS = "student_id,nationality,given_name,age\nA1,NA,Siân,17\nA2,FR,=1+1,18\n"


class Desk:
    """A cycle, and the command on a file of students for it."""

    def __init__(self, session: Session, folder: Path) -> None:
        self.session = session
        self.file = folder / "people.csv"
        self.cycle = make_office(session).cycle.public_id
        session.commit()

    def run(self, text: str, *options: str, kind: str = "students") -> Result:
        self.file.write_text(text, encoding="utf-8")
        arguments = ["import", kind, str(self.file), "--cycle", self.cycle, *options]
        result = CliRunner().invoke(root, arguments)
        self.session.rollback()
        self.session.expire_all()
        return result

    def ids(self) -> list[str | None]:
        query = select(Application.external_id).order_by(col(Application.external_id))
        found = list(self.session.exec(query))
        # A session that has looked holds the database; the next command needs it.
        self.session.rollback()
        return found


@pytest.fixture
def desk(
    session: Session, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.setenv("EXCHANGE_DATABASE_URL", database_url)
    monkeypatch.setenv("EXCHANGE_INSTANCE_DIR", str(tmp_path / "instance"))
    return Desk(session, tmp_path)


def test_file_without_fault_is_imported_whole(desk: Desk) -> None:
    result = desk.run(STUDENTS)
    assert result.exit_code == 0, result.output
    assert "2 rows: 2 were created, 0 changed, 0 are unchanged." in result.stdout
    assert desk.ids() == ["A1", "A2"]
    names = desk.session.exec(select(Student.given_name).order_by(col(Student.given_name)))
    assert list(names) == ["=1+1", "Siân"]


def test_same_file_in_another_order_changes_nothing(desk: Desk) -> None:
    desk.run(STUDENTS)
    header, *rows = STUDENTS.splitlines()
    result = desk.run("\n".join([header, *reversed(rows)]), "--json")
    assert json.loads(result.stdout) == {
        "rows": 2,
        "created": 0,
        "changed": 0,
        "unchanged": 2,
        "refused": [],
        "settled": [],
        "columns": {one: one for one in header.split(",")},
        "ignored": [],
        "dry_run": False,
    }


def test_dry_run_counts_the_same_and_writes_nothing(desk: Desk) -> None:
    dry = json.loads(desk.run(STUDENTS, "--dry-run", "--json").stdout)
    assert desk.ids() == []
    real = json.loads(desk.run(STUDENTS, "--json").stdout)
    assert dry | {"dry_run": False} == real
    assert desk.ids() == ["A1", "A2"]


def test_one_bad_row_stops_the_import_of_all(desk: Desk) -> None:
    result = desk.run(STUDENTS + "A3,XX,Bo,two\nA1,DE,Al,17\n")
    assert (result.exit_code, result.stdout) == (2, "")
    repeated = "column student_id, 'A1': Several rows have this id; give each its own."
    assert result.stderr.splitlines() == [
        f"people.csv, line 2, {repeated}",
        "people.csv, line 4, column age, 'two': Use a whole number, written in the digits 0 to 9.",
        "people.csv, line 4, column nationality, 'XX': Use the two-letter code of a nation"
        " (ISO 3166-1), such as FR.",
        f"people.csv, line 5, {repeated}",
        "3 of 4 rows have faults; nothing was imported.",
    ]
    assert desk.ids() == []


def test_row_that_was_decided_keeps_its_answers(desk: Desk) -> None:
    desk.run("student_id,nationality,age\nA1,NA,30\nA2,FR,30\n")
    decided = desk.session.exec(select(Application).where(Application.external_id == "A1")).one()
    screening.decide(
        desk.session,
        SYSTEM,
        decided,
        state=ApplicationState.DECLINED,
        reason="No place",
        expected_version=decided.version,
        at=AT,
    )
    desk.session.commit()
    result = desk.run("student_id,nationality,age\nA1,DE,30\nA2,DE,30\n")
    assert result.exit_code == 0, result.output
    assert "0 were created, 1 changed, 0 are unchanged" in result.stdout
    assert "A1: decided already, so it keeps its answers." in result.stdout


def test_hosts_are_imported_through_a_map(desk: Desk, tmp_path: Path) -> None:
    places = tmp_path / "map.toml"
    places.write_text("id_from_line = true\n[columns]\ncapacity='beds'\n[defaults]\nnation='NA'\n")
    result = desk.run("beds,colour\n2,red\n1,blue\n", "--map", str(places), kind="hosts")
    assert result.exit_code == 0, result.output
    assert "Columns that mean nothing here: colour." in result.stdout
    assert desk.ids() == ["L2", "L3"]


def test_cycle_that_is_not_there_is_refused(desk: Desk) -> None:
    desk.cycle = "0" * 32
    result = desk.run(STUDENTS)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1


def test_form_of_a_file_is_checked_before_the_database_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXCHANGE_DATABASE_URL", "sqlite:////nowhere/at/all.sqlite")
    file = tmp_path / "people.csv"
    file.write_text("student_id,student_id\nA1,\n")
    arguments = ["import", "students", str(file), "--cycle", "x", "--dry-run", "--json"]
    result = CliRunner().invoke(root, arguments)
    assert result.exit_code == 2
    refusal = json.loads(result.stderr)
    assert (refusal["error"], refusal["facts"]["reason"]) == ("file", "header_repeated")


def test_faults_beyond_the_hundredth_are_counted(desk: Desk) -> None:
    rows = "".join(f"A{n},XX\n" for n in range(250))
    told = desk.run(f"student_id,nationality\n{rows}").stderr.splitlines()
    assert len(told) == 102
    assert told[-2:] == ["… and 150 more.", "250 of 250 rows have faults; nothing was imported."]
    document = json.loads(desk.run(f"student_id,nationality\n{rows}", "--json").stderr)
    assert (document["total"], len(document["faults"])) == (250, 250)


def test_headers_in_another_language_are_understood_and_told(desk: Desk) -> None:
    result = desk.run("Nº,Nombre,Nacionalidad,Notas\nA1,Ana,ES,x\n")
    assert result.exit_code == 0, result.output
    assert "Columns were understood as: " in result.stdout
    assert "Nombre → given_name" in result.stdout
    assert "Columns that mean nothing here: Notas." in result.stdout


def test_map_is_kept_for_the_next_file_with_the_same_headers(desk: Desk, tmp_path: Path) -> None:
    places = tmp_path / "map.toml"
    places.write_text("[columns]\nstudent_id='Kennung'\nnationality='Pass'\nschool='Ort'\n")
    assert desk.run("Kennung,Pass,Ort\nA1,DE,Ulm\n", "--map", str(places)).exit_code == 0
    again = desk.run("Ort,Kennung,Pass\nUlm,A1,DE\n")
    assert again.exit_code == 0, again.output
    assert "0 changed, 1 are unchanged" in again.stdout
    # Other headers are another file.
    assert desk.run("Kennung,Pass\nA1,DE\n").exit_code == 2


def test_map_of_a_trial_is_not_kept(desk: Desk, tmp_path: Path) -> None:
    places = tmp_path / "map.toml"
    places.write_text("[columns]\nstudent_id='Kennung'\nnationality='Pass'\n")
    desk.run("Kennung,Pass\nA1,DE\n", "--map", str(places), "--dry-run")
    assert desk.run("Kennung,Pass\nA1,DE\n").exit_code == 2
