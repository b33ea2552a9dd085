"""Pages of tokens: made after a code, shown once, listed, revoked."""

import sqlalchemy as sa
from sqlmodel import Session, col, select

from exchange.clock import now
from exchange.domain.api_scopes import Scope
from exchange.records import ApiToken, AuditEvent
from tests.web.api.caller import Caller
from tests.web.conftest import Enter
from tests.web.visitor import Visitor
from tests.web.world import World


def _path(world: World) -> str:
    return f"/programmes/{world.own.programme}/tokens"


def _make(visitor: Visitor, world: World, **changes: object) -> str:
    visitor.get(f"{_path(world)}/new")
    answers = {"name": "Bookkeeping", "scopes": ["runs:read"], "days": "30"}
    page = visitor.send(answers | changes)
    assert page.heading == "The token, this once", page.faults
    return next(
        code.text() for code in page.tree.all("code") if "token" in code.attrs.get("class", "")
    )


def test_token_is_shown_once_and_works(enter: Enter, world: World, engine: sa.Engine) -> None:
    visitor = enter(account_id=world.accounts["coordinator"], stepped_up=True)
    text = _make(visitor, world)
    assert text.startswith("exchange_")
    listed = visitor.get(_path(world))
    assert "Bookkeeping" in listed.text
    assert text not in listed.text
    caller = Caller(visitor.app, text)
    assert caller.get(f"/runs/{world.own.run}").status_code == 200
    assert caller.get("/cycles").status_code == 403
    with Session(engine) as session:
        token = session.exec(select(ApiToken).where(ApiToken.name == "Bookkeeping")).one()
        kept = " ".join(str(value) for value in token.model_dump().values())
        event = session.exec(select(AuditEvent).order_by(col(AuditEvent.id).desc())).first()
    assert text.split("_", 2)[2] not in kept
    assert event is not None
    assert (event.action, event.subject_id) == ("token:create", token.public_id)
    assert event.facts == {"scopes": ["runs:read"], "days": 30}


def test_making_one_asks_for_a_code_before_anything_is_typed(enter: Enter, world: World) -> None:
    visitor = enter(account_id=world.accounts["coordinator"])
    page = visitor.get(f"{_path(world)}/new", follow=False)
    assert page.status == 303
    assert page.response.headers["Location"].startswith("/account/code?next=/programmes/")


def test_every_fault_is_told_and_what_was_typed_stays(enter: Enter, world: World) -> None:
    visitor = enter(account_id=world.accounts["coordinator"], stepped_up=True)
    visitor.get(f"{_path(world)}/new")
    page = visitor.send({"name": "x" * 101, "scopes": [], "days": []})
    assert page.status == 422
    assert len(page.faults) == 3
    assert page.values()["name"] == "x" * 101
    page = visitor.send({"name": "Bookkeeping", "scopes": ["runs:read"], "days": []})
    assert page.faults == ["Choose how long the token works"]
    assert page.values().getlist("scopes") == ["runs:read"]
    assert page.values()["name"] == "Bookkeeping"


def test_revoked_token_ends_at_once_and_is_listed_as_that(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    visitor = enter(account_id=world.accounts["coordinator"], stepped_up=True)
    text = _make(visitor, world, scopes=[scope.value for scope in Scope])
    caller = Caller(visitor.app, text)
    assert caller.get("/cycles").status_code == 200
    public_id = text.split("_")[1]
    page = visitor.post(f"/tokens/{public_id}/revoke")
    assert "Revoked" in page.text
    assert caller.get("/cycles").status_code == 401
    with Session(engine) as session:
        token = session.exec(select(ApiToken).where(ApiToken.public_id == public_id)).one()
    assert token.revoked_at is not None
    assert token.last_used_on == now().date()


def test_guide_is_for_everybody_and_linked_from_where_tokens_are(
    enter: Enter, visitor: Visitor, world: World
) -> None:
    guide = visitor.get("/api")
    assert guide.heading == "For programs: the API"
    for scope in Scope:
        assert scope.value in guide.text
    coordinator = enter(account_id=world.accounts["coordinator"])
    links = {
        link.attrs.get("href")
        for path in (f"/cycles/{world.own.cycle}", _path(world))
        for link in coordinator.get(path).tree.all("a")
    }
    assert {_path(world), "/api", f"{_path(world)}/new"} <= links


def test_only_those_who_may_make_tokens_are_led_to_them(enter: Enter, world: World) -> None:
    led = set()
    for who in ("programme_administrator", "coordinator", "reviewer", "auditor", "lead"):
        visitor = enter(account_id=world.accounts[who])
        page = visitor.get(f"/cycles/{world.own.cycle}")
        assert page.status == 200
        if _path(world) in {link.attrs.get("href") for link in page.tree.all("a")}:
            led.add(who)
    assert led == {"programme_administrator", "coordinator"}
    administrator = enter(account_id=world.accounts["programme_administrator"])
    links = {link.attrs.get("href") for link in administrator.get("/programmes").tree.all("a")}
    assert _path(world) in links
