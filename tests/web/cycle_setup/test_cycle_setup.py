"""Cycles are made on pages: from nothing, and from last year's."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlmodel import select

from exchange.records import Cycle
from exchange.records.session import open_session
from tests.web.conftest import Enter
from tests.web.world import World


def test_cycle_is_copied_after_its_times_were_corrected(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    page = coordinator.get(f"/cycles/{world.own.cycle}")
    link = next(a for a in page.tree.all("a") if a.text() == "Copy for next year")
    page = coordinator.get(link.attrs["href"])
    assert page.heading == "Copy this cycle for next year"
    values = page.values()
    assert values["name"] == f"{world.own.canary} cycle 2028"
    assert (values["stay_from_on-day"], values["stay_from_on-year"]) == ("1", "2028")
    page = coordinator.send({"closes_on-year": "2020", "opens_time": "25:00"})
    assert page.status == 422
    assert page.faults == ["Write a time from 0:00 to 23:59, such as 9:30."]
    assert page.values()["closes_on-year"] == "2020"
    page = coordinator.send({"opens_time": "٩:٣٠"})
    assert page.faults == ["Sign-up has to close after it opens"]
    page = coordinator.send({"closes_on-year": "2028", "name": "Next one"})
    assert page.heading == "Next one"


def test_time_that_clocks_skip_is_a_fault_of_its_clock(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    coordinator.get(f"/cycles/{world.own.cycle}/copy")
    when = {"opens_on-day": "26", "opens_on-month": "3", "opens_on-year": "2028"}
    page = coordinator.send({**when, "opens_time": "2:30", "time_zone": "Europe/Berlin"})
    assert page.status == 422
    assert page.faults == ["The clocks change at that time; choose a time an hour earlier or later"]


def test_times_that_clocks_show_twice_are_asked_about_and_the_rest_is_kept(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    page = coordinator.get(f"/cycles/{world.own.cycle}/copy")
    assert not page.tree.all("input", type="radio", name="opens_which")
    night = {"day": "29", "month": "10", "year": "2028"}
    days = {f"{on}-{part}": it for on in ("opens_on", "closes_on") for part, it in night.items()}
    times = {"opens_time": "2:45", "closes_time": "2:15", "time_zone": "Europe/Berlin"}
    page = coordinator.send({**days, **times, "name": "By night"})
    assert page.status == 422
    asked = "The clocks show that time twice; choose which of the two is meant"
    assert page.faults == [asked, asked]
    lines = [a.attrs["href"] for a in page.tree.all("a") if a.text() == asked]
    assert lines == ["#opens_which-0", "#closes_which-0"]
    assert "02:45, UTC+02:00 (summer time)" in page.text
    assert "02:15, UTC+01:00" in page.text
    kept = page.values()
    assert (kept["name"], kept["opens_time"], kept["opens_on-day"]) == ("By night", "2:45", "29")
    # By moments, although the clocks show less when it closes.
    page = coordinator.send({"opens_which": "UTC+02:00", "closes_which": "UTC+02:00"})
    assert page.faults == ["Sign-up has to close after it opens"]
    assert page.values()["opens_which"] == "UTC+02:00"
    page = coordinator.send({"closes_which": "UTC+01:00", "stay_to_on-year": ""})
    assert page.faults == ["The date is missing its year."]
    assert page.values()["closes_which"] == "UTC+01:00"
    page = coordinator.send({"stay_to_on-year": "2029"})
    assert page.heading == "By night"
    with open_session(engine, writes=False) as session:
        made = session.exec(select(Cycle).where(Cycle.name == "By night")).one()
    assert made.opens_at == datetime(2028, 10, 29, 0, 45, tzinfo=UTC)
    assert made.closes_at == datetime(2028, 10, 29, 1, 15, tzinfo=UTC)


def test_first_cycle_of_a_programme_is_made_on_a_page(enter: Enter, world: World) -> None:
    chief = enter(account_id=world.accounts["programme_administrator"])
    page = chief.get("/cycles")
    link = next(a for a in page.tree.all("a") if a.text().startswith("Make a cycle"))
    page = chief.get(link.attrs["href"])
    assert page.heading == "Make a cycle"
    assert chief.send().status == 422
    days = {
        f"{name}-{part}": value
        for name, day in (
            ("opens_on", ("1", "2", "2027")),
            ("closes_on", ("1", "3", "2027")),
            ("stay_from_on", ("1", "7", "2027")),
            ("stay_to_on", ("20", "7", "2027")),
        )
        for part, value in zip(("day", "month", "year"), day, strict=True)
    }
    page = chief.send({"name": "Winter", **days})
    assert page.heading == "Winter"
    assert enter(account_id=world.accounts["reviewer"]).get("/cycles").text.count("Make a") == 0
