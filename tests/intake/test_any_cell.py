"""Whatever stands in a cell, a row is read or has faults; and what was read is sound."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.intake import hosts, students
from exchange.intake.reading import Layout, read_sheet

HOSTILE = st.sampled_from(
    [
        "=cmd|' /C calc'!A0",
        "1e400",
        "sNaN",
        "nan",
        "-0",
        "0x10",
        "1_0",
        "٣",
        "²",
        "9" * 40,
        "2027-02-30",
        "2027-01-01T00:00",
        "0000-00-00",
        "NA",
        "FR|FR",
        "fr:native",
        "fr:native:B1",
        ":",
        "|",
        "/",
        "1/2/3",
        "\u202e",
        "\ufeff",
        "a@b",
        "a@example.org",
        "quiet",
        "female",
        "\U000e0041",
    ]
)
CELLS = HOSTILE | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@pytest.mark.parametrize("layout", [students.LAYOUT, hosts.LAYOUT], ids=["students", "hosts"])
@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_row_of_any_cells_is_read_or_has_faults(
    layout: Layout[students.StudentProfile] | Layout[hosts.HostProfile], data: st.DataObject
) -> None:
    columns = sorted(layout.columns)
    cells = data.draw(st.lists(CELLS, min_size=len(columns), max_size=len(columns)))
    text = io.StringIO(newline="")
    csv.writer(text).writerows([columns, cells])
    sheet = read_sheet(text.getvalue().encode(), name="x.csv", layout=layout)  # type: ignore[arg-type]
    if not any(cell.strip() for cell in cells):
        assert (sheet.rows, sheet.faults) == ((), ())
        return
    assert sheet.total == 1
    assert bool(sheet.rows) != bool(sheet.faults)
    for fault in sheet.faults:
        assert fault.line == 2
        assert fault.column in columns
        assert fault.reason
    for row in sheet.rows:
        row.profile.to_entry(row.id)
