"""Mails go out by SMTP to a real server: whole, once, encrypted where it can be, and again later.

The server is aiosmtpd, with handlers that refuse, die or speak as servers do on a bad day.
"""

import email
import email.policy
import ssl
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from sqlmodel import update

from exchange.clock import now
from exchange.config import Settings
from exchange.jobs.mail_sender import send_due_mails
from exchange.records import OutboxMail
from exchange.records.session import open_session
from tests.jobs.test_mail_sender import _mails, _put


class Mailbox:
    """Takes every mail, and notes what it knows of the conversation."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[str] = []
        self.was_encrypted: list[bool] = []
        self.users: list[object] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.keep(server, session, envelope)
        return "250 Taken"

    def keep(self, server: SMTP, session: Session, envelope: Envelope) -> None:
        raw = bytes(envelope.content or b"")
        self.raw.append(raw)
        self.mails.append(email.message_from_bytes(raw, policy=email.policy.default))
        self.recipients += envelope.rcpt_tos
        assert server.transport is not None
        self.was_encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        self.users.append(session.auth_data)


class Refusing(Mailbox):
    """Answers the recipient, or the text, with what it was made with."""

    def __init__(self, *, recipient: str = "250 Fine", text: str = "250 Taken") -> None:
        super().__init__()
        self.recipient, self.text = recipient, text

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: object
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.text.startswith("250"):
            self.keep(server, session, envelope)
        return self.text


class DyingAt(Mailbox):
    """Breaks the connection once: at the sender, in the text, or when it has taken the mail."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place: str | None = place

    def dies(self, place: str, server: SMTP) -> bool:
        if self.place != place:
            return False
        self.place = None
        assert server.transport is not None
        server.transport.abort()  # type: ignore[attr-defined]
        return True

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: object
    ) -> str:
        self.dies("sender", server)
        envelope.mail_from = address
        return "250 Fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.dies("text", server):
            return "451 Never heard"
        self.keep(server, session, envelope)
        self.dies("taken", server)
        return "250 Taken"


class RudeAtGoodbye(Mailbox):
    """Takes the mail, and does not answer QUIT as it should."""

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return "421 Too busy to say goodbye"


Serve = Callable[..., Settings]


@pytest.fixture
def serve(settings: Settings) -> Iterator[Serve]:
    """Start a server with a handler; return settings by which mails go to it."""
    running: list[Controller] = []

    def start(
        handler: Mailbox, *, scheme: str = "smtp", user: str = "", **options: Any
    ) -> Settings:
        controller = AnyPort(handler, hostname="127.0.0.1", port=0, **options)
        controller.start()
        running.append(controller)
        url = f"{scheme}://{user}127.0.0.1:{controller.port}"
        return settings.model_copy(update={"smtp_url": url})

    yield start
    for one in running:
        one.stop()


