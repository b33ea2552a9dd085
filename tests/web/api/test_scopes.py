"""What each scope opens, and that a token is never worth more than the person who made it."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import Session, col, delete, select
from werkzeug.routing import Rule

from exchange.clock import now
from exchange.domain.api_scopes import PERMISSIONS, Scope
from exchange.domain.roles import PROGRAMME_PERMISSIONS, Permission, Role
from exchange.errors import InvalidInput, NotFound, StepUpNeeded
from exchange.records import Account, ApiToken, Membership, Programme
from exchange.records.session import open_session
from exchange.services import accounts, api_tokens
from exchange.web import guards
from exchange.web.api import bearer
from tests.web.api.caller import Caller, Programs
from tests.web.test_permissions import MISSING, arguments
from tests.web.world import Realm, World

S = Scope
TABLE: dict[str, tuple[Scope, ...]] = {
    "list_programmes": (),
    "show_programme": (),
    "list_cycles": (S.CYCLES_READ,),
    "show_cycle": (S.CYCLES_READ,),
    "list_rules": (S.RULES_READ,),
    "show_rules": (S.RULES_READ,),
    "list_applications": (S.APPLICATIONS_READ,),
    "add_application": (S.APPLICATIONS_WRITE,),
    "show_application": (S.APPLICATIONS_READ,),
    "change_application": (S.APPLICATIONS_READ, S.APPLICATIONS_WRITE),
    "list_checks": (S.CHECKS_READ,),
    "add_check": (S.CHECKS_WRITE,),
    "list_runs": (S.RUNS_READ,),
    "start_run": (S.RUNS_WRITE,),
    "show_run": (S.RUNS_READ,),
    "cancel_run": (S.RUNS_WRITE,),
    "list_placements": (S.PLACEMENTS_READ,),
    "list_unplaced": (S.PLACEMENTS_READ,),
    "list_contacts": (S.PLACEMENTS_READ,),
    "list_waiting": (S.PLACEMENTS_READ,),
    "export_cycle": (S.EXPORTS_READ,),
    "export_run": (S.EXPORTS_READ,),
}
"""Every address for programs, and the scopes that it takes."""


def _rules(app: Flask) -> list[Rule]:
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if guards.permission_of(app, rule.endpoint) is Permission.BEARER
    ]
    assert rules
    return rules


def _ask(caller: Caller, rule: Rule, realm: Realm, *, missing: bool = False) -> int:
    """Ask for a route with what is a realm's, or with what is nobody's; return the status."""
    method = next(iter(set(rule.methods or ()) - {"HEAD", "OPTIONS"}))
    values = arguments(realm) | {"kind": "participants"}
    if missing:
        values |= {name: MISSING for name in values if name.endswith("_id")}
    path = caller.client.application.url_map.bind("127.0.0.1").build(
        rule.endpoint, {name: values[name] for name in rule.arguments}, method=method
    )
    body = None if method == "GET" or rule.endpoint == "api.cancel_run" else {}
    return caller.send(method, path, body, headers={"If-Match": '"0"'}).status_code


def test_every_route_declares_the_scopes_that_are_listed(app: Flask) -> None:
    with app.app_context():
        declared = {
            rule.endpoint.removeprefix("api."): tuple(bearer.scopes_of(rule.endpoint))
            for rule in _rules(app)
        }
    assert declared == TABLE


@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_opens_what_its_scope_opens_and_nothing_else(
    app: Flask, program: Programs, world: World, scope: Scope
) -> None:
    caller = program(world.accounts["coordinator"], world.own, scope)
    for rule in _rules(app):
        needed = set(TABLE[rule.endpoint.removeprefix("api.")])
        status = _ask(caller, rule, world.own)
        if not needed <= {scope}:
            assert status == 403, rule.rule
        elif rule.endpoint.startswith("api.export_"):
            # The file is about people, and takes two scopes more.
            assert status == 403
        else:
            assert status in (200, 202, 409, 412, 422), (rule.rule, status)


def test_what_is_anothers_is_told_like_what_is_not_there(
    app: Flask, program: Programs, world: World
) -> None:
    caller = program(world.accounts["coordinator"], world.own)
    compared = 0
    for rule in _rules(app):
        if not any(name.endswith("_id") for name in rule.arguments):
            continue
        statuses = {
            _ask(caller, rule, world.other),
            _ask(caller, rule, world.own, missing=True),
        }
        assert len(statuses) == 1, rule.rule
        assert statuses <= {404, 422}
        compared += 1
    assert compared > 15


def test_an_administrators_token_stays_in_its_programme(
    app: Flask, program: Programs, world: World
) -> None:
    caller = program(world.accounts["administrator"], world.own)
    assert caller.get(f"/cycles/{world.own.cycle}").status_code == 200
    assert caller.get(f"/cycles/{world.other.cycle}").status_code == 404
    assert world.other.canary not in str(caller.items("/cycles", 50))


@pytest.mark.parametrize(
    "header", ["", "Basic cm9vdDpyb290", "Bearer", "Bearer exchange_x", "Bearer é", "Token x y"]
)
def test_no_token_and_a_wrong_one_are_refused(app: Flask, world: World, header: str) -> None:
    caller = Caller(app, None)
    answer = caller.get(f"/cycles/{world.own.cycle}", Authorization=header)
    assert (answer.status_code, answer.json["code"]) == (401, "token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_token_with_another_secret_or_id_is_refused(
    app: Flask, program: Programs, world: World
) -> None:
    one = program(world.accounts["coordinator"], world.own).token or ""
    other = program(world.accounts["coordinator"], world.own).token or ""
    mixed = "_".join([*one.split("_", 2)[:2], other.split("_", 2)[2]])
    for text in (mixed, one[:-1], f"{one}x", one.upper(), one.replace("exchange", "other")):
        assert Caller(app, text).get("/cycles").status_code == 401
    assert Caller(app, one).get("/cycles").status_code == 200


def test_guessing_is_slowed_down(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # A window as long as a day does not end while the test runs.
    monkeypatch.setattr(bearer, "WINDOW_S", 86_400)
    monkeypatch.setattr(bearer, "REFUSALS", 3)
    caller = Caller(app, "exchange_1_2")
    statuses = [caller.get("/cycles").status_code for _ in range(bearer.REFUSALS + 1)]
    assert statuses[:-1] == [401] * bearer.REFUSALS
    last = caller.get("/cycles")
    assert (statuses[-1], last.status_code) == (429, 429)
    assert int(last.headers["Retry-After"]) >= 1


def test_a_token_may_ask_so_often(
    program: Programs, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bearer, "WINDOW_S", 86_400)
    monkeypatch.setattr(bearer, "REQUESTS", 3)
    caller = program(world.accounts["coordinator"], world.own)
    assert [caller.get("/cycles").status_code for _ in range(4)] == [200, 200, 200, 429]
    other = program(world.accounts["coordinator"], world.own)
    assert other.get("/cycles").status_code == 200


def test_token_ends_with_its_day_its_revocation_and_its_makers_rights(
    app: Flask, program: Programs, world: World, engine: sa.Engine
) -> None:
    def ends_by(change: sa.sql.Executable) -> None:
        caller = program(world.accounts["coordinator"], world.own)
        assert caller.get("/cycles").status_code == 200
        with engine.begin() as connection:
            connection.execute(change)
        assert caller.get("/cycles").status_code == 401

    table = ApiToken.__table__  # type: ignore[attr-defined]
    ends_by(sa.update(table).values(expires_at=now() - timedelta(seconds=1)))
    ends_by(sa.update(table).values(revoked_at=now()))
    account = Account.__table__  # type: ignore[attr-defined]
    mine = account.c.id == world.accounts["coordinator"]
    ends_by(sa.update(account).where(mine).values(disabled_at=now()))


def test_token_loses_what_its_maker_loses(
    program: Programs, world: World, engine: sa.Engine
) -> None:
    caller = program(world.accounts["coordinator"], world.own)
    path = f"/cycles/{world.own.cycle}/applications"
    assert caller.get(path).status_code == 200
    with open_session(engine) as session:
        of_maker = col(Membership.account_id) == world.accounts["coordinator"]
        session.exec(delete(Membership).where(of_maker))
        session.add(
            Membership(
                account_id=world.accounts["coordinator"],
                programme_id=world.own.programme_id,
                role=Role.AUDITOR,
            )
        )
        session.commit()
    assert caller.get(f"/cycles/{world.own.cycle}").status_code == 200
    refused = caller.get(path)
    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")


def test_day_of_the_last_use_is_kept(program: Programs, world: World, engine: sa.Engine) -> None:
    caller = program(world.accounts["coordinator"], world.own)
    public_id = (caller.token or "").split("_")[1]
    for _ in range(2):
        assert caller.get("/cycles").status_code == 200
    with Session(engine) as session:
        token = session.exec(select(ApiToken).where(ApiToken.public_id == public_id)).one()
    assert token.last_used_on == now().date()
    assert public_id in (caller.token or "")
    assert (caller.token or "").split("_", 2)[2] not in repr(token)


def test_scopes_need_the_permissions_that_their_routes_ask_for() -> None:
    everything = PROGRAMME_PERMISSIONS[Role.COORDINATOR]
    for scope, permissions in PERMISSIONS.items():
        assert permissions
        assert permissions <= everything, scope
        assert not permissions & {Permission.PUBLISH_RUNS, Permission.CONFIRM_RUNS}
    assert set(PERMISSIONS) == set(Scope)


def test_only_who_coordinates_makes_tokens_and_only_after_a_code(
    world: World, engine: sa.Engine
) -> None:
    at = now()
    with open_session(engine) as session:
        programme = session.get_one(Programme, world.own.programme_id)

        def make(who: str, scopes: list[str], *, days: int = 30, fresh: bool = True) -> None:
            actor = accounts.actor_of(session, world.accounts[who])
            actor = replace(actor, stepped_up_at=at if fresh else None)
            api_tokens.make_token(
                session, actor, programme, name="x", scopes=scopes, days=days, at=at
            )

        with pytest.raises(StepUpNeeded, match="Enter a code"):
            make("coordinator", ["runs:read"], fresh=False)
        with pytest.raises(NotFound, match="nothing at this address"):
            make("coordinator elsewhere", ["runs:read"])
        for who in ("reviewer", "auditor"):
            with pytest.raises(Exception, match="Your role does not include this"):
                make(who, ["runs:read"])
        with pytest.raises(InvalidInput) as refused:
            make("coordinator", ["runs:publish"], days=10_000)
        assert set(refused.value.faults) == {"scopes", "days"}
        session.rollback()


def test_a_token_makes_no_token(program: Programs, world: World, engine: sa.Engine) -> None:
    text = program(world.accounts["coordinator"], world.own).token or ""
    at = now()
    with open_session(engine) as session:
        found = api_tokens.find_bearer(session, text, at)
        assert found is not None
        actor = replace(found.actor, stepped_up_at=at)
        with pytest.raises(NotFound, match="nothing at this address"):
            api_tokens.make_token(
                session,
                actor,
                session.get_one(Programme, world.own.programme_id),
                name="x",
                scopes=["runs:read"],
                days=30,
                at=at,
            )
