"""SIGKILL while a run is published and while its mails go out: once, whole, to everybody."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import delete, select

from exchange.cli.acting import acting
from exchange.clock import now
from exchange.domain.cycle import RunState
from exchange.errors import Conflict
from exchange.records import Offer
from exchange.records.session import open_session
from exchange.services import publishing, runs
from tests.kills.lab import Lab
from tests.kills.places import MAIL_PLACES, PUBLISH_PLACES


def _ready_run(lab: Lab) -> str:
    lab.start_worker()
    run_id = lab.new_run()
    assert lab.wait_for_end(run_id).state is RunState.READY
    with open_session(lab.engine) as session:
        # Pairs that an earlier test has offered would keep their offers, and nobody be told.
        session.exec(delete(Offer))
        session.commit()
    return run_id


def _propose(lab: Lab, run_id: str) -> None:
    _act(lab, run_id, lab.cohort.staff[0], publishing.propose)


def _publish(lab: Lab, run_id: str) -> None:
    _act(lab, run_id, lab.cohort.staff[1], publishing.publish_run)


def _act(lab: Lab, run_id: str, email: str, act: Callable[..., object]) -> None:
    with acting(email, lab.settings) as desk:
        act(desk.session, desk.actor, runs.get_run(desk.session, desk.actor, run_id), now())
        desk.session.commit()


def _result_mails(lab: Lab, run_id: str) -> list[str]:
    ours = (f"result:{run_id}:", f"offer:{run_id}:")
    return [mail.key for mail in lab.mails() if mail.key.startswith(ours)]


def _offers(lab: Lab) -> int:
    with open_session(lab.engine, writes=False) as session:
        return len(session.exec(select(Offer.id)).all())


@pytest.mark.parametrize("place", PUBLISH_PLACES)
def test_publish_killed_before_commit_publishes_nothing_and_can_be_repeated(
    lab: Lab, place: str
) -> None:
    run_id = _ready_run(lab)
    _propose(lab, run_id)
    lab.arm(place)
    publishing = lab.command("run", "publish", run_id, "--as", lab.cohort.staff[1])
    lab.kill(lab.wait_at_place())
    publishing.wait()
    lab.wait_for(lambda: lab.run(run_id).state is RunState.READY)
    assert _result_mails(lab, run_id) == []
    assert _offers(lab) == 0

    _publish(lab, run_id)
    with pytest.raises(Conflict, match="not published yet"):
        _publish(lab, run_id)
    assert lab.run(run_id).state is RunState.PUBLISHED
    told = _result_mails(lab, run_id)
    assert len(told) == len(set(told)) >= len(lab.cohort.students)
    assert _offers(lab) == (lab.run(run_id).report or {})["M"]
    lab.check()


def test_publish_by_many_at_once_is_published_once(lab: Lab) -> None:
    run_id = _ready_run(lab)
    _propose(lab, run_id)
    with ThreadPoolExecutor(8) as many:
        attempts = [many.submit(_publish, lab, run_id) for _ in range(8)]
    refusals = [attempt.exception() for attempt in attempts]
    assert refusals.count(None) == 1
    assert all(isinstance(one, Conflict) for one in refusals if one is not None)
    told = _result_mails(lab, run_id)
    assert len(told) == len(set(told)) >= len(lab.cohort.students)
    lab.check()


@pytest.mark.parametrize("place", MAIL_PLACES)
def test_mails_sender_killed_half_way_sends_the_rest_once(lab: Lab, place: str) -> None:
    run_id = _ready_run(lab)
    lab.wait_for(lambda: all(mail.sent_at for mail in lab.mails()))
    _propose(lab, run_id)
    lab.wait_for(lambda: all(mail.sent_at for mail in lab.mails()))
    before = lab.deliveries()
    lab.arm(place)
    _publish(lab, run_id)
    lab.kill(lab.wait_at_place())
    lab.wait_for(lambda: all(mail.sent_at for mail in lab.mails()))

    told = _result_mails(lab, run_id)
    mails = {mail.message_id for mail in lab.mails() if mail.key in told}
    delivered = lab.deliveries() - before
    assert set(delivered) == mails
    twice = [message_id for message_id, count in delivered.items() if count > 1]
    assert len(twice) == (1 if place == "mail_carried" else 0)
    files = {f"<{path.stem}>" for path in (lab.settings.instance_dir / "mail").glob("*.eml")}
    assert files == {mail.message_id for mail in lab.mails()}
