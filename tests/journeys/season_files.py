"""The end of a season: its files, downloaded and read back."""

import csv
from pathlib import Path
from typing import Literal

from playwright.sync_api import Locator

from exchange.domain.recipients import Column, column_kind
from exchange.exports.rooming import COLUMNS
from tests.exports.test_xlsx_file import read
from tests.journeys.season_data import MIRJAM
from tests.journeys.season_match import Pair
from tests.journeys.season_steps import Office

PARTNER = "P-SOUTH"
SPECIAL = {name for name in COLUMNS if column_kind(name) is Column.SPECIAL}


def check(office: Office, swapped: tuple[Pair, Pair], lost: list[Pair]) -> None:
    """Read what the second match has become: who is in, who has moved, and who may read what."""
    visit = office.visit
    visit.follow("Download files")
    office.prove(MIRJAM)
    visit.follow("Files of the published match")
    office.show("export")
    placements = _rows_of_csv(_download(office, "Placements", "CSV for programs"))
    rooming = _rows_of_xlsx(_download(office, "Rooming list", "XLSX"))
    assert len(placements) == len(rooming) > 10
    assert len({row["student_id"] for row in placements}) == len(placements)
    assert {row["student_id"] for row in placements} == {row["student_id"] for row in rooming}
    assert set(rooming[0]) >= SPECIAL, "there would be nothing to leave out below"
    homes = {_name(row): row["host_name"] for row in rooming}
    for pair in lost:
        assert homes[pair.student] != pair.home
    assert lost[-1].home not in homes.values(), "the host has left"
    first, second = swapped
    gone = {pair.student for pair in lost}
    assert first.student in gone or homes[first.student] == second.home
    assert second.student in gone or homes[second.student] == first.home
    read_partners_file(office, homes)


def read_partners_file(office: Office, homes: dict[str, str]) -> None:
    """Define a file for a sending partner: its own students, without what is special."""
    visit, page = office.visit, office.visit.page
    office.desk()
    visit.follow("Download files")
    visit.follow("Define a file")
    page.get_by_label("Name of this file").fill("For the partner in the south")
    page.get_by_label("What is in it?").select_option(label="Rooming list")
    page.get_by_label("A sending partner").check()
    page.get_by_label("Whose people?").fill(PARTNER)
    page.get_by_label("CSV for spreadsheets", exact=True).check()
    page.get_by_label("No, only when somebody downloads it").check()
    visit.press("Keep")
    section = page.get_by_role("region", name="For the partner in the south")
    rows = _rows_of_csv(_save(office, section.get_by_role("button", name="Download")))
    theirs = {
        row["student_id"]
        for row in office.files.rows.values()
        if row.get("partner") == PARTNER and f"{row['given_name']} {row['family_name']}" in homes
    }
    assert theirs
    assert len(rows) == len(theirs)
    assert not SPECIAL & set(rows[0])
    assert {_name(row) for row in rows} <= set(homes)


def _name(row: dict[str, str]) -> str:
    return f"{row['given_name']} {row['family_name']}".strip()


def _download(office: Office, what: str, form: Literal["CSV for programs", "XLSX"]) -> Path:
    section = office.visit.page.get_by_role("region", name=what, exact=True)
    return _save(office, section.get_by_role("button", name=form, exact=True))


def _save(office: Office, button: Locator) -> Path:
    with office.visit.page.expect_download() as download:
        button.click()
    target = office.folder / download.value.suggested_filename
    download.value.save_as(target)
    return target


def _rows_of_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _rows_of_xlsx(path: Path) -> list[dict[str, str]]:
    header, *rows = read(path.read_bytes())
    names = [str(one) for one in header]
    return [
        dict(zip(names, ("" if one is None else str(one) for one in row), strict=True))
        for row in rows
    ]
