"""From the bytes of a CSV file to rows of text with their lines, or a refusal of the whole file.

UTF-8 (a byte-order mark is tolerated), comma, semicolon or tab, a header row. Nothing is guessed
about the content, and nothing is taken from a file whose form is broken. The `reason` of a refusal
is a code, so that a page can say it in the reader's language.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from exchange.domain.formula_guard import is_guarded, unguard
from exchange.errors import FileError

MAX_MB = 40.0
MAX_COLUMNS = 200
MAX_CELL = 10_000
_SEPARATORS = ",;\t"
_MARK = b"\xef\xbb\xbf"
_BINARY = {
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"PK\x03\x04": "a workbook or an archive",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a compressed file",
    b"\xd0\xcf\x11\xe0": "an old workbook",
}


@dataclass(frozen=True, slots=True)
class RawRow:
    """Cells as text, and the line of the file on which the row begins (the header is on 1)."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class RawTable:
    """Header and rows of a file whose form is in order."""

    header: tuple[str, ...]
    rows: list[RawRow]


def read_table(
    data: bytes, *, name: str, max_mb: float = MAX_MB, max_rows: int | None = None
) -> RawTable:
    """Read a file.

    Parameters
    ----------
    data : bytes
    name : str
        How messages call the file.
    max_mb : float
        In millions of bytes.
    max_rows : int, optional
        Without the header; by default any number.

    Raises
    ------
    FileError
        When it is too large, empty, not text, not UTF-8, badly quoted, or has no proper header.
    """
    if len(data) > max_mb * 1e6:
        raise FileError(
            f"{name} is larger than {max_mb:g} MB; split it.",
            file=name,
            reason="too_large",
            limit=f"{max_mb:g}",
        )
    text = _decoded(data, name)
    rows = _parsed(text, name)
    header_row = next(rows, None)
    if header_row is None:
        raise FileError(f"{name} is empty; it needs a header row.", file=name, reason="empty")
    if max(map(len, header_row.cells)) > MAX_CELL:
        raise FileError(
            f"{name} has a header of more than {MAX_CELL:,} characters; shorten it.",
            file=name,
            line=1,
            reason="long_cell",
            limit=MAX_CELL,
        )
    header = tuple(cell.strip() for cell in header_row.cells)
    _check_header(header, name)
    found = list(_at_most(rows, max_rows, name))
    _take_guard_off(found, has_mark=data.startswith(_MARK))
    return RawTable(header, found)


def _at_most(rows: Iterator[RawRow], most: int | None, name: str) -> Iterator[RawRow]:
    for number, row in enumerate(rows, start=1):
        if most is not None and number > most:
            raise FileError(
                f"{name} has more than {most:,} rows; the first too many is on line {row.line}."
                " Split it.",
                file=name,
                line=row.line,
                reason="too_many_rows",
                limit=most,
            )
        yield row


def _take_guard_off(rows: list[RawRow], *, has_mark: bool) -> None:
    """Take away what our exports for spreadsheets put in front of formulas, and nothing else.

    A file from us begins with a byte-order mark, which some spreadsheets drop when they save. One
    without is taken for guarded when no cell in it would need a guard and has none, so “+33 1”
    somewhere keeps the apostrophe of “'+33 1” where it is.
    """
    guarded = [
        (row, index)
        for row in rows
        for index, cell in enumerate(row.cells)
        if "'" in cell and unguard(cell) != cell and is_guarded(cell)
    ]
    if guarded and (has_mark or all(is_guarded(cell) for row in rows for cell in row.cells)):
        for row, index in guarded:
            row.cells[index] = unguard(row.cells[index])


def _decoded(data: bytes, name: str) -> str:
    for start, kind in _BINARY.items():
        if data.startswith(start):
            raise FileError(
                f"{name} is {kind}; export it as CSV first.", file=name, reason="binary"
            )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileError(
            f"{name} is in UTF-16; save it as UTF-8.", file=name, byte=0, reason="utf16"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The decoder does not count the mark that it has skipped.
        offset = error.start + (3 if data.startswith(_MARK) else 0)
        line = data.count(b"\n", 0, offset) + 1
        raise FileError(
            f"{name} is not in UTF-8: line {line}, byte {offset}. Save it as UTF-8.",
            file=name,
            byte=offset,
            line=line,
            reason="not_utf8",
        ) from error
    place = text.find("\0")
    if place >= 0:
        line = text.count("\n", 0, place) + 1
        raise FileError(
            f"{name} holds a NUL character on line {line}.", file=name, line=line, reason="nul"
        )
    return text


def _parsed(text: str, name: str) -> Iterator[RawRow]:
    """Yield the rows that are not blank; the strict parser refuses broken quoting."""
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=_separator(text), strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield RawRow(begins, cells)
            begins = reader.line_num + 1
    except csv.Error as error:
        fault, reason = "is badly quoted", "quoting"
        if "field larger than field limit" in str(error):
            fault = f"has a cell of more than {csv.field_size_limit():,} characters"
            reason = "long_cell"
        raise FileError(
            f"{name} {fault} in the row that begins on line {begins}: every quote that"
            " opens a cell has to close it. Correct it, or save the file again.",
            file=name,
            line=begins,
            reason=reason,
            limit=MAX_CELL,
        ) from error


def _separator(text: str) -> str:
    """Return the separator that stands most often in the header row, outside quotes."""
    counts: Counter[str] = Counter()
    is_quoted = False
    for character in text.lstrip():
        if character == '"':
            is_quoted = not is_quoted
        elif character in "\r\n" and not is_quoted:
            break
        elif character in _SEPARATORS and not is_quoted:
            counts[character] += 1
    return max(_SEPARATORS, key=lambda one: counts[one])


def _check_header(header: tuple[str, ...], name: str) -> None:
    faults = []
    if len(header) > MAX_COLUMNS:
        faults.append(f"it has more than {MAX_COLUMNS} columns")
    repeated = sorted(one for one, count in Counter(header).items() if count > 1 and one)
    if repeated:
        faults.append(f"these columns stand in it twice: {', '.join(repeated)}")
    if faults:
        raise FileError(
            f"The header of {name} is not usable: {'; '.join(faults)}.",
            file=name,
            line=1,
            repeated=repeated,
            reason="header_repeated" if repeated else "too_many_columns",
            limit=MAX_COLUMNS,
        )
