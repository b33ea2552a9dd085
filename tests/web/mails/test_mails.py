"""The page that shows mails: for administrators, without a mail server, and harmless."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from exchange.app import create_app
from exchange.clock import now
from exchange.config import Settings
from exchange.jobs.mail_sender import send_due_mails
from exchange.notices.texts import Template
from exchange.records.session import open_session
from exchange.services import mails
from tests.web.conftest import Enter
from tests.web.visitor import Visitor
from tests.web.world import World


def _write(engine: sa.Engine, settings: Settings, *, count: int = 1) -> None:
    """Write mails as the worker does."""
    with open_session(engine) as session:
        for number in range(count):
            mails.queue_mail(
                session,
                key=f"test:{number}",
                recipient=f"a&b{number}@example.org",
                template=Template.STATUS_LINK,
                language="en",
                context={"token": f"TOKEN-{number}"},
                at=now(),
            )
        session.commit()
    send_due_mails(settings)


def _files(settings: Settings) -> list[Path]:
    return list((settings.instance_dir / "mail").glob("*.eml"))


def _with(settings: Settings, engine: sa.Engine, **changes: object) -> tuple[Flask, Enter]:
    changed = settings.model_copy(update=changes)
    app = create_app(changed)
    return app, Enter(app, engine, changed)


@pytest.fixture
def administrator(enter: Enter, world: World) -> Visitor:
    return enter(account_id=world.accounts["administrator"])


def test_mails_list_and_text_with_links_that_work(
    administrator: Visitor, engine: sa.Engine, settings: Settings, world: World
) -> None:
    _write(engine, settings)
    page = administrator.get("/mails")
    assert page.status == 200
    assert "a&b0@example.org" in page.text
    links = {a.text(): a.attrs["href"] for a in page.tree.all("a")}
    address = next(href for words, href in links.items() if "b0@" in words)
    page = administrator.get(address)
    assert page.heading == "The link you asked for"
    (link,) = [a for a in page.tree.all("a") if "/application/open/" in a.attrs["href"]]
    assert link.attrs["href"] == "/application/open/TOKEN-0"
    assert link.text() == f"{settings.base_url}/application/open/TOKEN-0"
    assert administrator.get(link.attrs["href"]).heading == "Open your application"


def test_mails_are_turned_page_by_page(
    administrator: Visitor, engine: sa.Engine, settings: Settings, world: World
) -> None:
    _write(engine, settings, count=60)
    total = len(_files(settings))
    pages = -(-total // 50)
    seen = []
    for number in range(1, pages + 1):
        page = administrator.get(f"/mails?page={number}")
        seen += [
            a.attrs["href"]
            for a in page.tree.all("a")
            if re.fullmatch(r"/mails/[0-9a-f]{32}", a.attrs["href"])
        ]
    assert len(seen) == len(set(seen)) == total > 60
    assert administrator.get("/mails?page=nonsense").status == 200


def test_mail_is_named_by_its_id_and_by_nothing_else(
    administrator: Visitor, settings: Settings, world: World
) -> None:
    folder = settings.instance_dir / "mail"
    folder.mkdir(parents=True)
    (settings.instance_dir / f"{'a' * 32}@exchange.invalid.eml").write_text("Subject: x\n\ny\n")
    (folder / "notes.eml").write_text("Subject: x\n\ny\n")
    (folder / f"{'b' * 32}@exchange.invalid.eml").symlink_to(settings.instance_dir / "secret_key")
    (folder / f"{'c' * 32}@exchange.invalid.eml.part").write_text("Subject: x\n\ny\n")
    assert "There is none so far" in administrator.get("/mails").text
    for name in ("a" * 32, "b" * 32, "c" * 32, "..%2Fsecret_key", "notes"):
        assert administrator.get(f"/mails/{name}").status == 404


def test_mails_are_not_shown_to_other_staff(
    enter: Enter, engine: sa.Engine, settings: Settings, world: World
) -> None:
    _write(engine, settings)
    for who in ("coordinator", "reviewer", "auditor"):
        visitor = enter(account_id=world.accounts[who])
        assert visitor.get("/mails").status == 403
        assert "/mails" not in [a.attrs["href"] for a in visitor.get("/cycles").tree.all("a")]


def test_mails_of_a_demonstration_are_shown_to_its_staff(
    engine: sa.Engine, settings: Settings, world: World
) -> None:
    _write(engine, settings)
    app, enter = _with(settings, engine, demo=True)
    visitor = enter(account_id=world.accounts["coordinator"])
    assert visitor.get("/mails").status == 200
    assert "/mails" in [a.attrs["href"] for a in visitor.get("/cycles").tree.all("a")]
    assert enter().get("/mails", follow=False).status == 303
    app.extensions["exchange.engine"].dispose()


@pytest.mark.parametrize("demo", [True, False])
def test_mails_are_shown_to_nobody_where_a_mail_server_is_configured(
    engine: sa.Engine, settings: Settings, world: World, demo: bool
) -> None:
    _write(engine, settings)
    name = _files(settings)[0].name.partition("@")[0]
    app, enter = _with(settings, engine, smtp_url="smtp://127.0.0.1", demo=demo)
    visitor = enter(account_id=world.accounts["administrator"])
    for path in ("/mails", f"/mails/{name}"):
        assert visitor.get(path).status == 404
    assert "/mails" not in [a.attrs["href"] for a in visitor.get("/cycles").tree.all("a")]
    app.extensions["exchange.engine"].dispose()
