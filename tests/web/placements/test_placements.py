"""Placements and the unplaced: names for who may see people, references for who may not."""

from flask import Flask

from tests.web.conftest import Enter
from tests.web.statements import MOST, statements
from tests.web.world import World


def test_placements_show_names_to_coordinators_and_none_to_auditors(
    app: Flask, enter: Enter, world: World
) -> None:
    path = f"/runs/{world.own.run}/placements"
    coordinator = enter(account_id=world.accounts["coordinator"])
    with statements(app) as sent:
        page = coordinator.get(path)
    assert "1 placement" in page.text
    assert f"Salma {world.own.canary}" in page.text
    assert len(sent) <= MOST
    audited = enter(account_id=world.accounts["auditor"]).get(path)
    assert "1 placement" in audited.text
    assert "Salma" not in audited.text
    assert world.own.reference in audited.text


def test_placements_to_look_at_are_none_without_rival_nations(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    page = coordinator.get(f"/runs/{world.own.run}/placements?review=yes")
    assert page.heading == "Placements to look at"
    assert "There is none." in page.text


def test_unplaced_page_says_when_everybody_has_a_place(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    page = coordinator.get(f"/runs/{world.own.run}/unplaced")
    assert "Everybody has a place." in page.text


def test_page_numbers_that_are_none_show_the_first_page(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    for number in ("0", "-1", "x", "٣", "9" * 400):
        page = coordinator.get(f"/runs/{world.own.run}/placements?page={number}")
        assert page.status == 200
        assert "1 placement" in page.text
