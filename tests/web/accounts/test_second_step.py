"""The second step on pages: offered on first need, asked for again, and codes shown once."""

import base64
import re
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from exchange import clock
from exchange.domain import totp
from exchange.records import Account, OutboxMail
from exchange.records.session import open_session
from exchange.services import accounts
from exchange.services.actor import SYSTEM
from tests.web.conftest import Enter
from tests.web.visitor import Visitor
from tests.web.world import World

PASSWORD = "four words in a row"


@pytest.fixture
def coordinator(enter: Enter, world: World) -> Visitor:
    return enter(account_id=world.accounts["coordinator"])


def _secret(visitor: Visitor) -> bytes:
    """Read the key off the page, as the person does."""
    assert visitor.page is not None
    shown = visitor.page.tree.all("strong", dir="ltr")[0].text().replace(" ", "")
    return base64.b32decode(shown)


def _code(secret: bytes, at: datetime | None = None) -> str:
    return totp.code_of(secret, totp.step_of(at or clock.now()))


def _wrong_code(secret: bytes) -> str:
    step = totp.step_of(clock.now())
    near = {totp.code_of(secret, step + off) for off in range(-3, 4)}
    return next(code for number in range(10) if (code := f"00000{number}") not in near)


def _set_up(visitor: Visitor) -> bytes:
    visitor.get("/account/app")
    visitor.send()
    secret = _secret(visitor)
    visitor.send({"code": _code(secret)})
    return secret


def test_names_are_downloaded_after_setting_the_app_up_on_first_need(
    coordinator: Visitor, world: World
) -> None:
    path = f"/runs/{world.own.run}/exports"
    page = coordinator.post(f"{path}/hosts", {"form": "programs"})
    assert page.heading == "Set up an app that shows codes"
    page = coordinator.send()
    assert page.heading == "Give the key to your app"
    secret = _secret(coordinator)
    page = coordinator.send({"code": _wrong_code(secret)})
    assert page.status == 422
    assert page.faults == ["This code does not fit. Wait for the next one and try again"]
    page = coordinator.send({"code": _code(secret)})
    assert page.heading == "Your recovery codes"
    assert len(page.tree.all("code")) == 10
    onward = [a.attrs["href"] for a in page.tree.all("a") if "button" in a.attrs.get("class", "")]
    assert onward == [path]
    assert coordinator.get(path).status == 200
    answer = coordinator.post(f"{path}/hosts", {"form": "programs"})
    assert answer.status == 200
    assert world.own.canary in answer.response.get_data(as_text=True)


def test_codes_are_shown_once(coordinator: Visitor) -> None:
    _set_up(coordinator)
    assert coordinator.get("/account/app/set-up").heading == "Set up an app that shows codes"
    assert "10 are left." in coordinator.get("/account").text


def test_old_token_is_dead_after_a_step_up(coordinator: Visitor, app: Flask) -> None:
    before = coordinator.client.get_cookie("session", "127.0.0.1")
    _set_up(coordinator)
    after = coordinator.client.get_cookie("session", "127.0.0.1")
    assert before is not None
    assert after is not None
    assert after.value != before.value
    thief = Visitor(app)
    thief.client.set_cookie("session", before.value, domain="127.0.0.1")
    assert thief.get("/account").path == "/sign-in"
    assert coordinator.get("/account").path == "/account"


def test_code_is_asked_for_again_after_ten_minutes(
    coordinator: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = _set_up(coordinator)
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert coordinator.get("/account/email").heading == "Enter a code"
    assert coordinator.send({"code": "nothing"}).status == 422
    assert coordinator.send({"code": _code(secret, later)}).path == "/account/email"


def test_setting_up_asks_for_the_password_where_there_is_one(
    coordinator: Visitor, world: World, engine: sa.Engine
) -> None:
    with open_session(engine) as session:
        account = session.get_one(Account, world.accounts["coordinator"])
        accounts.change_password(session, SYSTEM, account, password=PASSWORD, at=clock.now())
        session.commit()
    assert coordinator.get("/account/app").path == "/sign-in"
    coordinator.send({"email": "coordinator@example.org", "password": PASSWORD})
    coordinator.get("/account/app")
    page = coordinator.send({"password": "something else"})
    assert (page.status, page.faults) == (422, ["This is not your password"])
    assert coordinator.send({"password": PASSWORD}).heading == "Give the key to your app"


def _mailed(engine: sa.Engine, template: str, path: str) -> str:
    """Return the address in the one mail of a kind."""
    with open_session(engine, writes=False) as session:
        body = session.exec(select(OutboxMail.body).where(OutboxMail.template == template)).one()
    found = re.search(rf"{path}\S+", body)
    assert found is not None
    return found.group()


@pytest.mark.usefixtures("world")
def test_forgotten_password_by_mail(app: Flask, engine: sa.Engine) -> None:
    visitor = Visitor(app)
    for address in ("coordinator@example.org", "nobody@example.org"):
        visitor.get("/sign-in/forgotten")
        assert visitor.send({"email": address}).heading == "Look into your mailbox"
    path = _mailed(engine, "password_link", "/sign-in/new-password/")
    visitor.get(path)
    assert visitor.send({"new": "short"}).status == 422
    assert visitor.send({"new": PASSWORD}).path == "/sign-in"
    visitor.send({"email": "coordinator@example.org", "password": PASSWORD})
    assert visitor.get("/account").status == 200
    visitor.get(path)
    assert visitor.send({"new": PASSWORD}).status == 410


def test_new_address_by_mail(enter: Enter, world: World, app: Flask, engine: sa.Engine) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"], stepped_up=True)
    coordinator.get("/account/email")
    page = coordinator.send({"email": "coordinator@example.org"})
    assert page.faults == ["This is your e-mail address already"]
    assert coordinator.send({"email": "new@example.org"}).heading == "Confirm your new address"
    visitor = Visitor(app)
    visitor.get(_mailed(engine, "email_link", "/account/email/confirm/"))
    assert visitor.send().path == "/sign-in"
    assert coordinator.get("/account").path == "/sign-in"
    with open_session(engine, writes=False) as session:
        account = session.get_one(Account, world.accounts["coordinator"])
    assert account.email == "new@example.org"
