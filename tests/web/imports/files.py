"""Sending a file to the import page, as a browser does."""

import io

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from tests.web.visitor import Page, Visitor

STUDENTS = "student_id,nationality,given_name,age\nA1,NA,Siân,17\nA2,FR,=1+1,18\n"
HOSTS = "host_id,nation,capacity,phone\nH1,FR,1,+33 1\nH2,NA,2,\n"


def send_file(
    visitor: Visitor,
    cycle: str,
    data: str | bytes,
    *,
    kind: str = "student",
    follow: bool = True,
    page: str = "imports/new",
) -> Page:
    """Choose a file and press Continue."""
    content = data.encode() if isinstance(data, str) else data
    body, content_type = body_of(visitor, content, kind=kind)
    path = f"/cycles/{cycle}/{page}"
    return visitor.post_body(path, body, content_type, follow=follow)


def body_of(visitor: Visitor, content: bytes, *, kind: str = "student") -> tuple[bytes, str]:
    """What a browser sends for a file, and its type."""
    values = {
        "csrf_token": visitor.token(),
        "kind": kind,
        "file": FileStorage(io.BytesIO(content), "people.csv"),
    }
    boundary, body = encode_multipart(values)
    return body, f"multipart/form-data; boundary={boundary}"


def check_file(visitor: Visitor, cycle: str, data: str | bytes, *, kind: str = "student") -> Page:
    """Send a file, leave the columns as they were guessed, and have it checked."""
    page = send_file(visitor, cycle, data, kind=kind)
    assert page.heading == "What is in each column?", page.text
    return visitor.send()


def import_file(visitor: Visitor, cycle: str, data: str | bytes, *, kind: str = "student") -> Page:
    """Send a file, have it checked, and import it."""
    check_file(visitor, cycle, data, kind=kind)
    page = visitor.send()
    assert page.heading == "The file is imported", page.text
    return page


def counts(page: Page) -> tuple[str, ...]:
    """What is new, changed and unchanged on a page."""
    return tuple(one.text() for one in page.tree.all("main")[0].all("dd"))


def told(page: Page) -> list[list[str]]:
    """What is wrong, as the page lists it: line, column, value, what to do."""
    found = []
    for entry in page.tree.all("dl", class_="answers")[0].all("div"):
        place = entry.all("dt")[0]
        reason, *values = entry.all("dd")[0].all("p")
        line = place.text().removeprefix("Line ").split(",")[0]
        column = "".join(one.text() for one in place.all("bdi"))
        value = "".join(one.text() for paragraph in values for one in paragraph.all("bdi"))
        found.append([line, column, value, reason.text()])
    return found


def changes(page: Page) -> list[list[str]]:
    """The lines of the table of what would change: line, id, columns."""
    table = page.tree.all("table")[0]
    return [
        [cell.text() for cell in row.walk() if cell.tag in ("td", "th")]
        for row in table.all("tr")[1:]
    ]
