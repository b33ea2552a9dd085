"""Rows of hosts: what is read, and every fault with its line and column."""

import pytest

from exchange.domain.attributes import Gender
from exchange.intake.hosts import read_hosts
from exchange.intake.mapping import ColumnMap


@pytest.mark.parametrize(
    ("cell", "sides"), [("2/1", (2, 1)), ("2/", (2, None)), ("/1", (None, 1)), ("", (None, None))]
)
def test_side_of_a_household_that_is_empty_is_not_known(
    cell: str, sides: tuple[int | None, int | None]
) -> None:
    text = f"host_id,nation,capacity,household\nH1,FR,1,{cell}\n"
    (row,) = read_hosts(text.encode(), name="h.csv").rows
    assert (row.profile.adults, row.profile.children) == sides


def test_row_with_every_column_becomes_a_profile() -> None:
    text = (
        "host_id,nation,capacity,languages,available_from,available_to,offers,interests,"
        "household,household_genders,lifestyle,genders_accepted,min_age,max_age,group,never\n"
        "H1,NA,2,en,2027-01-01,2027-12-31,pets|step_free,music,2/1,female|male,lively,female,"
        "14,18,North,S9\n"
    )
    (row,) = read_hosts(text.encode(), name="h.csv").rows
    entry = row.profile.to_entry(row.id)
    assert (entry.id, entry.nation, entry.capacity) == ("H1", "NA", 2)
    assert (entry.adults, entry.children) == (2, 1)
    assert (entry.min_age, entry.max_age, entry.group) == (14, 18, "North")
    assert (entry.offers, entry.never) == (("pets", "step_free"), ("S9",))
    assert entry.genders_accepted == (Gender.FEMALE,)


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("nation", "&*", "two-letter code of a nation"),
        ("nation", "", "Give a value"),
        ("nation", "FR|DE", "two-letter code of a nation"),
        ("capacity", "-1", "at least 0"),
        ("capacity", "1" + "0" * 30, "far too large"),
        ("capacity", "501", "at most 500"),
        ("capacity", "two", "Use a whole number"),
        ("capacity", "", "Give a whole number"),
        ("capacity", "2.5", "Use a whole number"),
        ("capacity", "nan", "Use a whole number"),
        ("household", "2", "Write adults/children"),
        ("household", "2/x", "Use a whole number"),
        ("household", "2/-1", "at least 0"),
        ("offers", "no_pets", "Use a known offer"),
        ("genders_accepted", "F", "Use one of"),
    ],
)
def test_cell_that_cannot_be_used_is_a_fault_of_its_column(
    column: str, cell: str, reason: str
) -> None:
    cells = {"host_id": "H1", "nation": "FR", "capacity": "1"} | {column: cell}
    text = f"{','.join(cells)}\n{','.join(cells.values())}\nH2,DE,0" + "," * (len(cells) - 3)
    sheet = read_hosts(text.encode(), name="h.csv")
    assert [row.id for row in sheet.rows] == ["H2"]
    (fault,) = sheet.faults
    assert (fault.line, fault.column, fault.value) == (2, column, cell)
    assert reason in fault.reason


def test_ages_that_disagree_are_a_fault_of_the_highest() -> None:
    text = b"host_id,nation,capacity,min_age,max_age\nH1,FR,1,18,14\n"
    (fault,) = read_hosts(text, name="h.csv").faults
    assert (fault.column, fault.value) == ("max_age", "14")


def test_map_gives_a_nation_to_a_file_that_has_none() -> None:
    mapping = ColumnMap(columns={"capacity": "beds"}, defaults={"nation": "NA"})
    sheet = read_hosts(b"host_id,beds\nH1,3\n", name="h.csv", mapping=mapping)
    assert [(row.profile.nation, row.profile.capacity) for row in sheet.rows] == [("NA", 3)]
    assert sheet.columns == frozenset({"nation", "capacity"})
