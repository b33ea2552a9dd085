"""Publishing on pages: proposed by one, confirmed by another, each after a code."""

import sqlalchemy as sa
from sqlmodel import select

from exchange.clock import now
from exchange.domain.cycle import RunState
from exchange.records import Application, MatchRun, OutboxMail
from exchange.records.session import open_session
from exchange.services import screening
from exchange.services.actor import Actor
from tests.web.conftest import Enter
from tests.web.visitor import Visitor
from tests.web.world import World


def _state(engine: sa.Engine, public_id: str) -> RunState:
    with open_session(engine, writes=False) as session:
        return session.exec(select(MatchRun.state).where(MatchRun.public_id == public_id)).one()


def _two(enter: Enter, world: World) -> tuple[Visitor, Visitor]:
    return (
        enter(account_id=world.accounts["coordinator"], stepped_up=True),
        enter(account_id=world.accounts["reviewer"], stepped_up=True),
    )


def test_run_is_published_by_two_and_tells_people_once(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator, reviewer = _two(enter, world)
    path = f"/runs/{world.own.run}/publish"
    assert "Nobody has proposed it yet" in reviewer.get(path).text
    assert coordinator.get(path).heading == "Publish this run?"
    assert coordinator.send().heading == "A second person is needed"
    assert coordinator.post(path).status == 403
    assert reviewer.get(path).heading == "Publish this run?"
    assert reviewer.send().heading == "Match run"
    assert reviewer.post(path).status == 409
    assert _state(engine, world.own.run) is RunState.PUBLISHED
    with open_session(engine, writes=False) as session:
        mails = session.exec(select(OutboxMail).where(OutboxMail.template == "offer")).all()
    assert len(mails) == 2
    assert not any(world.own.canary in mail.subject + mail.body for mail in mails)


def test_proposal_is_taken_back_or_refused(enter: Enter, world: World) -> None:
    coordinator, reviewer = _two(enter, world)
    path = f"/runs/{world.own.run}/publish"
    for who in (coordinator, reviewer):
        coordinator.post(f"{path}/propose")
        assert who.post(f"{path}/withdraw").heading == "Match run"
        assert reviewer.post(path).status == 409


def test_publishing_asks_for_a_code_first(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/runs/{world.own.run}/publish"
    assert coordinator.get(path).heading == "Set up an app that shows codes"
    page = coordinator.post(f"{path}/propose", follow=False)
    assert page.response.headers["Location"].endswith(f"/account/code?next={path}")


def test_run_is_not_published_after_an_application_was_withdrawn(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator, reviewer = _two(enter, world)
    path = f"/runs/{world.own.run}/publish"
    coordinator.post(f"{path}/propose")
    with open_session(engine) as session:
        application = session.get_one(Application, world.own.application_id)
        screening.withdraw(session, Actor(application_id=application.id), application, now())
        session.commit()
        public_id = application.public_id
    page = reviewer.post(path)
    assert page.status == 409
    assert "1 application has changed" in page.text
    assert public_id[:8] in page.text
    assert _state(engine, world.own.run) is RunState.READY
    assert reviewer.post(path).status == 409
    assert coordinator.post(f"{path}/propose").status == 409
