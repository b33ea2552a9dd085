"""Frontiers on pages: asked for, watched, stopped, read, started from."""

from flask import Flask

from exchange.config import Settings
from exchange.jobs.frontier_task import execute_frontier
from exchange.jobs.queue import queue_depth
from tests.web.conftest import Enter
from tests.web.statements import MOST, statements
from tests.web.visitor import HOST
from tests.web.world import World


def test_frontier_is_computed_by_a_worker_and_a_run_starts_from_a_point(
    app: Flask, enter: Enter, world: World, settings: Settings
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/cycles/{world.own.cycle}/frontiers"
    page = coordinator.post(path)
    assert page.status == 200
    assert "Waiting for a worker" in page.text
    assert queue_depth(settings) == 1
    assert coordinator.post(path).status == 409
    public_id = page.path.rsplit("/", 1)[1]
    fragment = f"{HOST}/frontiers/{public_id}/progress"
    assert "hx-trigger" in coordinator.client.get(fragment).get_data(as_text=True)
    execute_frontier(public_id, settings)
    assert coordinator.client.get(fragment).headers["HX-Refresh"] == "true"
    with statements(app) as sent:
        page = coordinator.get(f"/frontiers/{public_id}")
    assert len(sent) <= MOST
    assert page.heading == "Diversity and fit"
    assert len(page.tree.all("svg")) == 1
    rows = [row.text() for row in page.tree.all("tr")][1:]
    assert len(rows) == 9
    links = [one.attrs["href"] for one in page.tree.all("a") if "epsilon=0.05" in one.attrs["href"]]
    form = coordinator.get(links[0]).values()
    assert form["epsilon"] == "0.05"
    assert form["seed"].isdigit()


def test_point_in_an_address_that_makes_no_sense_is_passed_over(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/cycles/{world.own.cycle}/runs/new"
    form = coordinator.get(f"{path}?epsilon=nan&seed=-1").values()
    assert (form["epsilon"], form["seed"]) == ("0.02", "")


def test_frontier_that_waits_is_stopped_on_its_page(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    page = coordinator.post(f"/frontiers/{world.own.live_frontier}/cancel")
    assert "Somebody stopped this" in page.text
    assert coordinator.post(f"/frontiers/{world.own.live_frontier}/cancel").status == 409
