"""Sends what waits in the outbox: into files by default, by SMTP where that is configured.

A mail counts as sent only once that is committed; one in flight when a worker dies goes out again
with the same Message-ID, by which receivers recognise it. A reminder whose reason is over does not
leave any more. Logs name mails by their number.
"""

import os
import re
import smtplib
import ssl
from contextlib import closing, suppress
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import structlog
from sqlalchemy import Engine
from sqlmodel import col, update

from exchange.clock import now
from exchange.config import Settings
from exchange.errors import ConfigurationError
from exchange.notices.texts import BASE_URL
from exchange.records import OutboxMail
from exchange.records.base import make_engine
from exchange.records.session import open_session
from exchange.services import mails, reminders

_log = structlog.get_logger(__name__)

IN_FLIGHT = timedelta(minutes=2)
"""How long a mail belongs to the worker that took it; longer than any mail server may take."""
_TIMEOUT_S = 20.0
_FILE_NAME = re.compile(r"[A-Za-z0-9@._-]+")


class Carrier(Protocol):
    """Whoever takes a mail from here."""

    def carry(self, message: EmailMessage) -> None:
        """Take the message, or raise OSError or SMTPException."""


class FileCarrier:
    """Writes each mail to `<message id>.eml`; the same mail again is the same file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def carry(self, message: EmailMessage) -> None:
        """Write the message, whole or not at all."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = str(message["Message-ID"]).strip("<>")
        if not _FILE_NAME.fullmatch(name):
            raise OSError("the message id is no file name")
        part = self._folder / f"{name}.part"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(message.as_bytes())
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / f"{name}.eml")


class SmtpCarrier:
    """Hands each mail to a mail server: `smtp://` (encrypted where offered) or `smtps://`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ConfigurationError(
                "EXCHANGE_SMTP_URL is no mail server; give smtp://HOST:PORT or smtps://HOST:PORT."
            )
        self._is_encrypted = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = parts.port or (465 if self._is_encrypted else 25)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")

    def carry(self, message: EmailMessage) -> None:
        """Send the message in a connection of its own."""
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if self._is_encrypted:
            server = smtplib.SMTP_SSL(self._host, self._port, timeout=_TIMEOUT_S, context=context)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=_TIMEOUT_S)
        with closing(server):
            server.ehlo_or_helo_if_needed()
            if not self._is_encrypted and server.has_extn("starttls"):
                server.starttls(context=context)
            if self._user:
                server.login(self._user, self._password)
            server.send_message(message)
            # The server has the mail now. Whatever goes wrong with saying goodbye must not have
            # it sent again.
            with suppress(OSError, smtplib.SMTPException):
                server.quit()


def send_due_mails(settings: Settings) -> int:
    """Send the mails that are due; return how many went out."""
    engine = make_engine(settings.resolved_database_url)
    try:
        carrier = choose_carrier(settings)
        sent = 0
        while (mail := _take_next(engine)) is not None:
            sent += _send(engine, carrier, mail, settings=settings)
        return sent
    finally:
        engine.dispose()


def choose_carrier(settings: Settings) -> Carrier:
    """Return the mail server where one is configured, and files where none is."""
    if settings.smtp_url:
        return SmtpCarrier(settings.smtp_url)
    return FileCarrier(settings.instance_dir / "mail")


def write_message(mail: OutboxMail, settings: Settings) -> EmailMessage:
    """Make the message of a mail; equal mails make equal messages.

    A stored mail does not know under which address the site is reached: that is put in here.

    Raises
    ------
    ValueError
        When a header would hold a line break.
    """
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Message-ID"] = mail.message_id
    message["Date"] = format_datetime(mail.created_at)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body.replace(BASE_URL, settings.base_url.rstrip("/")))
    return message


def _take_next(engine: Engine) -> OutboxMail | None:
    """Take the mail that waits longest; of several workers only one gets it."""
    while True:
        at = now()
        with open_session(engine) as session:
            due = mails.due_mails(session, at, limit=1)
            if not due:
                return None
            if reminders.hold_back(session, due[0], at):
                session.commit()
                continue
            taken = session.connection().execute(
                update(OutboxMail)
                .where(
                    col(OutboxMail.id) == due[0].id,
                    col(OutboxMail.next_attempt_at) == due[0].next_attempt_at,
                    col(OutboxMail.sent_at).is_(None),
                )
                .values(next_attempt_at=at + IN_FLIGHT)
            )
            session.commit()
            if taken.rowcount == 1:
                return due[0]


def _send(engine: Engine, carrier: Carrier, mail: OutboxMail, *, settings: Settings) -> bool:
    try:
        carrier.carry(write_message(mail, settings))
    except (OSError, smtplib.SMTPException, ValueError) as fault:
        is_final = _is_final(fault)
        _log.warning("mail.failed", mail=mail.id, fault=type(fault).__name__, final=is_final)
        with open_session(engine) as session:
            mails.mark_failed(session, mail, now(), is_final=is_final)
            session.commit()
        return False
    with open_session(engine) as session:
        mails.mark_sent(session, mail, now())
        session.commit()
    _log.info("mail.sent", mail=mail.id)
    return True


def _is_final(fault: Exception) -> bool:
    """Whether trying again is of no use: no such mailbox, a text that is refused, a bad header.

    A server that turns us away altogether may have been set up wrongly, which somebody will mend.
    """
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _words in fault.recipients.values())
    if isinstance(fault, smtplib.SMTPDataError):
        return fault.smtp_code >= 500
    # A certificate that is not accepted is both a ValueError and an OSError: that can be mended.
    return isinstance(fault, ValueError) and not isinstance(fault, OSError | UnicodeError)
