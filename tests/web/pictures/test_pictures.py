"""The pictures of a run, and the files that people take away."""

import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from exchange.records import AuditEvent
from exchange.records.session import open_session
from exchange.web.pictures.views import PICTURES
from tests.web.conftest import Enter
from tests.web.statements import MOST, statements
from tests.web.world import World


def test_every_picture_stands_with_the_same_numbers_as_a_table(
    app: Flask, enter: Enter, world: World
) -> None:
    auditor = enter(account_id=world.accounts["auditor"])
    with statements(app) as sent:
        page = auditor.get(f"/runs/{world.own.run}/pictures")
    assert len(sent) <= MOST
    assert page.heading == "Pictures of the match"
    assert len(page.tree.all("svg")) == len(PICTURES)
    assert len(page.tree.all("table")) == len(PICTURES)
    assert "Morocco France 1" in page.text
    assert "Hosts without a group 1 1" in page.text
    assert "Download this picture" not in page.text


def test_picture_taken_away_is_a_file_of_its_own_and_on_record(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    for name in PICTURES:
        answer = coordinator.post(f"/runs/{world.own.run}/pictures/{name}").response
        assert answer.mimetype == "image/svg+xml"
        assert answer.headers["Content-Disposition"].endswith(f'{world.own.run[:8]}.svg"')
        picture = answer.get_data(as_text=True)
        assert 'fill="#fff"' in picture
        assert world.own.canary not in picture
    assert coordinator.post(f"/runs/{world.own.run}/pictures/other").status == 404
    with open_session(engine, writes=False) as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "export:picture")).all()
    assert [one.facts["kind"] for one in events] == list(PICTURES)
