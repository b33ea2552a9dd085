"""Pairs of nations on pages: listed, searched, weighed, contested, flattened."""

import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from exchange.domain.rules import Rules
from exchange.records import Cycle
from exchange.records.session import open_session
from exchange.services.rule_versions import rules_of
from tests.web.conftest import Enter
from tests.web.statements import MOST, statements
from tests.web.world import World


def _rules(engine: sa.Engine, world: World) -> Rules:
    with open_session(engine, writes=False) as session:
        found = session.exec(select(Cycle).where(Cycle.public_id == world.own.cycle)).one()
        return rules_of(found.rules)


def test_pair_changed_with_a_reason_is_dated_and_marked_in_the_picture(
    app: Flask, enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/cycles/{world.own.cycle}/rules/nations"
    with statements(app) as sent:
        page = coordinator.get(path)
    assert len(sent) <= MOST
    assert "1 pair" in page.text
    assert "<svg" in page.response.get_data(as_text=True)
    coordinator.get(f"{path}/FR-MA")
    page = coordinator.send({"weight": "0,25", "contested": "yes", "reason": "Both asked for it"})
    assert "Both asked for it" in page.text
    assert "contested" in page.text
    assert _rules(engine, world) == Rules(
        pair_weights={("FR", "MA"): 0.25}, contested_pairs=frozenset({("FR", "MA")})
    )
    coordinator.get(f"{path}/FR-MA")
    assert coordinator.send({"reason": "Again"}).status == 422
    coordinator.get(f"{path}/FR-MA")
    coordinator.send({"weight": "", "contested": [], "reason": "Back to the facts"})
    assert _rules(engine, world) == Rules()


def test_weight_out_of_range_is_refused_with_what_was_typed(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    for weight in ("0", "1.5", "nan", "-1"):
        coordinator.get(f"/cycles/{world.own.cycle}/rules/nations/FR-MA")
        page = coordinator.send({"weight": weight, "reason": ""})
        assert page.status == 422
        assert len(page.faults) == 2
        assert page.values()["weight"] == weight


def test_search_finds_pairs_of_nations_that_have_not_signed_up(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/cycles/{world.own.cycle}/rules/nations"
    page = coordinator.get(f"{path}?search=Greece+turk")
    rows = [row.text() for row in page.tree.all("tr")][1:]
    assert rows[0].startswith("Greece")
    assert len(rows) > 1
    assert "No nation is called so" in coordinator.get(f"{path}?search=100%25").text
    for wrong in ("MA-FR", "FR-FR", "FR", "XX-YY"):
        assert coordinator.get(f"{path}/{wrong}").status == 404


def test_flattened_weights_are_one_and_come_back(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/cycles/{world.own.cycle}/rules/nations"
    coordinator.get(f"{path}/flatten")
    assert coordinator.send({"reason": ""}).status == 422
    assert coordinator.send({"reason": "Keep it simple"}).status == 200
    assert _rules(engine, world).flatten
    assert "All pairs of nations weigh 1 now" in coordinator.get(path).text
    coordinator.get(f"{path}/flatten")
    coordinator.send({"reason": "Weigh again"})
    assert not _rules(engine, world).flatten
