"""The end of a season: its files, downloaded and read back."""

import csv
from pathlib import Path
from typing import Literal

from playwright.sync_api import Locator
from python_calamine import CalamineWorkbook

from exchange.domain.cycle import ApplicationKind
from exchange.domain.recipients import Column, column_kind, is_known
from tests.journeys.season_data import MIRJAM
from tests.journeys.season_match import Pair
from tests.journeys.season_steps import Office

PARTNER = "P-SOUTH"


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
    assert special_of(rooming[0]), "there would be nothing to leave out below"
    homes = {_name(row): row["host_name"] for row in rooming}
    for pair in lost:
        assert homes.get(pair.student) != pair.home
    assert lost[-1].home not in homes.values(), "the host has left"
    # The second match may move one of them further for another's sake, and brings nobody back.
    for pair in swapped:
        assert homes.get(pair.student) != pair.home
    read_partners_file(office)


def special_of(row: dict[str, str]) -> set[str]:
    """The columns of a file about health, gender and the like."""
    known = {name for name in row if is_known(name) and name != "email"}
    return {name for name in known if column_kind(name) is Column.SPECIAL}


def read_partners_file(office: Office) -> None:
    """Define a file for a sending partner: its own students, without what is special."""
    visit, page = office.visit, office.visit.page
    office.desk()
    visit.follow("Download files")
    visit.follow("Define a file")
    page.get_by_label("Name of this file").fill("For the partner in the south")
    page.get_by_label("What is in it?").select_option(label="Students")
    page.get_by_label("A sending partner").check()
    page.get_by_label("Whose people?").fill(PARTNER)
    page.get_by_label("CSV for spreadsheets", exact=True).check()
    page.get_by_label("No, only when somebody downloads it").check()
    visit.press("Keep")
    section = page.get_by_role("region", name="For the partner in the south")
    rows = _rows_of_csv(_save(office, section.get_by_role("button", name="Download")))
    everybody = office.files.of_kind(ApplicationKind.STUDENT)
    theirs = {_name(row) for row in everybody if row["partner"] == PARTNER}
    assert theirs
    assert {_name(row) for row in rows} == theirs
    assert not special_of(rows[0])


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
    """Read the first sheet as a spreadsheet would."""
    with CalamineWorkbook.from_path(path) as book:
        header, *others = book.get_sheet_by_index(0).to_python()
    return [dict(zip(map(str, header), map(str, row), strict=True)) for row in others]
