"""Cycles are made on pages: from nothing, and from last year's."""

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


def test_time_that_clocks_skip_is_a_fault_of_its_day(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    coordinator.get(f"/cycles/{world.own.cycle}/copy")
    when = {"opens_on-day": "26", "opens_on-month": "3", "opens_on-year": "2028"}
    page = coordinator.send({**when, "opens_time": "2:30", "time_zone": "Europe/Berlin"})
    assert page.status == 422
    assert page.faults == ["The clocks change at that time; choose a time an hour earlier or later"]


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
