"""The mails that were written into files because no mail server is configured, read again."""

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from exchange.errors import NotFound

PER_PAGE = 50
_NAME = re.compile(r"([0-9a-f]{32})@[A-Za-z0-9._-]+\.eml")


@dataclass(frozen=True, slots=True)
class MailFile:
    """One mail as it would have gone out; `name` is the random part of its Message-ID."""

    name: str
    to: str
    subject: str
    written_at: datetime | None
    body: str


@dataclass(frozen=True, slots=True)
class MailPage:
    """A part of the mails, and how long the whole is."""

    rows: list[MailFile]
    total: int
    page: int
    pages: int


def list_mails(folder: Path, *, page: int = 1, per_page: int = PER_PAGE) -> MailPage:
    """Return one page of the mails in a folder, the latest first; only its own files are read."""
    found = sorted(_files(folder), reverse=True)
    pages = max(1, -(-len(found) // per_page))
    page = min(max(page, 1), pages)
    wanted = found[(page - 1) * per_page : page * per_page]
    return MailPage([_read(path) for _changed, path in wanted], len(found), page, pages)


def get_mail(folder: Path, name: str) -> MailFile:
    """Return one mail.

    Raises
    ------
    NotFound
        When there is none of that name.
    """
    for _changed, path in _files(folder):
        if path.name.startswith(f"{name}@"):
            return _read(path)
    raise NotFound("There is nothing at this address.")


def _files(folder: Path) -> list[tuple[int, Path]]:
    if not folder.is_dir():
        return []
    return [
        (path.stat().st_mtime_ns, path)
        for path in folder.iterdir()
        if _NAME.fullmatch(path.name) and path.is_file() and not path.is_symlink()
    ]


def _read(path: Path) -> MailFile:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    return MailFile(
        name=path.name.partition("@")[0],
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        written_at=_moment(str(message["Date"] or "")),
        body=str(body.get_content()) if body is not None else "",
    )


def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone()
    except ValueError:
        return None
