"""From a new programme to a colleague who works in it, on pages only."""

import re

import sqlalchemy as sa
from flask import Flask
from sqlmodel import col, select

from exchange.records import OutboxMail
from exchange.records.session import open_session
from tests.web.conftest import Enter
from tests.web.visitor import Visitor
from tests.web.world import World


def _link(engine: sa.Engine, template: str) -> str:
    with open_session(engine) as session:
        query = select(OutboxMail).where(OutboxMail.template == template)
        mail = session.exec(query.order_by(col(OutboxMail.id).desc())).first()
    assert mail is not None
    found = re.search(r"\{base_url\}(\S+)", mail.body)
    assert found is not None
    return found[1]


def test_programme_is_made_and_its_first_administrator_takes_the_role(
    app: Flask, enter: Enter, world: World, engine: sa.Engine
) -> None:
    root = enter(account_id=world.accounts["administrator"], stepped_up=True)
    assert "Make a programme" in root.get("/programmes").text
    root.get("/programmes/new")
    refused = root.post("/programmes/new", {"name": "", "contact_email": "x", "time_zone": "Mars"})
    assert refused.status == 422
    assert len(refused.faults) == 3
    page = root.post(
        "/programmes/new",
        {"name": "Bridge", "contact_email": "b@example.org", "time_zone": "Europe/Vienna"},
    )
    assert page.heading == "People and roles"
    people = page.path
    root.get(f"{people}/new")
    page = root.post(
        f"{people}/new",
        {"email": "first.lea@example.org", "role": "programme_administrator", "language": "en"},
    )
    assert page.path == people
    assert "first.lea@example.org" in page.text
    assert "Invited" in page.text

    guest = Visitor(app)
    page = guest.get(_link(engine, "invitation"))
    assert page.heading == "You are invited"
    assert "Bridge" in page.text
    assert guest.send({"display_name": "Lea", "password": "short"}).status == 422
    page = guest.send({"display_name": "Lea", "password": "three green boats sail"})
    assert page.path == "/account/app"
    assert "People and roles" in guest.get("/programmes").text
    assert world.own.canary not in guest.get("/programmes").text
    assert guest.get(f"/cycles/{world.own.cycle}").status == 404
    assert Visitor(app).get(_link(engine, "invitation")).status == 410
    assert "Lea" in root.get(people).text


def test_second_administrator_confirms_and_a_known_person_gains_the_role(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    chief = enter(account_id=world.accounts["programme_administrator"], stepped_up=True)
    root = enter(account_id=world.accounts["administrator"], stepped_up=True)
    people = f"/programmes/{world.own.programme}/people"
    chief.get(f"{people}/new")
    page = chief.post(
        f"{people}/new", {"email": "else@example.org", "role": "reviewer", "language": "en"}
    )
    assert "Waits for a second person" in page.text
    row = next(tr for tr in page.tree.all("tr") if "else@example.org" in tr.text())
    assert "Confirm and invite" not in row.text()
    page = root.get(people)
    row = next(tr for tr in page.tree.all("tr") if "else@example.org" in tr.text())
    confirm = row.all("form")[0].attrs["action"]
    assert chief.post(confirm).status == 403
    assert "Invited" in root.post(confirm).text

    other = enter(account_id=world.accounts["coordinator elsewhere"])
    assert other.get(f"/cycles/{world.own.cycle}").status == 404
    page = other.get(_link(engine, "role_offered"))
    assert page.heading == "Roles that you were offered"
    assert other.send().path == "/account/app"
    assert other.get(f"/cycles/{world.own.cycle}").status == 200

    page = chief.get(people)
    row = next(tr for tr in page.tree.all("tr") if "else@example.org" in tr.text())
    chief.get(row.all("a")[0].attrs["href"])
    assert chief.page is not None
    assert chief.page.heading == "Take this role away?"
    chief.send()
    assert other.get(f"/cycles/{world.own.cycle}").status == 404


def test_last_administrator_is_not_taken_away_on_the_page(enter: Enter, world: World) -> None:
    chief = enter(account_id=world.accounts["programme_administrator"], stepped_up=True)
    page = chief.get(f"/programmes/{world.own.programme}/people")
    row = next(tr for tr in page.tree.all("tr") if "programme_administrator@" in tr.text())
    chief.get(row.all("a")[0].attrs["href"])
    page = chief.send()
    assert page.status == 409
    assert "last administrator" in page.text


def test_giving_a_role_asks_for_a_code_first(enter: Enter, world: World) -> None:
    chief = enter(account_id=world.accounts["programme_administrator"])
    people = f"/programmes/{world.own.programme}/people"
    page = chief.get(f"{people}/new")
    assert page.path.startswith("/account/")
    offer = f"{people}/offers/{world.own.role_offer}/confirm"
    assert chief.post(offer).path.startswith("/account/")


def test_programme_is_renamed_by_its_administrator(enter: Enter, world: World) -> None:
    chief = enter(account_id=world.accounts["programme_administrator"])
    chief.get(f"/programmes/{world.own.programme}/edit")
    page = chief.send({"name": "Renamed"})
    assert page.path == "/programmes"
    assert "Renamed" in page.text
    assert "Make a programme" not in page.text
    assert world.other.canary not in page.text
