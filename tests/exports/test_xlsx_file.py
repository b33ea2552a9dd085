"""Workbooks: texts stay texts, numbers stay numbers, nothing is computed or linked."""

import io
import zipfile
from datetime import date
from xml.etree import ElementTree as ET

import pytest

pytest.importorskip("xlsxwriter")

from exchange.exports.table import Cell, Table
from exchange.exports.xlsx_file import xlsx_bytes
from tests.exports.test_csv_file import PAYLOADS

calamine = pytest.importorskip("python_calamine")

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def read(data: bytes) -> list[list[str | float | None]]:
    """Read the cells of the first sheet without a library that would interpret them."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        shared = ET.fromstring(book.read("xl/sharedStrings.xml"))
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
        assert not [name for name in book.namelist() if "hyperlink" in name or "vba" in name]
    texts = ["".join(t.text or "" for t in item.iterfind(".//m:t", NS)) for item in shared]
    assert sheet.findall(".//m:f", NS) == []
    assert sheet.findall(".//m:hyperlink", NS) == []
    rows = []
    for row in sheet.iterfind(".//m:row", NS):
        cells: list[str | float | None] = []
        for cell in row.iterfind("m:c", NS):
            value = cell.findtext("m:v", namespaces=NS)
            if cell.get("t") == "inlineStr":
                cells.append("".join(t.text or "" for t in cell.iterfind(".//m:t", NS)))
            elif value is None:
                cells.append(None)
            else:
                cells.append(texts[int(value)] if cell.get("t") == "s" else float(value))
        rows.append(cells)
    return rows


def table(*rows: tuple[Cell, ...]) -> Table:
    return Table("hosts", ("first", "second"), rows)


def test_payloads_stay_texts() -> None:
    kept = [text for text in PAYLOADS if text and "\r" not in text]
    rows = read(xlsx_bytes(table(*((text, text) for text in kept))))
    assert rows[0] == ["first", "second"]
    assert rows[1:] == [[text, text] for text in kept]


def test_numbers_stay_numbers_and_the_rest_is_text() -> None:
    rows = read(xlsx_bytes(table((-5, 0.1), ("007", "1e7"), (True, date(2027, 1, 2)))))
    assert rows[1:] == [[-5.0, 0.1], ["007", "1e7"], ["yes", "2027-01-02"]]


def test_number_that_the_format_would_change_becomes_text() -> None:
    rows = read(xlsx_bytes(table((2**63, float("nan")), (float("inf"), 10**15 - 1))))
    assert rows[1:] == [["9223372036854775808", "nan"], ["inf", 999999999999999.0]]


def test_empty_table_is_a_header() -> None:
    assert read(xlsx_bytes(table())) == [["first", "second"]]


def test_equal_tables_are_equal_files() -> None:
    assert xlsx_bytes(table(("a", 1))) == xlsx_bytes(table(("a", 1)))


def test_another_library_reads_what_was_written() -> None:
    texts = [
        *PAYLOADS,
        *("<b>&amp;</b>", " spaces ", "two\nlines", "tab\there", "a\rb", "a\x07b", "_x0041_"),
        *("_x0041", "é", "王", "שלום", "😀"),
    ]
    kept = [text for text in texts if text]
    wide = Table("hosts", tuple(f"c{n}" for n in range(60)), [tuple(range(60))])
    book = calamine.load_workbook(io.BytesIO(xlsx_bytes(table(*((text, 1) for text in kept)))))
    assert book.sheet_names == ["hosts"]
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[0] == ["first", "second"]
    assert [row[0] for row in rows[1:]] == kept
    assert {row[1] for row in rows[1:]} == {1.0}
    read_wide = calamine.load_workbook(io.BytesIO(xlsx_bytes(wide))).get_sheet_by_index(0)
    assert read_wide.to_python()[1] == [float(n) for n in range(60)]


def test_what_xml_cannot_hold_is_escaped_as_the_format_says() -> None:
    rows = read(xlsx_bytes(table(("a\x07b\r", "_x0041_"), ("_x00", "\ufffe"))))
    assert rows[1:] == [["a_x0007_b_x000D_", "_x005F_x0041_"], ["_x00", "_xFFFE_"]]


def test_text_that_is_longer_than_a_cell_is_cut() -> None:
    rows = read(xlsx_bytes(table(("x" * 40_000, 1))))
    assert rows[1] == ["x" * 32_767, 1.0]


def test_many_rows_are_all_there_once() -> None:
    many = table(*((f"row {n}", n) for n in range(1_501)))
    rows = read(xlsx_bytes(many))
    assert rows[1:] == [[f"row {n}", float(n)] for n in range(1_501)]
