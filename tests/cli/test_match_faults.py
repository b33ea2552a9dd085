"""`exchange match` on what it cannot use: what it says, what it writes, how it exits."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from exchange.cli.root import root
from tests.cli.desk import HOSTS, STUDENTS, Desk


def test_rows_with_faults_are_rejected_and_the_rest_is_matched(desk: Desk) -> None:
    students = 'student_id,nationality\n"S1",NA\nS2,!#\nS3\nS4,DE\nS4,DE\nS5,FR\n'
    hosts = (
        "host_id,nation,capacity\nH1,FR,-1\nH2,FR,1"
        + "0" * 30
        + "\nH3,FR,two\nH4,&*,1\nH5,GR,3\nH6,FR,1,\n"
    )
    result = desk.match(students, hosts)
    assert result.exit_code == 0, result.output
    assert [
        (row["file"], row["line"], row["column"], row["value"]) for row in desk.rows("rejected.csv")
    ] == [
        ("students.csv", "3", "nationality", "!#"),
        ("students.csv", "4", "", ""),
        ("students.csv", "5", "student_id", "S4"),
        ("students.csv", "6", "student_id", "S4"),
        ("hosts.csv", "2", "capacity", "-1"),
        ("hosts.csv", "3", "capacity", "1" + "0" * 30),
        ("hosts.csv", "4", "capacity", "two"),
        ("hosts.csv", "5", "nation", "&*"),
        ("hosts.csv", "7", "", ""),
    ]
    assert [row["student_id"] for row in desk.rows("placements.csv")] == ["S1", "S5"]
    assert desk.report()["rejected_rows"] == 9
    assert "9 rows were rejected (rejected.csv):" in result.stdout


def test_strict_stops_at_any_fault_and_lists_them_all(desk: Desk) -> None:
    result = desk.match("student_id,nationality\nS1,XX\nS2,\n", HOSTS, "--strict")
    assert result.exit_code == 2
    assert not desk.out.exists()
    assert result.stdout == ""
    assert "students.csv, line 2, column nationality, 'XX'" in result.stderr
    assert "students.csv, line 3, column nationality: Give at least one." in result.stderr


def test_strict_with_json_is_one_line_of_faults(desk: Desk) -> None:
    result = desk.match("student_id,nationality\nS1,XX\n", HOSTS, "--strict", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    document = json.loads(result.stderr)
    assert [(one["line"], one["column"], one["value"]) for one in document["faults"]] == [
        (2, "nationality", "XX")
    ]


@pytest.mark.parametrize(
    ("students", "message"),
    [
        (b"", "students.csv is empty"),
        (b"\x89PNG\r\n\x1a\n", "is a picture"),
        (STUDENTS.encode("utf-16"), "is in UTF-16"),
        (b"student_id,nationality\nS\xe9,FR\n", "line 2, byte 24"),
        (b"student_id,nationality,nationality\n", "stand in it twice: nationality"),
        (b"id,nationality\n", "lacks a column: student_id"),
        (b'student_id,nationality\nS1,"FR\nS2,DE\n', "badly quoted"),
        (b"student_id,nationality\nS1,\0\n", "NUL"),
    ],
)
def test_file_with_a_fault_writes_nothing(desk: Desk, students: bytes, message: str) -> None:
    result = desk.match(students)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert not desk.out.exists()
    assert "Traceback" not in result.stderr


def test_faults_of_both_files_are_told_at_once(desk: Desk) -> None:
    result = desk.match(b"", b"%PDF")
    assert result.exit_code == 2
    assert "students.csv is empty" in result.stderr
    assert "hosts.csv is a PDF" in result.stderr


def test_file_over_the_limit_is_refused(desk: Desk) -> None:
    result = desk.match(STUDENTS, HOSTS, "--max-mb", "0.00001")
    assert result.exit_code == 2
    assert "larger than 1e-05 MB" in result.stderr


def test_folder_that_cannot_be_made_is_a_refusal(desk: Desk) -> None:
    desk.write("file", "")
    desk.out = desk.folder / "file" / "out"
    result = desk.match()
    assert result.exit_code == 5
    assert "cannot be written" in result.stderr


def test_map_with_faults_is_refused(desk: Desk) -> None:
    name = desk.write("m.toml", "[columns]\nnation = 'Pays'\n")
    result = desk.match(STUDENTS, HOSTS, "--map-students", name)
    assert result.exit_code == 2
    assert "columns names nation, which is no column of ours" in result.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("inside_host_weight = 2", "inside_host_weight"),
        ("epsilonn = 1", "Unknown rule: epsilonn"),
        ("pins = [['S9','H1']]", "S9"),
    ],
)
def test_rules_that_cannot_be_followed_are_refused(desk: Desk, text: str, message: str) -> None:
    result = desk.match(STUDENTS, HOSTS, "--rules", desk.write("r.toml", text))
    assert result.exit_code == 2
    assert message in result.stderr
    assert not desk.out.exists()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--epsilon", "2"), "epsilon"),
        (("--epsilon", "nan"), "epsilon"),
        (("--epsilon", "x"), "--epsilon"),
        (("--seed", "-1"), "seed"),
        (("--gap", "-1"), "gap"),
        (("--time-limit", "-1"), "time_limit_s"),
        (("--nothing",), "--nothing"),
    ],
)
def test_option_without_meaning_is_refused(desk: Desk, options: tuple[str, ...], word: str) -> None:
    result = desk.match(STUDENTS, HOSTS, *options)
    assert result.exit_code == 2
    assert word in result.stderr
    assert not desk.out.exists()


def test_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    arguments = ["match", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "-o", str(tmp_path)]
    assert CliRunner().invoke(root, arguments).exit_code == 2
