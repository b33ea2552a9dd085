"""Files of every kind of fault, at both doors: the page and the command say the same."""

import gzip
import io
import json
import random
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlmodel import col, select

from exchange.cli.root import root
from exchange.records import Application, Student
from exchange.records.session import open_session
from tests.web.conftest import Enter
from tests.web.imports.files import body_of, check_file, counts, send_file, told
from tests.web.visitor import HOST, Visitor
from tests.web.world import World

MB = 1_000_000


@dataclass
class Doors:
    """One cycle, and both ways of bringing a file into it."""

    visitor: Visitor
    cycle: str
    file: Path
    engine: sa.Engine

    def command(self, data: bytes, *options: str, kind: str = "students") -> dict[str, Any]:
        """Import by the command; return its document, with its exit code."""
        self.file.write_bytes(data)
        limits = ("--max-mb", "5", "--max-rows", "50000")
        arguments = ["import", kind, str(self.file), "--cycle", self.cycle, "--json", *limits]
        result = CliRunner().invoke(root, [*arguments, *options])
        document: dict[str, Any] = json.loads(result.stdout or result.stderr)
        return document | {"exit": result.exit_code}

    def applications(self) -> int:
        with open_session(self.engine, writes=False) as session:
            query = select(Application.id).where(col(Application.external_id).is_not(None))
            return len(session.exec(query).all())


