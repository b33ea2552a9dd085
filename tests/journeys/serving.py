"""The service as its operator starts it, for whoever drives it by a browser."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

from sqlmodel import Session

from exchange.clock import now
from exchange.config import Settings
from exchange.records import Account, LinkPurpose
from exchange.records.base import make_engine
from exchange.records.session import open_session
from exchange.services import links
from tests.patience import PATIENCE_S, free_port, unmeasured, wait_until


@dataclass(frozen=True)
class Service:
    """Where the service answers, and what a person gets from it outside the browser."""

    url: str
    mail_dir: Path
    coordinator_link: str = ""
    reviewer_link: str = ""

    def link_mailed_to(self, recipient: str) -> str:
        """Wait for a mail and return the path of the link in it."""
        wait_until(lambda: self._link(recipient), lambda: f"no mail for {recipient}")
        return self._link(recipient)

    def link_in_mail(self, recipient: str, subject: str) -> str:
        """Wait for the mail of that subject and return the path of the link in it."""
        wait_until(lambda: self._link(recipient, subject), lambda: f"no {subject} for {recipient}")
        return self._link(recipient, subject)

    def _link(self, recipient: str, subject: str = "") -> str:
        for path in self.mail_dir.glob("*.eml"):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            found = re.search(re.escape(self.url) + r"(/\S+)", mail.get_content())
            if mail["To"] == recipient and subject in mail["Subject"] and found:
                return found[1]
        return ""


@contextmanager
def serve(settings: Settings, staff_links: Sequence[str] = ()) -> Iterator[Service]:
    """Run web and worker in processes of their own until the caller is done."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    inherited = os.environ if settings.database_url.startswith("sqlite") else unmeasured(os.environ)
    environment = {
        **inherited,
        "EXCHANGE_INSTANCE_DIR": str(settings.instance_dir),
        "EXCHANGE_DATABASE_URL": settings.database_url,
        "EXCHANGE_BASE_URL": url,
        "EXCHANGE_UPKEEP_EVERY_S": "0.3",
    }
    command = [sys.executable, "-m", "exchange", "serve", "--bind", f"127.0.0.1:{port}"]
    with (settings.instance_dir / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            wait_until(lambda: _answers(url, process))
            yield Service(url, settings.instance_dir / "mail", *staff_links)
        finally:
            process.send_signal(signal.SIGTERM)
            exit_code = process.wait(PATIENCE_S)
        assert exit_code == 0, "the service did not end well"
        assert not _is_listening(port), "somebody is left behind"


@contextmanager
def writing(settings: Settings) -> Iterator[Session]:
    """Write to the database of a service before it is started; what is done is committed."""
    settings.instance_dir.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.database_url)
    with open_session(engine) as session:
        yield session
        session.commit()
    engine.dispose()


def sign_in_link(session: Session, account: Account) -> str:
    """Make a link that signs a member of staff in, and return its path."""
    token = links.issue_link(
        session,
        purpose=LinkPurpose.SIGN_IN,
        account_id=account.id,
        at=now(),
        ttl=timedelta(hours=1),
    )
    return f"/sign-in/link/{token}"


def _answers(url: str, process: "subprocess.Popen[bytes]") -> bool:
    assert process.poll() is None, "the service ended before it answered"
    try:
        urllib.request.urlopen(url, timeout=PATIENCE_S).close()
    except OSError:
        return False
    return True


def _is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), PATIENCE_S).close()
    except OSError:
        return False
    return True
