"""Sessions live on the server: what was ended there is dead, whatever a browser has saved."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import session
from sqlmodel import col, select, update

from exchange.clock import now
from exchange.records import Account, WebSession
from exchange.records.session import open_session
from exchange.services import accounts, web_sessions
from exchange.services.actor import SYSTEM
from tests.web.conftest import Enter
from tests.web.visitor import HOST, Visitor
from tests.web.world import World

PASSWORD = "seven quiet herons at dusk"


@pytest.fixture
def staff(engine: sa.Engine, world: World) -> str:
    """The address of a coordinator with a password."""
    with open_session(engine) as db:
        account = db.get(Account, world.accounts["coordinator"])
        assert account is not None
        accounts.change_password(db, SYSTEM, account, password=PASSWORD, at=now())
        db.commit()
        return account.email


def sign_in(visitor: Visitor, email: str, password: str = PASSWORD) -> None:
    visitor.get("/sign-in")
    visitor.send({"email": email, "password": password})


def cookie(visitor: Visitor) -> str:
    found = visitor.client.get_cookie("session", domain="127.0.0.1")
    assert found is not None
    return found.value


def is_signed_in(visitor: Visitor) -> bool:
    return visitor.get("/account/password", follow=False).status == 200


def test_saved_cookie_is_dead_after_sign_out(visitor: Visitor, staff: str) -> None:
    sign_in(visitor, staff)
    saved = cookie(visitor)
    assert is_signed_in(visitor)
    visitor.post("/sign-out")
    thief = Visitor(visitor.app)
    thief.client.set_cookie("session", saved, domain="127.0.0.1")
    page = thief.get("/account/password", follow=False)
    assert page.status == 303
    assert page.response.headers["Location"] == "/sign-in?next=/account/password"


def test_signing_in_gives_a_new_token_and_kills_the_old_one(visitor: Visitor, staff: str) -> None:
    visitor.get("/sign-in")
    before = cookie(visitor)
    sign_in(visitor, staff)
    after = cookie(visitor)
    assert before != after
    attacker = Visitor(visitor.app)
    attacker.client.set_cookie("session", before, domain="127.0.0.1")
    assert not is_signed_in(attacker)
    assert is_signed_in(visitor)


def test_token_that_nobody_gave_out_is_never_adopted(visitor: Visitor, staff: str) -> None:
    chosen = "a" * 43
    visitor.client.set_cookie("session", chosen, domain="127.0.0.1")
    sign_in(visitor, staff)
    assert cookie(visitor) != chosen


def test_two_cookies_of_the_name_are_nobody(enter: Enter, world: World) -> None:
    token = cookie(enter(account_id=world.accounts["coordinator"]))
    answer = Visitor(enter.app).client.get(
        "/account/password",
        base_url=HOST,
        headers={"Cookie": f"session={token}; session={token}"},
    )
    assert answer.status_code == 303


def test_database_holds_no_token(enter: Enter, world: World, engine: sa.Engine) -> None:
    token = cookie(enter(account_id=world.accounts["coordinator"]))
    with open_session(engine, writes=False) as db:
        hashes = list(db.exec(select(WebSession.token_hash)))
    assert token not in hashes
    assert web_sessions.hash_token(token) in hashes


@pytest.mark.parametrize("column", ["expires_at", "last_seen_at"])
def test_session_out_of_time_is_dead(
    enter: Enter, world: World, engine: sa.Engine, column: str
) -> None:
    visitor = enter(account_id=world.accounts["coordinator"])
    assert is_signed_in(visitor)
    past = now() - (timedelta(seconds=1) if column == "expires_at" else timedelta(hours=7))
    with open_session(engine) as db:
        db.exec(update(WebSession).values({column: past}))
        db.commit()
    assert not is_signed_in(visitor)


def test_disabled_account_is_out_at_once(enter: Enter, world: World, engine: sa.Engine) -> None:
    visitors = [enter(account_id=world.accounts["coordinator"]) for _ in range(3)]
    assert all(is_signed_in(one) for one in visitors)
    with open_session(engine) as db:
        account = db.get(Account, world.accounts["coordinator"])
        assert account is not None
        accounts.disable_account(db, SYSTEM, account, at=now())
        db.commit()
    assert not any(is_signed_in(one) for one in visitors)


def test_changed_password_ends_every_other_session(
    visitor: Visitor, enter: Enter, staff: str, world: World
) -> None:
    elsewhere = enter(account_id=world.accounts["coordinator"])
    sign_in(visitor, staff)
    visitor.get("/account/password")
    page = visitor.send({"current": PASSWORD, "new": "nine loud geese at dawn"})
    assert page.status == 200
    assert is_signed_in(visitor)
    assert not is_signed_in(elsewhere)


def test_change_of_password_needs_the_old_one(visitor: Visitor, staff: str) -> None:
    sign_in(visitor, staff)
    visitor.get("/account/password")
    page = visitor.send({"current": "not it at all", "new": "nine loud geese at dawn"})
    assert (page.status, page.faults) == (422, ["This is not your password until now"])


def test_session_ended_meanwhile_is_not_brought_back(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    """A page that was being built when the session ended must not write it alive again."""
    visitor = enter(account_id=world.accounts["coordinator"])

    def end_it() -> None:
        with open_session(engine) as db:
            db.exec(update(WebSession).values(ended_at=now()))
            db.commit()

    real = enter.app.view_functions["accounts.password"]

    def slow() -> object:
        session["typed"] = "something"
        end_it()
        return real()

    slow.permission = real.permission  # type: ignore[attr-defined]
    enter.app.view_functions["accounts.password"] = slow
    visitor.get("/account/password", follow=False)
    with open_session(engine, writes=False) as db:
        alive = db.exec(select(WebSession).where(col(WebSession.ended_at).is_(None))).all()
    assert alive == []


def test_page_without_a_form_begins_no_session(visitor: Visitor, engine: sa.Engine) -> None:
    answer = visitor.get("/").response
    assert "Set-Cookie" not in answer.headers
    with open_session(engine, writes=False) as db:
        assert db.exec(select(WebSession)).all() == []


def test_cookie_is_out_of_reach_of_scripts(visitor: Visitor) -> None:
    header = visitor.get("/sign-in").response.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(header.split("; "))
