"""Each kind of export against the file that was looked at and kept.

After a change that is meant: run this module as a program and look at the difference.
"""

import csv
import io
from pathlib import Path

import pytest

from exchange.domain.formula_guard import unguard
from exchange.exports import KINDS
from exchange.exports.contacts_svg import contacts_svg
from exchange.exports.csv_file import csv_bytes
from exchange.exports.json_file import json_bytes
from tests.exports import tables

GOLDEN = Path(__file__).parent / "golden"


def files() -> dict[str, bytes]:
    made = {}
    for kind, table in tables.ALL.items():
        made[f"{kind}-for-programs.csv"] = csv_bytes(table(), for_="programs")
        made[f"{kind}-for-spreadsheets.csv"] = csv_bytes(table(), for_="spreadsheets")
    made["placements.json"] = json_bytes(tables.placements())
    for name, standalone in (("alone", True), ("inline", False)):
        picture = contacts_svg(tables.CONTACTS, title="Who meets whom", standalone=standalone)
        made[f"contacts-{name}.svg"] = picture.encode()
    return made


def test_every_kind_has_a_table_here() -> None:
    assert sorted(tables.ALL) == sorted(KINDS)
    assert {kind: table().name for kind, table in tables.ALL.items()} == {k: k for k in KINDS}


@pytest.mark.parametrize("name", sorted(files()))
def test_export_is_the_file_that_was_kept(name: str) -> None:
    assert files()[name] == (GOLDEN / name).read_bytes()


def test_no_file_is_kept_that_nothing_makes() -> None:
    assert sorted(path.name for path in GOLDEN.iterdir()) == sorted(files())


@pytest.mark.asvs("1.2.10")
@pytest.mark.parametrize("kind", KINDS)
def test_both_forms_hold_the_same_texts(kind: str) -> None:
    table = tables.ALL[kind]()
    exact = csv_bytes(table, for_="programs").decode()
    guarded = csv_bytes(table, for_="spreadsheets").decode("utf-8-sig")
    rows = [[unguard(cell) for cell in row] for row in csv.reader(io.StringIO(guarded, newline=""))]
    assert rows == list(csv.reader(io.StringIO(exact, newline="")))


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, data in files().items():
        (GOLDEN / name).write_bytes(data)
