"""No form that did not come from our own page changes anything."""

import pytest
import sqlalchemy as sa
from flask import Flask

from exchange.domain.roles import Permission
from exchange.records import WebSession
from exchange.web import guards
from tests.web.conftest import Enter
from tests.web.offered import add_offers
from tests.web.test_permissions import Cell, arguments, of_blueprint
from tests.web.visitor import HOST, Visitor
from tests.web.world import World

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
BEGINS = ("signup.", "resume.", "own_offers.", "hand.change", "hand.decide")
SAID_FIRST = frozenset(
    {
        "screening.record_check",
        "households.correct",
        "households.move_out",
        "households.send_announcement",
    }
)
"""Before any form is read: a student has no checks and no household; a household has changed."""


def _dump(engine: sa.Engine) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but the sessions, which a page with a form begins."""
    metadata = sa.MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr)
            for table in metadata.sorted_tables
            if table.name != WebSession.__tablename__
        }


@pytest.fixture
def world(world: World, engine: sa.Engine) -> World:
    """The world, with a match that is published and offered."""
    return add_offers(engine, world)


def _unsafe_cells(app: Flask) -> list[Cell]:
    return [
        Cell("coordinator", rule, method, "own")
        for rule in app.url_map.iter_rules()
        for method in UNSAFE
        if method in (rule.methods or ())
        # A token has to be sent by hand, which no form of another site can do.
        and guards.permission_of(app, rule.endpoint) is not Permission.BEARER
    ]


@pytest.mark.parametrize("token", ["", "forged", "of another session"])
def test_every_form_without_its_token_is_refused_and_changes_nothing(
    app: Flask, enter: Enter, world: World, engine: sa.Engine, token: str
) -> None:
    before = _dump(engine)
    refused = 0
    for cell in _unsafe_cells(app):
        permission = guards.permission_of(app, cell.rule.endpoint)
        whose = {
            Permission.OWN_APPLICATION: {"application_id": world.own.minor_id},
            Permission.OWN_GUARDIANSHIP: {"guardian_id": world.own.guardian_id},
            Permission.DOWNLOAD_OWN: {"account_id": world.accounts["partner"]},
        }
        staff = {"account_id": world.accounts["coordinator"]}
        visitor = enter(**whose.get(permission, staff) if permission else staff)
        sent = Visitor(app).token() if token.startswith("of") else token
        values = arguments(world.own) | of_blueprint(cell.rule.endpoint.split(".")[0], world.own)
        path = app.url_map.bind("127.0.0.1").build(
            cell.rule.endpoint,
            {name: values[name] for name in cell.rule.arguments},
            method=cell.method,
        )
        answer = visitor.client.open(
            path, method=cell.method, data={"csrf_token": sent}, base_url=HOST
        )
        # Who has no draft, no offer or no change in mind is sent to where one begins.
        begins = cell.rule.endpoint.startswith(BEGINS)
        expected = (403, 303) if begins else (403,)
        if cell.rule.endpoint in SAID_FIRST:
            expected = (409,)
        assert answer.status_code in expected, cell
        refused += 1
    assert refused > 10
    assert _dump(engine) == before


def test_form_started_on_another_site_is_refused_even_with_its_token(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    visitor = enter(application_id=world.own.application_id)
    before = _dump(engine)
    for site in ("cross-site", "same-site"):
        answer = visitor.client.post(
            "/application/withdraw",
            data={"csrf_token": visitor.csrf},
            headers={"Sec-Fetch-Site": site},
            base_url=HOST,
        )
        assert answer.status_code == 403
    assert _dump(engine) == before


def test_token_is_not_taken_from_the_address(enter: Enter, world: World) -> None:
    visitor = enter(application_id=world.own.application_id)
    page = visitor.post(f"/application/withdraw?csrf_token={visitor.csrf}", token=False)
    assert page.status == 403


def test_sign_in_without_token_is_refused_and_keeps_the_address_typed(visitor: Visitor) -> None:
    page = visitor.post("/sign-in", {"email": "co@example.org", "password": "x"}, token=False)
    assert page.status == 403
    assert page.values()["email"] == "co@example.org"
    assert page.faults == ["Your answers are still here, but not saved: please send again."]


def test_get_and_head_change_nothing(
    app: Flask, enter: Enter, world: World, engine: sa.Engine
) -> None:
    values = arguments(world.own)
    # Who looks at a person's page is noted, once a day; after that it changes nothing either.
    seen = enter(account_id=world.accounts["administrator"])
    assert seen.get(f"/applications/{values['application_id']}").status == 200
    before = _dump(engine)
    for rule in app.url_map.iter_rules():
        for method in ("GET", "HEAD"):
            if method not in (rule.methods or ()) or rule.endpoint == "static":
                continue
            visitor = enter(account_id=world.accounts["administrator"])
            path = app.url_map.bind("127.0.0.1").build(
                rule.endpoint, {name: values[name] for name in rule.arguments}, method=method
            )
            visitor.client.open(path, method=method, base_url=HOST)
    assert _dump(engine) == before
