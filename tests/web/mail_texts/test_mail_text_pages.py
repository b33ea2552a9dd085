"""A coordinator words a mail: sees it, tries it, keeps it, goes back."""

import sqlalchemy as sa
from sqlmodel import select

from exchange.notices.events import EDITABLE
from exchange.records import MailText
from exchange.records.session import open_session
from tests.web.conftest import Enter
from tests.web.world import World

BODY = "Bonjour,\n\nc’est arrivé à {programme} :\n\n{link}"


def test_list_names_every_mail_and_leads_to_it_in_each_language(enter: Enter, world: World) -> None:
    desk = enter(account_id=world.accounts["coordinator"])
    index = f"/cycles/{world.own.cycle}/mail-texts"
    page = desk.get(index)
    links = {a.attrs.get("href", "") for a in page.tree.all("a")}
    assert {f"{index}/{one.value}" for one in EDITABLE} <= links
    page = desk.get(f"{index}/received")
    assert len(page.tree.all("section")) == 7
    assert "Hello," in page.text
    assert desk.get(f"{index}/password_link").status == 404
    assert desk.get(f"{index}/received/xx").status == 404


def test_preview_shows_the_mail_of_an_invented_person_and_saves_nothing(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    desk = enter(account_id=world.accounts["coordinator"])
    address = f"/cycles/{world.own.cycle}/mail-texts/received/fr"
    desk.get(address)
    page = desk.send({"subject": "Bien arrivé", "body": BODY, "do": "preview"})
    assert page.status == 200
    assert "Nothing is saved yet" in page.text
    assert f"c’est arrivé à {world.own.canary} programme :" in page.text
    assert "http://127.0.0.1:8000/application/open/kW3f9Zp2" in page.text
    assert page.values()["body"] == BODY
    with open_session(engine, writes=False) as db:
        assert db.exec(select(MailText)).all() == []


def test_preview_of_a_language_from_right_to_left_is_in_that_language(
    enter: Enter, world: World
) -> None:
    desk = enter(account_id=world.accounts["coordinator"])
    page = desk.get(f"/cycles/{world.own.cycle}/mail-texts/received/ar")
    shown = [e for e in page.tree.all("div") if e.attrs.get("class") == "mail"]
    assert [(e.attrs["lang"], e.attrs["dir"]) for e in shown] == [("ar", "auto")]
    assert "S-7K3M-92QF" in shown[0].text()


def test_words_are_saved_listed_and_taken_back(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    desk = enter(account_id=world.accounts["coordinator"])
    address = f"/cycles/{world.own.cycle}/mail-texts/received/fr"
    desk.get(address)
    page = desk.send({"subject": "Bien arrivé", "body": BODY, "do": "save"})
    assert (page.status, page.path) == (200, address)
    assert "Version 1" in page.text
    page = desk.post(f"{address}/restore", {"seen": "1"})
    assert "Version 2" in page.text and "The words of this service were restored." in page.text
    with open_session(engine, writes=False) as db:
        rows = db.exec(select(MailText).order_by(MailText.number)).all()  # type: ignore[arg-type]
    assert [(row.number, row.subject) for row in rows] == [(1, "Bien arrivé"), (2, None)]


def test_faults_are_told_together_and_what_was_typed_is_kept(enter: Enter, world: World) -> None:
    desk = enter(account_id=world.accounts["coordinator"])
    desk.get(f"/cycles/{world.own.cycle}/mail-texts/received/en")
    page = desk.send({"subject": "{reference}", "body": "Dear {name}", "do": "save"})
    assert page.status == 422
    assert page.faults == [
        "Use fixed words without placeholders: a subject is read by whoever sees the screen",
        "There is no placeholder {name} in this mail",
        "Put {link} where the reader finds the link: without it the mail is of no use",
    ]
    assert (page.values()["subject"], page.values()["body"]) == ("{reference}", "Dear {name}")


def test_words_changed_by_somebody_else_are_a_conflict_that_keeps_mine(
    enter: Enter, world: World
) -> None:
    desk = enter(account_id=world.accounts["coordinator"])
    address = f"/cycles/{world.own.cycle}/mail-texts/received/fr"
    desk.get(address)
    desk.send({"subject": "Bien arrivé", "body": BODY, "do": "save"})
    page = desk.post(address, {"subject": "Tard", "body": BODY, "seen": "0", "do": "save"})
    assert page.status == 409
    assert page.values()["subject"] == "Tard"
