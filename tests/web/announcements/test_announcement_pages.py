"""A coordinator writes to many: sees whom it reaches and how it looks, then sends it once."""

import sqlalchemy as sa
from sqlmodel import select

from exchange.domain.cycle import ApplicationState
from exchange.records import Announcement, Application, Cycle, OutboxMail
from exchange.records.session import open_session
from tests.web.conftest import Enter
from tests.web.visitor import Page, Visitor
from tests.web.world import World

WORDS = "Der Bus fährt um neun.\r\n\r\n<b>Bis dann</b>"


def _address(engine: sa.Engine, world: World) -> str:
    with open_session(engine, writes=False) as db:
        minor = db.get_one(Application, world.own.minor_id)
        return f"/cycles/{db.get_one(Cycle, minor.cycle_id).public_id}/announcements/new"


def _write(desk: Visitor, address: str, **changes: str) -> Page:
    desk.get(address)
    return desk.send({"text_en": WORDS, "fallback": "en", **changes})


def _mails(engine: sa.Engine) -> list[OutboxMail]:
    with open_session(engine, writes=False) as db:
        query = select(OutboxMail).where(OutboxMail.template.startswith("announcement"))
        return list(db.exec(query))


def _send(desk: Visitor, page: Page) -> Page:
    return desk.post(f"{page.path}/send", page.values())


def test_announcement_is_looked_at_sent_and_stands_on_each_page(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    desk = enter(account_id=world.accounts["coordinator"])
    page = _write(desk, _address(engine, world))
    assert page.heading == "Look at it before it is sent"
    # Two students, and the guardian of the one who is a minor.
    assert "3 mails" in page.text and "<b>Bis dann</b>" in page.text
    assert _mails(engine) == []
    sent = _send(desk, page)
    assert sent.heading == "An announcement that was sent"
    assert {one.recipient for one in _mails(engine)} == {
        "salma@example.org",
        "sal@example.org",
        "guardian@example.org",
    }
    assert {one.subject for one in _mails(engine)} == {"You have a message"}
    mine = enter(application_id=world.own.minor_id).get("/application/messages")
    assert "Der Bus fährt um neun." in mine.text and "<b>Bis dann</b>" in mine.text
    guardian = enter(guardian_id=world.own.guardian_id).get("/guardian/messages")
    assert "Der Bus fährt um neun." in guardian.text
    listed = desk.get(page.path.replace("/send", ""))
    assert listed.heading == "An announcement that was sent"


def test_button_pressed_twice_in_two_tabs_sends_once(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    desk = enter(account_id=world.accounts["coordinator"])
    page = _write(desk, _address(engine, world))
    for _ in range(2):
        assert _send(desk, page).heading == "An announcement that was sent"
    assert len(_mails(engine)) == 3


def test_people_who_changed_meanwhile_are_shown_again(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    desk = enter(account_id=world.accounts["coordinator"])
    page = _write(desk, _address(engine, world))
    with open_session(engine) as db:
        minor = db.get_one(Application, world.own.minor_id)
        minor.state = ApplicationState.WITHDRAWN
        db.add(minor)
        db.commit()
    again = _send(desk, page)
    assert again.status == 409
    assert "Look again." in again.text and "1 mail" in again.text
    assert _mails(engine) == []


def test_faults_are_told_together_and_what_was_typed_is_kept(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    desk = enter(account_id=world.accounts["coordinator"])
    page = _write(desk, _address(engine, world), text_en="{name}", text_fr="a\u202eb", fallback="")
    assert page.status == 422
    assert page.faults == [
        "Take out the braces: nothing is filled in here",
        "Remove the hidden character, then try again",
        "Choose a language",
    ]
    assert page.values()["text_en"] == "{name}"


def test_list_leads_to_an_announcement_with_its_filter(enter: Enter, world: World) -> None:
    desk = enter(account_id=world.accounts["coordinator"])
    page = desk.get(f"/cycles/{world.own.cycle}/applications?kind=host")
    link = next(
        a.attrs["href"] for a in page.tree.all("a") if "/announcements/new" in a.attrs["href"]
    )
    form = desk.get(link)
    assert form.values()["kind"] == "host"
    shown = desk.send({"text_en": "To hosts", "fallback": "en"})
    assert "1 mail" in shown.text


def test_announcement_is_changed_and_thrown_away(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    desk = enter(account_id=world.accounts["coordinator"])
    page = _write(desk, _address(engine, world))
    edit = f"{page.path}/edit"
    desk.get(edit)
    assert "Other words" in desk.send({"text_en": "Other words"}).text
    late = desk.post(edit, {"text_en": "Late", "fallback": "en", "seen": "1"})
    assert late.status == 409
    assert late.values()["text_en"] == "Late"
    desk.post(f"{page.path}/throw-away")
    assert desk.get(page.path).status == 404
    with open_session(engine, writes=False) as db:
        # The world has one of its own in each programme.
        assert len(db.exec(select(Announcement)).all()) == 2
