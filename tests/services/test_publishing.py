"""A run is published once, for what it was made from, and everybody is told once."""

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from exchange.domain.cycle import RunState
from exchange.errors import Conflict
from exchange.records import (
    Application,
    OutboxMail,
)
from exchange.records.session import open_session
from exchange.services import audit, publishing, runs, screening
from exchange.services.actor import Actor
from tests.services.people import (
    AT,
    Office,
    enrol,
    finish,
    make_office,
    start,
    told,
)
from tests.services.together import at_once


@pytest.fixture
def office(session: Session) -> Office:
    made = make_office(session)
    session.commit()
    return made


def test_publish_by_many_at_once_publishes_once(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        ids = enrol(session, office)
        run = start(session, office)
        finish(session, run, ids)
        session.commit()
        run_id = run.public_id

    def publish(session: Session) -> str:
        found = runs.get_run(session, office.actor, run_id)
        publishing.publish_run(session, office.actor, found, AT)
        return found.public_id

    results = at_once(engine, publish)
    assert sorted(type(one).__name__ for one in results) == ["Conflict"] * 7 + ["str"]
    with open_session(engine) as session:
        assert told(session).count("run:publish") == 1
        mails = session.exec(select(OutboxMail.key).where(OutboxMail.template == "result")).all()
        assert len(mails) == len(set(mails)) == 3
        assert audit.first_broken_event(session) is None


def test_publish_of_a_second_run_supersedes_the_first(session: Session, office: Office) -> None:
    ids = enrol(session, office)
    published = []
    for _ in range(2):
        run = start(session, office)
        finish(session, run, ids)
        publishing.publish_run(session, office.actor, run, AT)
        published.append(run)
    session.refresh(published[0])
    assert [run.state for run in published] == [RunState.SUPERSEDED, RunState.PUBLISHED]
    with pytest.raises(Conflict, match="Only a finished run"):
        publishing.publish_run(session, office.actor, published[0], AT)


def test_publish_after_a_withdrawal_names_who_changed(session: Session, office: Office) -> None:
    ids = enrol(session, office)
    run = start(session, office)
    finish(session, run, ids)
    leaver = session.exec(select(Application).where(Application.public_id == ids[0])).one()
    screening.withdraw(session, Actor(application_id=leaver.id), leaver, AT)
    with pytest.raises(Conflict, match="changed since this run") as refused:
        publishing.publish_run(session, office.actor, run, AT)
    assert refused.value.facts == {"changed": [ids[0]]}


def test_publish_tells_who_signed_up_without_naming_anybody(
    session: Session, office: Office
) -> None:
    ids = enrol(session, office)
    run = start(session, office)
    finish(session, run, ids)
    publishing.publish_run(session, office.actor, run, AT)
    query = select(OutboxMail).where(OutboxMail.template == "result")
    mails = {mail.recipient: mail for mail in session.exec(query)}
    assert set(mails) == {"student0@example.org", "student1@example.org", "host0@example.org"}
    for mail in mails.values():
        assert "Number" not in mail.subject + mail.body
        assert "Neighbours" not in mail.subject + mail.body
        assert "{base_url}/application/open/" in mail.body
