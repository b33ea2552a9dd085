"""The outbox is sent: into files, by SMTP, once each, and again later when it could not be."""

import email
import email.policy
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import select

from exchange.clock import now
from exchange.config import Settings
from exchange.errors import ConfigurationError
from exchange.jobs import mail_sender
from exchange.jobs.mail_sender import choose_carrier, send_due_mails
from exchange.records import OutboxMail
from exchange.records.session import open_session


def _put(engine: sa.Engine, number: int, *, recipient: str = "somebody@example.org") -> str:
    message_id = f"<{number:032x}@exchange.invalid>"
    at = now() - timedelta(seconds=60 - number)
    with open_session(engine) as session:
        session.add(
            OutboxMail(
                key=f"key-{number}",
                message_id=message_id,
                recipient=recipient,
                subject="You have a message",
                body="Guten Tag. مرحبا\n",
                template="received",
                created_at=at,
                next_attempt_at=at,
            )
        )
        session.commit()
    return message_id


def _mails(engine: sa.Engine) -> list[OutboxMail]:
    with open_session(engine, writes=False) as session:
        return list(session.exec(select(OutboxMail).order_by(sa.text("id"))))


def _read(path: Path) -> email.message.EmailMessage:
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)  # type: ignore[return-value]


def test_send_due_mails_no_server_writes_one_file_each(
    engine: sa.Engine, settings: Settings
) -> None:
    ids = [_put(engine, number) for number in range(3)]
    assert send_due_mails(settings) == 3
    folder = settings.instance_dir / "mail"
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"{one.strip('<>')}.eml" for one in ids
    )
    message = _read(folder / f"{ids[0].strip('<>')}.eml")
    assert message["Message-ID"] == ids[0]
    assert message["To"] == "somebody@example.org"
    assert message.get_content() == "Guten Tag. مرحبا\n"
    assert (folder / f"{ids[0].strip('<>')}.eml").stat().st_mode & 0o077 == 0


def test_send_due_mails_again_sends_nothing(engine: sa.Engine, settings: Settings) -> None:
    _put(engine, 1)
    assert send_due_mails(settings) == 1
    assert send_due_mails(settings) == 0
    (mail,) = _mails(engine)
    assert mail.sent_at is not None
    assert mail.body == ""


def test_send_due_mails_unreachable_server_waits_ever_longer(
    engine: sa.Engine, settings: Settings
) -> None:
    _put(engine, 1)
    away = settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:1"})
    before = now()
    assert send_due_mails(away) == 0
    after = now()
    (mail,) = _mails(engine)
    assert mail.attempts == 1
    assert mail.sent_at is None
    minute = timedelta(minutes=1)
    assert before + minute <= mail.next_attempt_at <= after + minute
    assert after - before > minute or send_due_mails(away) == 0


def test_send_due_mails_header_with_line_break_is_never_sent(
    engine: sa.Engine, settings: Settings
) -> None:
    _put(engine, 1, recipient="a@example.org\r\nBcc: b@example.org")
    _put(engine, 2)
    assert send_due_mails(settings) == 1
    assert [mail.sent_at is not None for mail in _mails(engine)] == [False, True]


def test_send_due_mails_mail_in_flight_elsewhere_is_left_alone(
    engine: sa.Engine, settings: Settings
) -> None:
    _put(engine, 1)
    taken = mail_sender._take_next(engine)
    assert taken is not None
    assert send_due_mails(settings) == 0


@pytest.mark.parametrize("url", ["mail.example.org", "http://mail.example.org", "smtp://"])
def test_choose_carrier_not_a_mail_server_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is no mail server"):
        choose_carrier(Settings(instance_dir=tmp_path, smtp_url=url))
