"""The form of a file: encoding, quoting, header, separator; refused whole or read exactly."""

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import FileError
from exchange.intake.dialect import read_table


def rows(data: bytes) -> list[tuple[int, list[str]]]:
    return [(row.line, row.cells) for row in read_table(data, name="s.csv").rows]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separator_is_taken_from_the_header_row_only(separator: str) -> None:
    data = f"a{separator}b\n1,2;3{separator}x\n".encode()
    if separator == ",":
        data = b'a,b\n"1,2;3",x\n'
    elif separator == ";":
        data = b'a;b\n"1,2;3";x\n'
    assert read_table(data, name="s.csv").header == ("a", "b")
    assert rows(data) == [(2, ["1,2;3", "x"])]


def test_separator_inside_a_quoted_header_does_not_count() -> None:
    table = read_table(b'"a;b;c",d\n1,2\n', name="s.csv")
    assert table.header == ("a;b;c", "d")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_read(end: str) -> None:
    assert rows(end.join(["a,b", "1,2", "3,4"]).encode()) == [(2, ["1", "2"]), (3, ["3", "4"])]


def test_byte_order_mark_is_dropped() -> None:
    assert read_table(b"\xef\xbb\xbfa,b\n", name="s.csv").header == ("a", "b")


def test_lines_are_physical_where_cells_hold_line_breaks_and_blank_lines_stand_between() -> None:
    data = b'a,b\n"one\ntwo\n",2\n\n3,4\r\n\n"x\r\ny",6\n7,8'
    assert [line for line, _ in rows(data)] == [2, 6, 8, 10]


def test_cell_keeps_every_character_that_is_not_a_separator() -> None:
    assert rows('a,b\n"O""Brien, Siân", =1+1\u2028x\n'.encode()) == [
        (2, ['O"Brien, Siân', " =1+1\u2028x"])
    ]


WORKBOOK = io.BytesIO()
with zipfile.ZipFile(WORKBOOK, "w") as archive:
    archive.writestr("xl/workbook.xml", "<workbook/>")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\n \n\r\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is a picture"),
        (b"\xff\xd8\xff\xe0", "is a picture"),
        (b"%PDF-1.7\n", "is a PDF document"),
        (b"\x1f\x8b\x08\0", "is a compressed file"),
        (WORKBOOK.getvalue(), "is a workbook or an archive"),
        ("a,b\n1,2\n".encode("utf-16"), "is in UTF-16"),
        ("a,b\n1,2\n".encode("utf-16-le"), "holds a NUL character on line 1"),
        (b"a,b\n1,\0\n", "holds a NUL character on line 2"),
        (b'a,b\n1,"x\n3,4\n', "is badly quoted in the row that begins on line 2"),
        (b'a,b\n"1"2,3\n', "is badly quoted in the row that begins on line 2"),
        (b"a,b,a,b\n", "these columns stand in it twice: a, b"),
        (",".join(map(str, range(201))).encode(), "more than 200 columns"),
        (b"a,b\n" + b"x" * 131_073, "has a cell of more than 131,072 characters"),
    ],
)
def test_file_that_is_broken_is_refused_whole(data: bytes, message: str) -> None:
    with pytest.raises(FileError, match=message):
        read_table(data, name="s.csv")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_other_encodings_are_refused_with_the_byte(mark: bytes) -> None:
    text = mark + "a,b\nÅ,ü\n".encode() + "3,é\n".encode("cp1252")
    with pytest.raises(FileError, match="line 3") as caught:
        read_table(text, name="s.csv")
    assert caught.value.facts["byte"] == text.index(b"\xe9\n")
    assert text[caught.value.facts["byte"]] == 0xE9


MARK = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("data", "cells"),
    [
        (MARK + b"a,b\n'=1,''s Hage\n", ["=1", "'s Hage"]),
        (MARK + b"a,b\n'=1,+33\n", ["=1", "+33"]),
        (b"a,b\n'+33 1,x\n", ["+33 1", "x"]),
        (b"a,b\n'+33 1,+33 2\n", ["'+33 1", "+33 2"]),
        (b"a,b\n's Hage,'n Dag\n", ["'s Hage", "'n Dag"]),
        (MARK + b"a,b\n's Hage,O'Brien\n", ["'s Hage", "O'Brien"]),
    ],
)
def test_apostrophes_of_our_own_exports_are_taken_off_and_no_others(
    data: bytes, cells: list[str]
) -> None:
    assert rows(data) == [(2, cells)]


def test_file_of_too_many_rows_is_refused_at_the_first_too_many() -> None:
    data = b'a\n"1\n"\n2\n\n3\n'
    assert len(read_table(data, name="s.csv", max_rows=3).rows) == 3
    with pytest.raises(FileError, match="more than 2 rows; the first too many is on line 6"):
        read_table(data, name="s.csv", max_rows=2)


def test_file_over_the_limit_is_refused() -> None:
    with pytest.raises(FileError, match=r"larger than 0\.001 MB"):
        read_table(b"a,b\n" + b"1,2\n" * 300, name="s.csv", max_mb=0.001)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(FileError):
        read_table(data, name="s.csv")