@pytest.fixture
def doors(
    enter: Enter,
    world: World,
    engine: sa.Engine,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Doors:
    monkeypatch.setenv("EXCHANGE_DATABASE_URL", database_url)
    monkeypatch.setenv("EXCHANGE_INSTANCE_DIR", str(tmp_path / "instance"))
    visitor = enter(account_id=world.accounts["coordinator"])
    return Doors(visitor, world.own.cycle, tmp_path / "people.csv", engine)


HEAD = b"student_id,nationality,given_name\n"


def archive() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("xl/workbook.xml", bytes(30 * MB))
    return made.getvalue()


BROKEN: dict[str, tuple[Callable[[], bytes], str, str]] = {
    # F29: other encodings.
    "utf-16 le": (lambda: (HEAD + b"A,FR,x").decode().encode("utf-16"), "utf16", "not in UTF-8"),
    "utf-16 be": (lambda: b"\xfe\xff" + HEAD.decode().encode("utf-16-be"), "utf16", "not in UTF-8"),
    "utf-16 without mark": (lambda: HEAD.decode().encode("utf-16-le"), "nul", "line 1"),
    "cp1252": (
        lambda: HEAD + "A1,FR,Zoé\n".encode("cp1252"),
        "not_utf8",
        f"line 2, byte {len(HEAD) + 8}",
    ),
    "mixed": (
        lambda: b"\xef\xbb\xbf" + HEAD + "A1,FR,Zoé\n".encode() + b"A2,FR,Zo\xe9\n",
        "not_utf8",
        "line 3, byte 56",
    ),
    # F30: other files, and bombs.
    "png": (lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary", "no CSV file"),
    "jpeg": (lambda: b"\xff\xd8\xff\xe0\0\x10JFIF", "binary", "no CSV file"),
    "pdf": (lambda: b"%PDF-1.7\n1 0 obj\n", "binary", "no CSV file"),
    "zip bomb": (archive, "binary", "no CSV file"),
    "gzip bomb": (lambda: gzip.compress(bytes(30 * MB)), "binary", "no CSV file"),
    "old workbook": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "binary", "no CSV file"),
    # F31: limits.
    "5 MB and a byte": (
        lambda: (HEAD + b"A,FR,\n" * MB)[: 5 * MB + 1],
        "too_large",
        "larger than 5 MB",
    ),
    "50,001 rows": (
        lambda: HEAD + b"".join(b"A%d,FR,x\n" % n for n in range(50_001)),
        "too_many_rows",
        "more than 50,000 rows; the first too many is on line 50002",
    ),
    "201 columns": (
        lambda: ",".join(f"c{n}" for n in range(201)).encode() + b"\n",
        "too_many_columns",
        "more than 200 columns",
    ),
    "cell beyond the parser": (
        lambda: HEAD + b"A1,FR," + b"x" * 140_000,
        "long_cell",
        "line 2 has a cell of more than 10,000 characters",
    ),
    "long header": (
        lambda: b"student_id,nationality," + b"x" * 10_001 + b"\nA,FR,\n",
        "long_cell",
        "line 1 has a cell of more than 10,000 characters",
    ),
    "one line without end": (lambda: b"x" * (5 * MB), "long_cell", "line 1 has a cell"),
    # F32: form.
    "unclosed quote": (lambda: HEAD + b'A1,FR,"x\nA2,FR,y\n', "quoting", "line 2"),
    "text after a quote": (lambda: HEAD + b'A1,FR,"x"y\n', "quoting", "line 2"),
    "repeated header": (
        lambda: b"student_id,nationality,student_id\nA1,FR,A1\n",
        "header_repeated",
        "student_id",
    ),
    "empty": (lambda: b"", "empty", "empty"),
    "mark alone": (lambda: b"\xef\xbb\xbf", "empty", "empty"),
    "blank lines": (lambda: b"\r\n \r\n", "empty", "empty"),
    "header alone": (lambda: HEAD, "no_rows", "no row below it"),
    # F34: no text.
    "nul": (lambda: HEAD + b"A1,FR,a\0b\n", "nul", "line 2"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_broken_file_is_refused_whole_at_both_doors(doors: Doors, fault: str) -> None:
    make, reason, words = BROKEN[fault]
    data = make()
    for options in ((), ("--dry-run",)):
        refusal = doors.command(data, *options)
        assert (refusal["exit"], refusal["error"]) == (2, "file")
        assert refusal["facts"]["reason"] == reason
    page = send_file(doors.visitor, doors.cycle, data)
    assert page.status == (413 if reason == "too_large" else 422)
    (sentence,) = page.faults
    assert words in sentence
    assert doors.applications() == 0


def never_unpack(*_args: Any, **_kwargs: Any) -> None:
    """Stand where everything of the standard library that unpacks begins."""
    raise AssertionError("something is unpacked")


@pytest.mark.parametrize("fault", ["zip bomb", "gzip bomb", "large picture"])
def test_other_files_and_bombs_are_not_unpacked_and_take_no_room(
    doors: Doors, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "large picture":
        data = b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(5 * MB - 8)
    else:
        data = BROKEN[fault][0]()
    body, content_type = body_of(doors.visitor, data)
    # What the first page of a process loads stays, and is no part of this.
    send_file(doors.visitor, doors.cycle, b"%PDF-1.7")
    for name in ("decompress", "decompressobj", "_ZlibDecompressor"):
        monkeypatch.setattr(zlib, name, never_unpack, raising=False)
    assert doors.command(data)["facts"]["reason"] == "binary"
    tracemalloc.start()
    try:
        page = doors.visitor.post_body(f"/cycles/{doors.cycle}/imports/new", body, content_type)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert page.status == 422
    assert peak <= 10 * MB


ROWS: dict[str, tuple[str, list[tuple[int, str]]]] = {
    "long cell": (f"student_id,nationality,school\nA1,FR,{'x' * 10_001}\n", [(2, "school")]),
    "long cell that nobody reads": (
        f"student_id,nationality,other\nA1,FR,\nA2,FR,{'x' * 10_001}\n",
        [(3, "other")],
    ),
    "short row": ("student_id,nationality\nA1,FR\n\nA2\nA3,FR\n", [(4, "")]),
    "long row": ("student_id,nationality\nA1,FR,x\n", [(2, "")]),
    "row behind a cell of two lines": (
        'student_id,nationality,letter\nA1,FR,"a\nb"\nA2,XX,\n',
        [(4, "nationality")],
    ),
    "formula in a number": (
        "student_id,nationality,age\nA1,FR,=5\nA2,FR,-5\n",
        [(2, "age"), (3, "age")],
    ),
    "line break in a name": (
        'student_id,nationality,given_name\nA1,FR,"a\rb"\n',
        [(2, "given_name")],
    ),
    "one bad row in many": (
        "student_id,nationality\n"
        + "".join(f"A{n},{'XX' if n == 999 else 'FR'}\n" for n in range(1500)),
        [(1001, "nationality")],
    ),
    "id given twice": (
        "student_id,nationality\nA1,FR\nA2,FR\nA1,DE\n",
        [(2, "student_id"), (4, "student_id")],
    ),
    "no id": ("student_id,nationality\n ,FR\n", [(2, "student_id")]),
}
DATES = ["03/04/2008", "3.4.2008", "08-04-03", "39507", "2008-3-4", "20080403", "2008-02-30",
         "2008-W10-1", "2008-04-03T00:00", "٢٠٠٨-٠٤-٠٣", "April 3, 2008"]  # fmt: skip


@pytest.mark.parametrize("fault", ROWS)
def test_faulty_rows_stop_the_whole_file_at_both_doors(doors: Doors, fault: str) -> None:
    text, places = ROWS[fault]
    for options in ((), ("--dry-run",)):
        refusal = doors.command(text.encode(), *options)
        assert (refusal["exit"], refusal["error"], refusal["total"]) == (2, "rows", len(places))
        assert [(one["line"], one["column"]) for one in refusal["faults"]] == places
    page = check_file(doors.visitor, doors.cycle, text)
    assert [(int(line), column) for line, column, *_ in told(page)] == places
    assert [row[3] for row in told(page)] == [
        " ".join(one["reason"].split()) for one in refusal["faults"]
    ]
    assert doors.applications() == 0


def test_dates_are_never_guessed_at_either_door(doors: Doors) -> None:
    rows = "".join(f'A{n},FR,"{day}"\n' for n, day in enumerate(DATES))
    text = f"student_id,nationality,birth_date\n{rows}"
    refusal = doors.command(text.encode())
    assert [one["value"] for one in refusal["faults"]] == DATES
    page = check_file(doors.visitor, doors.cycle, text)
    assert [row[2] for row in told(page)] == DATES
    assert {row[3] for row in told(page)} == {
        "Use a date written as year-month-day, such as 2027-06-30"
    }


def test_column_that_is_needed_is_missing_at_both_doors(doors: Doors) -> None:
    refusal = doors.command(b"student_id,colour\nA1,red\n")
    assert refusal["facts"]["missing"] == ["nationality"]
    send_file(doors.visitor, doors.cycle, "student_id,colour\nA1,red\n")
    page = doors.visitor.send()
    assert page.status == 422
    assert page.faults == ["Choose which column is “Nationalities”."]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_mark_and_line_ends_of_every_system_are_read_at_both_doors(
    doors: Doors, end: str, mark: bytes
) -> None:
    data = mark + end.join(["student_id,nationality", "A1,FR", "A2,NA", ""]).encode()
    page = check_file(doors.visitor, doors.cycle, data)
    assert counts(page) == ("2", "0", "0")
    assert doors.command(data)["created"] == 2
    assert counts(check_file(doors.visitor, doors.cycle, data)) == ("0", "0", "2")


FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+972 54 123",
    "-5",
    "@SUM(A1:A9)",
    "＝1",
    '"=1"',
    "%0A-3",
    "|=1",
    "a;=1",
    "'s Hage",
]


@pytest.mark.parametrize("door", ["page", "command"])
def test_formulas_are_stored_as_the_text_they_are(doors: Doors, door: str) -> None:
    cells = ['"' + one.replace('"', '""') + '"' for one in FORMULAS]
    rows = "".join(f"A{n},FR,{cell}\n" for n, cell in enumerate([*cells, '"\t=1"']))
    text = f"student_id,nationality,school\n{rows}"
    if door == "page":
        check_file(doors.visitor, doors.cycle, text)
        assert doors.visitor.send().heading == "The file is imported"
    else:
        assert doors.command(text.encode())["created"] == len(FORMULAS) + 1
    with open_session(doors.engine, writes=False) as session:
        query = (
            select(Student.school)
            .join(Application, col(Application.student_id) == col(Student.id))
            .where(col(Application.external_id).is_not(None))
            .order_by(col(Student.id))
        )
        # Space round a text is no part of it, wherever it comes from.
        assert list(session.exec(query)) == [*FORMULAS, "=1"]


def test_rows_in_any_order_change_nothing_at_the_other_door(doors: Doors) -> None:
    rows = [f"A{n},{'FR' if n % 2 else 'NA'},Name {n}" for n in range(60)]
    text = "\n".join(["student_id,nationality,given_name", *rows])
    assert doors.command(text.encode())["created"] == 60
    random.Random(1).shuffle(rows)
    page = check_file(
        doors.visitor, doors.cycle, "\n".join(["student_id,nationality,given_name", *rows])
    )
    assert counts(page) == ("0", "0", "60")


def test_body_over_the_limit_is_refused_before_it_is_read(doors: Doors) -> None:
    page = send_file(doors.visitor, doors.cycle, b"x" * (5 * MB + 70_000))
    assert page.status == 413
    assert "5 MB at most" in page.text


def test_file_of_exactly_the_limit_is_read(doors: Doors) -> None:
    filler = b"x" * 9_990 + b"\n"
    data = HEAD + b"".join(b"A%d,FR," % n + filler for n in range(498))
    data += b"B,FR," + b"y" * (5 * MB - len(data) - 5)
    assert len(data) == 5 * MB
    page = send_file(doors.visitor, doors.cycle, data)
    assert page.heading == "What is in each column?"


def test_compressed_body_is_refused_and_never_unpacked(doors: Doors) -> None:
    response = doors.visitor.client.post(
        f"/cycles/{doors.cycle}/imports/new",
        data=gzip.compress(bytes(30 * MB)),
        content_type="multipart/form-data; boundary=x",
        headers={"Content-Encoding": "gzip"},
        base_url=HOST,
    )
    assert response.status_code == 422
    assert "Send it as it is." in response.get_data(as_text=True)


def test_other_pages_still_take_no_more_than_a_form(doors: Doors) -> None:
    page = doors.visitor.post(f"/cycles/{doors.cycle}/runs/new", {"seed": "1" * 70_000})
    assert page.status == 413
    assert "MB" not in page.text
