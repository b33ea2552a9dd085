"""`exchange match`: two files in, an answer out; its files and its report."""

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from exchange.config import seeds_dir
from tests.cli.desk import HOSTS, STUDENTS, Desk

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"
DATA = Path(os.environ.get("EXCHANGE_DATA", BESIDE))
FILES = {
    "placements.csv",
    "unplaced.csv",
    "rejected.csv",
    "contacts.csv",
    "contacts.svg",
    "report.json",
}


def test_match_with_only_the_required_columns_places_everybody(desk: Desk) -> None:
    result = desk.match()
    assert result.exit_code == 0, result.output
    assert {path.name for path in desk.out.iterdir()} == FILES
    placements = desk.rows("placements.csv")
    assert [row["student_id"] for row in placements] == ["S1", "S2", "S3"]
    assert placements[0] == {
        "student_id": "S1",
        "host_id": "H1",
        "student_nation": "NA",
        "host_nation": "FR",
        "review": "no",
        "quality": "0.5",
        "only_contact_of_pair": "no",
    }
    assert [(row["nation_a"], row["nation_b"]) for row in desk.rows("contacts.csv")] == [
        ("DE", "NA"),
        ("FR", "NA"),
    ]
    assert list(desk.rows("contacts.csv")[0]) == [
        "nation_a",
        "nation_b",
        "placements",
        "weight",
        "tension_tier",
    ]
    assert "3 students placed, which is the most" in result.stdout
    assert "Not checked here: screening, consent, age rules." in result.stdout
    assert result.stderr == ""


def test_report_holds_every_number_of_the_contract(desk: Desk) -> None:
    assert desk.match(STUDENTS, HOSTS, "--seed", "5", "--epsilon", "0").exit_code == 0
    report = desk.report()
    names = (
        "students hosts places M M_bound S_found S_bound S_floor S D D_bound gap Q Q_bound fit_gap"
        " hill tier4 reciprocity status seed epsilon digest version seconds"
    )
    assert set(names.split()) <= set(report)
    assert list(report["hill"]) == ["0", "0.5", "1", "2"]
    assert list(report["seconds"]) == ["read", "score", "solve", "write"]
    assert (report["seed"], report["epsilon"], report["status"]) == (5, 0.0, "optimal")
    assert (report["students"], report["hosts"], report["places"], report["M"]) == (3, 2, 3, 3)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_dialect_of_the_files_changes_nothing(
    desk: Desk, separator: str, mark: str, end: str
) -> None:
    files = [mark + text.replace(",", separator).replace("\n", end) for text in (STUDENTS, HOSTS)]
    assert desk.match(*files).exit_code == 0
    found = desk.contents()
    assert desk.match().exit_code == 0
    assert desk.contents() == found


def test_headers_without_rows_give_an_empty_answer(desk: Desk) -> None:
    result = desk.match("student_id,nationality\n", "host_id,nation,capacity\n")
    assert result.exit_code == 0, result.output
    assert desk.rows("placements.csv") == []
    assert desk.report()["M"] == 0


def test_same_input_gives_the_same_bytes_in_any_order_of_rows(desk: Desk) -> None:
    demo = seeds_dir() / "edge" / "everybody_tied"
    files = [(demo / name).read_text(encoding="utf-8") for name in ("students.csv", "hosts.csv")]
    assert desk.match(*files, "--seed", "3").exit_code == 0
    first = desk.contents()
    assert desk.match(*files, "--seed", "3").exit_code == 0
    assert desk.contents() == first
    shuffled = []
    for text in files:
        header, *rows = text.splitlines()
        Random(4).shuffle(rows)
        shuffled.append("\n".join([header, *rows]))
    assert desk.match(*shuffled, "--seed", "3").exit_code == 0
    assert desk.contents() == first


def test_folder_that_exists_keeps_what_is_not_ours(desk: Desk) -> None:
    desk.out.mkdir()
    (desk.out / "notes.txt").write_text("mine")
    (desk.out / "placements.csv").write_text("old")
    assert desk.match().exit_code == 0
    assert {path.name for path in desk.out.iterdir()} == FILES | {"notes.txt"}
    assert (desk.out / "notes.txt").read_text() == "mine"
    assert len(desk.rows("placements.csv")) == 3