class AnyPort(Controller):
    """Takes a free port, and knows afterwards which one."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    paths = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-out", str(paths[0]), "-keyout", str(paths[1])),
        ],
        check=True,
        capture_output=True,
    )
    return paths


@pytest.fixture
def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def _trusted(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))


def _make_due(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        session.exec(update(OutboxMail).values(next_attempt_at=now() - timedelta(seconds=1)))
        session.commit()


def test_smtp_server_receives_the_mail_whole_and_once(engine: sa.Engine, serve: Serve) -> None:
    mailbox = Mailbox()
    settings = serve(mailbox)
    ids = [_put(engine, number, recipient=f"p{number}@example.org") for number in range(3)]
    assert [send_due_mails(settings) for _ in range(2)] == [3, 0]
    assert [mail["Message-ID"] for mail in mailbox.mails] == ids
    assert mailbox.recipients == [f"p{number}@example.org" for number in range(3)]
    first = mailbox.mails[0]
    assert first.get_content().replace("\r\n", "\n") == "Guten Tag. مرحبا\n"
    assert set(first.keys()) == {
        "From", "To", "Subject", "Message-ID", "Date", "Auto-Submitted", "MIME-Version",
        "Content-Type", "Content-Transfer-Encoding",
    }  # fmt: skip
    assert first.get_content_type() == "text/plain"
    assert not (settings.instance_dir / "mail").exists()
    assert all(mail.sent_at and mail.body == "" for mail in _mails(engine))


@pytest.mark.parametrize(
    ("refusal", "is_given_up"),
    [
        ({"recipient": "450 Mailbox busy"}, False),
        ({"recipient": "550 No such mailbox"}, True),
        ({"text": "451 Try again"}, False),
        ({"text": "554 We do not want this"}, True),
    ],
)
def test_smtp_refusal_is_tried_again_unless_it_is_for_good(
    engine: sa.Engine, serve: Serve, refusal: dict[str, str], is_given_up: bool
) -> None:
    mailbox = Refusing(**refusal)
    settings = serve(mailbox)
    _put(engine, 1)
    assert send_due_mails(settings) == 0
    (mail,) = _mails(engine)
    assert (mail.attempts, mail.sent_at, mail.dead_at is not None) == (1, None, is_given_up)
    mailbox.recipient = mailbox.text = "250 Fine"
    _make_due(engine)
    assert send_due_mails(settings) == (0 if is_given_up else 1)
    assert len(mailbox.mails) == (0 if is_given_up else 1)


def test_smtp_refusal_of_one_mail_holds_up_no_other(engine: sa.Engine, serve: Serve) -> None:
    class Picky(Mailbox):
        async def handle_RCPT(
            self, server: SMTP, session: Session, envelope: Envelope, address: str, options: object
        ) -> str:
            if address.startswith("bad"):
                return "550 No such mailbox"
            envelope.rcpt_tos.append(address)
            return "250 Fine"

    mailbox = Picky()
    settings = serve(mailbox)
    for number, name in enumerate(("good", "bad", "fine")):
        _put(engine, number, recipient=f"{name}@example.org")
    assert send_due_mails(settings) == 2
    assert mailbox.recipients == ["good@example.org", "fine@example.org"]


@pytest.mark.parametrize(("place", "deliveries"), [("sender", 1), ("text", 1), ("taken", 2)])
def test_smtp_server_that_dies_on_the_way_gets_the_same_mail_again(
    engine: sa.Engine, serve: Serve, place: str, deliveries: int
) -> None:
    mailbox = DyingAt(place)
    settings = serve(mailbox)
    message_id = _put(engine, 1)
    assert send_due_mails(settings) == 0
    (mail,) = _mails(engine)
    assert (mail.attempts, mail.sent_at, mail.dead_at) == (1, None, None)
    assert mail.next_attempt_at > now()
    assert send_due_mails(settings) == 0
    _make_due(engine)
    assert send_due_mails(settings) == 1
    # What it had taken before it died comes twice, and is known by its id to be the same.
    assert [one["Message-ID"] for one in mailbox.mails] == [message_id] * deliveries
    assert len(set(mailbox.raw)) == 1


def test_smtp_server_that_says_no_goodbye_has_the_mail_all_the_same(
    engine: sa.Engine, serve: Serve
) -> None:
    mailbox = RudeAtGoodbye()
    settings = serve(mailbox)
    _put(engine, 1)
    assert [send_due_mails(settings) for _ in range(2)] == [1, 0]
    assert len(mailbox.mails) == 1


@pytest.mark.usefixtures("_trusted")
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_smtp_is_encrypted_where_the_server_can(
    engine: sa.Engine, serve: Serve, tls: ssl.SSLContext, scheme: str
) -> None:
    mailbox = Mailbox()
    options = {"tls_context" if scheme == "smtp" else "ssl_context": tls}
    settings = serve(mailbox, scheme=scheme, **options)
    _put(engine, 1)
    assert send_due_mails(settings) == 1
    assert mailbox.was_encrypted == [True]


def test_smtp_is_not_spoken_to_a_server_nobody_vouches_for(
    engine: sa.Engine, serve: Serve, tls: ssl.SSLContext
) -> None:
    mailbox = Mailbox()
    settings = serve(mailbox, tls_context=tls)
    _put(engine, 1)
    assert send_due_mails(settings) == 0
    assert mailbox.mails == []
    (mail,) = _mails(engine)
    assert (mail.attempts, mail.dead_at) == (1, None)


@pytest.mark.usefixtures("_trusted")
@pytest.mark.parametrize(("password", "sent"), [("se%3Acret", 1), ("wrong", 0)])
def test_smtp_signs_in_and_a_wrong_password_is_tried_again_later(
    engine: sa.Engine, serve: Serve, tls: ssl.SSLContext, password: str, sent: int
) -> None:
    def check(_server: object, _session: object, _envelope: object, _kind: str, data: Any) -> Any:
        is_right = (data.login, data.password) == (b"us@er", b"se:cret")
        return AuthResult(success=is_right, auth_data=data.login)

    mailbox = Mailbox()
    settings = serve(
        mailbox,
        user=f"us%40er:{password}@",
        tls_context=tls,
        authenticator=check,
        auth_required=True,
    )
    _put(engine, 1)
    assert send_due_mails(settings) == sent
    assert mailbox.users == [b"us@er"] * sent
    (mail,) = _mails(engine)
    assert mail.dead_at is None
