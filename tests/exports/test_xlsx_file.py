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
            if value is None:
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
