"""Why on pages: in words, for each reader, and never a score of a country beside a name."""

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.web.conftest import Enter
from tests.web.season import Season, make_season
from tests.web.statements import MOST, statements
from tests.web.visitor import Visitor
from tests.web.world import World


@pytest.fixture
def season(engine: sa.Engine, world: World) -> Season:
    return make_season(engine, world)


@pytest.fixture
def coordinator(enter: Enter, world: World) -> Visitor:
    return enter(account_id=world.accounts["coordinator"], stepped_up=True)


def test_a_card_tells_each_reader_what_is_theirs(season: Season, coordinator: Visitor) -> None:
    page = coordinator.get(f"/runs/{season.run}/why?student={season.ids['Omar']}")
    assert page.heading == "Why this placement?"
    assert "meet here and nowhere else in this run." in page.text
    assert "Both speak French." in page.text
    assert "You and your hosts both speak French." in page.text
    assert "Interests that you and your guest share: Chess." in page.text
    quotes = [one.text() for one in page.tree.all("blockquote")]
    assert len(quotes) == 2
    assert "Yours is the first home of this programme where Egypt and" in quotes[0]
    assert not any(character.isdigit() for quote in quotes for character in quote)


def test_why_not_names_the_rule_or_the_cost(season: Season, coordinator: Visitor) -> None:
    salma, free = season.ids["Salma"], season.ids[season.free()]
    asked = coordinator.get(f"/runs/{season.run}/why-not?student={salma}")
    assert asked.status == 200
    cost = coordinator.get(f"/runs/{season.run}/why-not?student={salma}&host={free}")
    assert "No rule keeps them apart." in cost.text
    assert "the host has a free place" in cost.text
    waits = season.ids["Waits"]
    rule = coordinator.get(f"/runs/{season.run}/why-not?student={waits}&host={free}")
    assert "A rule keeps them apart" in rule.text
    assert "They share no language" in rule.text
    made = coordinator.get(f"/runs/{season.run}/why-not?student={salma}&host={season.homes[salma]}")
    assert "They are placed together in this run." in made.text
    unknown = coordinator.get(f"/runs/{season.run}/why-not?student={salma}&host=NOBODY")
    assert "No host of this cycle has the name or reference" in unknown.text


def test_why_not_finds_hosts_by_a_part_of_their_name_for_who_may_see_people(
    season: Season, coordinator: Visitor, enter: Enter, world: World
) -> None:
    path = f"/runs/{season.run}/why-not"
    address = f"{path}?student={season.ids['Salma']}&host=%20hOm"
    found = coordinator.get(address)
    hosts = {
        one.text(): one.attrs["href"]
        for one in found.tree.all("a")
        if one.attrs["href"].startswith(f"{path}?") and "host=" in one.attrs["href"]
    }
    assert list(hosts) == ["Lyon home", "Graz home", "Bern home", "Riga home"]
    assert found.text.count(" H-") == 5, "one reference each, and that of the hint"
    assert "No rule keeps them apart." in coordinator.get(hosts[season.free()]).text
    blind = enter(account_id=world.accounts["auditor"]).get(address)
    assert "No host of this cycle has the reference" in blind.text
    assert "Lyon home" not in blind.text


def test_lists_of_a_run_show_references_beside_names(season: Season, coordinator: Visitor) -> None:
    for path in ("placements", "unplaced", f"why?student={season.ids['Salma']}"):
        page = coordinator.get(f"/runs/{season.run}/{path}")
        named = {small.text()[:2] for small in page.tree.all("small")}
        assert named == ({"S-"} if path == "unplaced" else {"S-", "H-"}), path


def test_why_unplaced_counts_the_rules_and_says_what_would_help(
    season: Season, coordinator: Visitor
) -> None:
    page = coordinator.get(f"/runs/{season.run}/why-unplaced?student={season.ids['Waits']}")
    assert page.heading == "Why no place?"
    counts = [one.text() for one in page.tree.all("dd")]
    assert counts == ["4", "0"]
    # One host is of the student's own nation too, so three are kept away by language alone.
    assert "3 hosts are kept away by this alone: They share no language" in page.text
    placed = coordinator.get(f"/runs/{season.run}/why-unplaced?student={season.ids['Salma']}")
    assert placed.status == 404


def test_whom_to_recruit_is_told_from_the_report(season: Season, coordinator: Visitor) -> None:
    page = coordinator.get(f"/runs/{season.run}/recruit")
    assert page.heading == "Whom to recruit next"
    assert "that speaks Icelandic" in page.text


def test_an_auditor_reads_reasons_without_names(
    app: Flask, season: Season, enter: Enter, world: World
) -> None:
    auditor = enter(account_id=world.accounts["auditor"])
    with statements(app) as sent:
        page = auditor.get(f"/runs/{season.run}/why?student={season.ids['Omar']}")
    assert "Both speak French." in page.text
    assert "Omar" not in page.text
    assert len(sent) <= MOST


def test_hosts_that_the_match_leans_on_are_listed(
    season: Season, coordinator: Visitor, world: World
) -> None:
    page = coordinator.get(f"/runs/{season.run}/leans-on")
    assert "Whichever host withdrew, every guest would find another home." in page.text
    # One student and one host: if it withdrew, nothing would be left.
    alone = coordinator.get(f"/runs/{world.own.run}/leans-on")
    assert [one.text() for one in alone.tree.all("td")] == ["1", "1"]
    assert world.own.canary in alone.text
    publish = coordinator.get(f"/runs/{world.own.run}/publish")
    assert "Hosts that the match leans on" in publish.text