def test_map_of_another_layout_is_followed(desk: Desk) -> None:
    students = desk.write("s.toml", "id_from_line = true\n[columns]\nnationality = 'Pays'\n")
    hosts = desk.write("h.toml", "[columns]\ncapacity = 'Lits'\n[defaults]\nnation = 'FR'\n")
    result = desk.match(
        "Nom,Pays\nA,NA\nB,DE\n",
        "host_id,Lits\nH1,2\n",
        *("--map-students", students, "--map-hosts", hosts),
    )
    assert result.exit_code == 0, result.output
    assert [row["student_id"] for row in desk.rows("placements.csv")] == ["L2", "L3"]
    assert desk.report()["ignored_columns"] == {"students": ["Nom"], "hosts": []}
    assert "Columns that mean nothing here: Nom." in result.stdout


def test_rules_are_followed(desk: Desk) -> None:
    rules = desk.write("r.toml", "epsilon = 0.5\nforbids = [['S1','H1']]\n")
    assert desk.match(STUDENTS, HOSTS, "--rules", rules).exit_code == 0
    assert desk.report()["epsilon"] == 0.5
    assert "S1" not in {
        row["student_id"] for row in desk.rows("placements.csv") if row["host_id"] == "H1"
    }
    assert desk.match(STUDENTS, HOSTS, "--rules", rules, "--epsilon", "0").exit_code == 0
    assert desk.report()["epsilon"] == 0.0


def test_rules_that_contradict_each_other_are_infeasible(desk: Desk) -> None:
    rules = desk.write("r.toml", "pins = [['S1','H1'],['S3','H1']]\n")
    result = desk.match(STUDENTS, HOSTS, "--rules", rules)
    assert result.exit_code == 7, result.output
    assert desk.report()["status"] == "infeasible"
    assert desk.report()["conflicts"]
    assert "contradict" in result.stdout


def test_seeded_edge_cases_are_answered(desk: Desk) -> None:
    for folder in sorted((seeds_dir() / "edge").iterdir()):
        files = [(folder / name).read_bytes() for name in ("students.csv", "hosts.csv")]
        result = desk.match(*files)
        assert result.exit_code in (0, 7), (folder.name, result.output)
        assert desk.rows("rejected.csv") == [], folder.name


def test_json_is_the_report_and_nothing_else(desk: Desk) -> None:
    result = desk.match(STUDENTS, HOSTS, "--json")
    assert json.loads(result.stdout) == desk.report()
    assert result.stderr == ""


def test_match_loads_no_web_framework_and_no_database(desk: Desk) -> None:
    desk.match()
    script = (
        "import sys\nfrom exchange.cli.root import root\n"
        "try:\n root(sys.argv[1:])\nexcept SystemExit as end:\n assert end.code == 0\n"
        "print([n for n in ('flask','sqlmodel','sqlalchemy','wtforms') if n in sys.modules])"
    )
    files = [str(desk.folder / name) for name in ("students.csv", "hosts.csv")]
    done = subprocess.run(
        [sys.executable, "-c", script, "match", *files, "-o", str(desk.folder / "again")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.skipif(
    not (DATA / "youth_dialogue_students.csv").exists(),
    reason="not run: the youth dialogue data is not here; test_youth_dialogue.py has a stand-in",
)
def test_youth_dialogue_is_matched_within_a_gigabyte(desk: Desk) -> None:
    files = [str(DATA / f"youth_dialogue_{name}.csv") for name in ("students", "hosts")]
    arguments = ["match", *files, "-o", str(desk.out), "--epsilon", "0"]
    child = subprocess.Popen(
        [sys.executable, "-m", "exchange", *arguments], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    assert usage.ru_maxrss < 1_000_000
    report = desk.report()
    assert (report["M"], report["M_bound"]) == (3383, 3383)
    assert report["D"] >= 171.3
    assert report["D_bound"] <= 1.01 * 172.154
    assert [(row["line"], row["column"], row["value"]) for row in desk.rows("rejected.csv")] == [
        ("3380", "nationality", "!#"),
        ("245", "nation", "&*"),
    ]
