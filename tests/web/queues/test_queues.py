"""Queues on a page: filtered, kept under a name, decided many at once."""

import sqlalchemy as sa
from flask import Flask
from sqlmodel import col, select

from exchange.domain.cycle import ApplicationState
from exchange.records import Application, Cycle, OutboxMail, SavedQueue, StaffNote
from exchange.records.session import open_session
from tests.web.conftest import Enter
from tests.web.statements import MOST, statements
from tests.web.world import World


def _application(engine: sa.Engine, public_id: str) -> Application:
    with open_session(engine, writes=False) as session:
        query = select(Application).where(Application.public_id == public_id)
        return session.exec(query).one()


def test_decision_about_many_says_what_became_of_each(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/cycles/{world.own.cycle}/applications"
    page = coordinator.get(path)
    ticked = [
        box.attrs["value"]
        for box in page.tree.all("input")
        if box.attrs.get("name") == "application"
    ]
    assert len(ticked) == 2
    refused = coordinator.post(path, {"decision": "returned", "application": ticked})
    assert refused.status == 422
    assert refused.faults == ["Say what is missing; the applicant reads it"]
    kept = [box for box in refused.tree.all("input") if "checked" in box.attrs]
    assert {box.attrs["value"] for box in kept} >= set(ticked)
    values = {"decision": "returned", "reason": "Which day?", "application": ticked}
    done = coordinator.post(path, values)
    assert "2 applications were decided." in done.text
    again = coordinator.post(path, values)
    assert "0 applications were decided." in again.text
    assert "2 were not" in again.text
    for one in ticked:
        found = _application(engine, one.partition(".")[0])
        assert found.state is ApplicationState.RETURNED


def test_what_stands_in_the_way_of_a_minor_is_said_and_guardians_are_written_to(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    minor = _application(engine, world.own.minor)
    with open_session(engine, writes=False) as session:
        cycle = session.get_one(Cycle, minor.cycle_id).public_id
    path = f"/cycles/{cycle}/applications"
    ticked = [f"{minor.public_id}.{minor.version}"]
    refused = coordinator.post(path, {"decision": "approved", "application": ticked})
    assert "no guardian has agreed yet" in refused.text
    mails = _mails_to_guardians(engine)
    none = coordinator.post(f"{path}/guardians", {})
    assert none.faults == ["Tick the applications whose guardians you write to"]
    others = [f"{world.own.application}.1", f"{world.other.minor}.1"]
    written = coordinator.post(f"{path}/guardians", {"application": [*ticked, *others]})
    assert "The guardians of 1 application are written to." in written.text
    assert "This application does not wait for a guardian." in written.text
    assert _mails_to_guardians(engine) == mails + 1


def _mails_to_guardians(engine: sa.Engine) -> int:
    with open_session(engine, writes=False) as session:
        query = select(OutboxMail).where(OutboxMail.recipient == "guardian@example.org")
        return len(session.exec(query).all())


def test_nothing_ticked_is_said_and_the_decision_kept(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    refused = coordinator.post(
        f"/cycles/{world.own.cycle}/applications", {"decision": "declined", "reason": "Late"}
    )
    assert refused.status == 422
    assert refused.faults == ["Tick the applications that you decide on"]
    assert "Late" in refused.text


def test_filter_is_kept_under_a_name_and_removed(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/cycles/{world.own.cycle}/applications"
    coordinator.get(f"{path}?kind=student")
    saved = coordinator.post(f"{path}/saved?kind=student&nation=MA", {"name": "From Morocco"})
    assert saved.status == 200
    assert "From Morocco" in saved.text
    refused = coordinator.post(f"{path}/saved?kind=student", {"name": "From Morocco"})
    assert refused.status == 422
    assert refused.faults == ["You have a filter of that name already"]
    with open_session(engine, writes=False) as session:
        query = select(SavedQueue).where(SavedQueue.name == "From Morocco")
        kept = session.exec(query).one()
    assert kept.words == {"kind": "student", "nation": "MA"}
    removed = coordinator.post(
        f"/saved-filters/{kept.public_id}/remove", {"cycle": world.own.cycle}
    )
    assert "From Morocco" not in removed.text


def test_reviewer_sees_no_filter_of_a_colleague(enter: Enter, world: World) -> None:
    path = f"/cycles/{world.own.cycle}/applications"
    assert "Canary-Own filter" in enter(account_id=world.accounts["coordinator"]).get(path).text
    assert "Canary-Own filter" not in enter(account_id=world.accounts["reviewer"]).get(path).text


def test_note_stands_on_the_page_of_the_application(
    app: Flask, enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/applications/{world.own.application}"
    coordinator.get(path)
    refused = coordinator.post(f"{path}/notes/new", {"text": " "})
    assert (refused.status, refused.faults) == (422, ["Write the note first"])
    coordinator.post(f"{path}/notes/new", {"text": "They ring back on Monday"})
    with statements(app) as sent:
        page = coordinator.get(path)
    assert "They ring back on Monday" in page.text
    assert len(sent) <= MOST + 6
    with open_session(engine, writes=False) as session:
        note = session.exec(select(StaffNote).order_by(col(StaffNote.id).desc())).first()
    assert note is not None
    assert note.author_id == world.accounts["coordinator"]


def test_desk_leads_to_the_queues_that_it_counts(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    cycles = coordinator.get("/cycles")
    second = next(
        link.attrs["href"]
        for link in cycles.tree.all("a")
        if "second cycle" in link.text() and "/cycles/" in link.attrs["href"]
    )
    desk = coordinator.get(second)
    links = [link for link in desk.tree.all("a") if "attention=" in link.attrs.get("href", "")]
    words = [" ".join(link.text().split()) for link in links]
    assert words == ["1 Applications that nobody has looked at"]
    queue = coordinator.get(links[0].attrs["href"])
    assert "1 application" in queue.text
    auditor = enter(account_id=world.accounts["auditor"]).get(second)
    assert "What needs you today" not in auditor.text
