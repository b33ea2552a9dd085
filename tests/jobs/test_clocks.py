"""Clocks that jump, are set back, or differ between machines: nothing revives or is done twice."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import select, update

from exchange.clock import now
from exchange.config import Settings
from exchange.errors import Gone
from exchange.jobs import expiry_keeper, mail_sender, tasks
from exchange.records import LinkPurpose, MatchRun, OutboxMail, WebSession
from exchange.records.database_clock import clocks_apart, database_now
from exchange.records.session import open_session
from exchange.services import attempts, links, web_sessions
from tests.jobs.cohort import make_cohort, start_run
from tests.services.people import make_office, sign_up, student
from tests.services.together import at_once

JUMPS = [timedelta(days=400), timedelta(days=-400), timedelta(minutes=5), timedelta(minutes=-5)]
LEASE_S = 30.0


def _set_clock(monkeypatch: pytest.MonkeyPatch, module: object, by: timedelta) -> None:
    """Have one part of the program live in another time, as on a machine with a wrong clock."""
    monkeypatch.setattr(module, "now", lambda: now() + by)


def test_database_tells_the_time_of_its_machine(engine: sa.Engine) -> None:
    with open_session(engine, writes=False) as session:
        before = now()
        told = database_now(session)
        assert told.utcoffset() == timedelta(0)
        # It runs on this machine, and moves on within a transaction.
        assert before - timedelta(seconds=1) <= told <= database_now(session)
        assert abs(clocks_apart(session)) < timedelta(seconds=5)


@pytest.mark.parametrize("by", JUMPS)
def test_live_lease_is_left_to_its_worker_whatever_the_clock_of_another_machine(
    engine: sa.Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch, by: timedelta
) -> None:
    run_id = start_run(engine, make_cohort(engine))
    with open_session(engine) as session:
        at = database_now(session)
        assert attempts.claim_run(session, run_id, at=at, lease_s=LEASE_S)
        session.commit()
    _set_clock(monkeypatch, tasks, by)
    assert tasks.reap(settings) == ()
    tasks.execute_run(run_id, settings)
    with open_session(engine, writes=False) as session:
        assert session.exec(select(MatchRun.attempt)).one() == 1


def test_lease_from_a_clock_that_was_far_ahead_keeps_nobody_away(
    engine: sa.Engine, settings: Settings
) -> None:
    run_id = start_run(engine, make_cohort(engine))
    ahead = now() + timedelta(days=400)
    with open_session(engine) as session:
        assert attempts.claim_run(session, run_id, at=ahead, lease_s=LEASE_S)
        session.commit()
    assert tasks.reap(settings) == (run_id,)
    with open_session(engine) as session:
        again = attempts.claim_run(session, run_id, at=now(), lease_s=LEASE_S)
        assert again is not None
        assert again.attempt == 2
        with pytest.raises(attempts.Fenced):
            attempts.heartbeat(
                session,
                run_id,
                1,
                stage="solving",
                progress=0.5,
                gap=None,
                curve=None,
                at=ahead,
                lease_s=LEASE_S,
            )


@pytest.mark.parametrize("by", JUMPS)
def test_mail_that_was_sent_is_not_sent_again_when_the_clock_jumps(
    engine: sa.Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch, by: timedelta
) -> None:
    _put_mail(engine, now())
    assert mail_sender.send_due_mails(settings) == 1
    _set_clock(monkeypatch, mail_sender, by)
    assert mail_sender.send_due_mails(settings) == 0
    assert len(_letters(settings)) == 1


def test_mail_that_waits_since_a_clock_was_far_ahead_goes_out(
    engine: sa.Engine, settings: Settings
) -> None:
    _put_mail(engine, now() + timedelta(days=400))
    assert mail_sender.send_due_mails(settings) == 1
    _put_mail(engine, now() + timedelta(hours=1), key="soon")
    assert mail_sender.send_due_mails(settings) == 0


def _put_mail(engine: sa.Engine, due: datetime, *, key: str = "key") -> None:
    with open_session(engine) as session:
        session.add(
            OutboxMail(
                key=key,
                message_id=f"<{key}@exchange.invalid>",
                recipient="somebody@example.org",
                subject="You have a message",
                body="Hello\n",
                template="received",
                next_attempt_at=due,
            )
        )
        session.commit()


def _letters(settings: Settings) -> list[Path]:
    return list((settings.instance_dir / "mail").glob("*.eml"))


def test_what_has_expired_stays_so_when_the_clock_is_set_back(
    engine: sa.Engine, settings: Settings
) -> None:
    at = now()
    with open_session(engine) as session:
        office = make_office(session)
        application = sign_up(session, office, student())
        expired, live = (
            links.issue_link(
                session,
                purpose=LinkPurpose.STATUS,
                application_id=application.id,
                at=at - before,
            )
            for before in (links.STATUS_LIFETIME, timedelta(0))
        )
        _old, aged = web_sessions.start(
            session, at=at - web_sessions.STAFF_LIFETIME, account_id=office.actor.account_id
        )
        _idle, unused = web_sessions.start(session, at=at - 2 * web_sessions.VISITOR_IDLE)
        _fresh, used = web_sessions.start(session, at=at)
        session.commit()
    earlier = at - timedelta(days=1)
    with open_session(engine, writes=False) as session:
        # Each would be let in at that hour, had nobody looked in between.
        assert web_sessions.find(session, aged, at - timedelta(hours=8)) is not None
        assert web_sessions.find(session, unused, at - timedelta(days=3)) is not None
    assert expiry_keeper.end_what_is_over(settings) == (2, 1)
    assert expiry_keeper.end_what_is_over(settings) == (0, 0)
    with open_session(engine) as session:
        assert web_sessions.find(session, aged, at - timedelta(hours=8)) is None
        assert web_sessions.find(session, unused, at - timedelta(days=3)) is None
        assert web_sessions.find(session, used, at) is not None
        with pytest.raises(Gone):
            links.redeem(session, expired, LinkPurpose.STATUS, earlier)
        assert links.redeem(session, live, LinkPurpose.STATUS, earlier).used_at == earlier


def test_sessions_that_end_while_they_are_used_end_once(engine: sa.Engine) -> None:
    at = now()
    with open_session(engine) as session:
        web_sessions.start(session, at=at - web_sessions.VISITOR_LIFETIME)
        session.commit()
    ended = at_once(engine, lambda session: web_sessions.end_over(session, at), times=4)
    assert sorted(ended) == [0, 0, 0, 1]
    with open_session(engine) as session:
        session.exec(update(WebSession).values(ended_at=at))
        assert not web_sessions.has_over(session, at + timedelta(days=400))
