"""A run is published once, by two, for what it was made from, and everybody is told once."""

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from exchange.domain.cycle import PublicationState, RunState
from exchange.errors import Conflict, Forbidden, NotFound, SafetyRefusal, StepUpNeeded
from exchange.records import Account, Application, MatchRun, OutboxMail, Publication, Student
from exchange.records.session import open_session
from exchange.services import accounts, audit, publishing, runs, screening
from exchange.services.actor import SYSTEM, Actor
from tests.services.people import (
    AT,
    Office,
    enrol,
    finish,
    make_office,
    publish,
    start,
    told,
)
from tests.services.together import at_once


@pytest.fixture
def office(session: Session) -> Office:
    made = make_office(session)
    session.commit()
    return made


def _ready(session: Session, office: Office) -> tuple[MatchRun, list[str]]:
    ids = enrol(session, office)
    run = start(session, office)
    finish(session, run, ids)
    return run, ids


def _proposals(session: Session) -> list[PublicationState]:
    query = select(Publication).order_by(col(Publication.id))
    return [one.state for one in session.exec(query.execution_options(populate_existing=True))]


def test_publish_by_many_at_once_publishes_once(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        run, _ids = _ready(session, office)
        publishing.propose(session, office.actor, run, AT)
        session.commit()
        run_id = run.public_id

    def confirm(session: Session) -> str:
        found = runs.get_run(session, office.second, run_id)
        publishing.publish_run(session, office.second, found, AT)
        return found.public_id

    results = at_once(engine, confirm)
    assert sorted(type(one).__name__ for one in results) == ["Conflict"] * 7 + ["str"]
    with open_session(engine) as session:
        assert told(session).count("run:publish") == 1
        mails = session.exec(
            select(OutboxMail.key).where(col(OutboxMail.template).in_(("result", "offer")))
        ).all()
        assert len(mails) == len(set(mails)) == 3
        assert audit.first_broken_event(session) is None


def test_propose_by_many_at_once_proposes_once(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        run, _ids = _ready(session, office)
        session.commit()
        run_id = run.public_id

    def propose(session: Session) -> str:
        found = runs.get_run(session, office.actor, run_id)
        return publishing.propose(session, office.actor, found, AT).public_id

    results = at_once(engine, propose, times=4)
    assert sorted(type(one).__name__ for one in results) == ["Conflict"] * 3 + ["str"]
    with open_session(engine) as session:
        assert _proposals(session) == [PublicationState.OPEN]


def test_nobody_confirms_what_they_proposed(session: Session, office: Office) -> None:
    run, _ids = _ready(session, office)
    publishing.propose(session, office.actor, run, AT)
    with pytest.raises(SafetyRefusal, match="A second person"):
        publishing.publish_run(session, office.actor, run, AT)
    assert run.state is RunState.READY
    publishing.publish_run(session, office.second, run, AT)
    assert run.state is RunState.PUBLISHED
    proposal = session.exec(select(Publication).execution_options(populate_existing=True)).one()
    assert proposal.state is PublicationState.CONFIRMED
    assert proposal.confirmed_by_id == office.second.account_id
    with pytest.raises(sa.exc.IntegrityError, match=r"two_persons|CHECK"):
        session.exec(update(Publication).values(confirmed_by_id=office.actor.account_id))


def test_publish_takes_a_code_of_each(session: Session, office: Office) -> None:
    run, _ids = _ready(session, office)
    first, second = (
        accounts.actor_of(session, one.account_id or 0) for one in (office.actor, office.second)
    )
    with pytest.raises(StepUpNeeded):
        publishing.propose(session, first, run, AT)
    publishing.propose(session, office.actor, run, AT)
    with pytest.raises(StepUpNeeded):
        publishing.publish_run(session, second, run, AT)


def test_publish_takes_people_with_accounts_and_the_right_roles(
    session: Session, office: Office
) -> None:
    run, _ids = _ready(session, office)
    with pytest.raises(Forbidden, match="Two people"):
        publishing.propose(session, SYSTEM, run, AT)
    with pytest.raises(Forbidden, match="Your role"):
        publishing.propose(session, office.second, run, AT)
    stranger = make_office(session, "Strangers")
    publishing.propose(session, office.actor, run, AT)
    for act in (publishing.publish_run, publishing.withdraw_proposal):
        with pytest.raises(NotFound):
            act(session, stranger.second, run, AT)


def test_nothing_is_published_that_nobody_proposed(session: Session, office: Office) -> None:
    run, _ids = _ready(session, office)
    with pytest.raises(Conflict, match="Nobody has proposed"):
        publishing.publish_run(session, office.second, run, AT)


def test_proposal_taken_back_cannot_be_confirmed(session: Session, office: Office) -> None:
    run, _ids = _ready(session, office)
    publishing.propose(session, office.actor, run, AT)
    for _ in range(2):
        publishing.withdraw_proposal(session, office.second, run, AT)
    assert told(session).count("run:withdraw_proposal") == 1
    with pytest.raises(Conflict, match="taken back"):
        publishing.publish_run(session, office.second, run, AT)
    publish(session, office, run)
    assert _proposals(session) == [PublicationState.WITHDRAWN, PublicationState.CONFIRMED]


def test_proposal_falls_when_an_application_changes(session: Session, office: Office) -> None:
    run, ids = _ready(session, office)
    publishing.propose(session, office.actor, run, AT)
    publishing.let_fall(session, office.second, run, AT)
    assert _proposals(session) == [PublicationState.OPEN]
    leaver = session.exec(select(Application).where(Application.public_id == ids[0])).one()
    screening.withdraw(session, Actor(application_id=leaver.id), leaver, AT)
    with pytest.raises(Conflict, match="changed since this run") as refused:
        publishing.publish_run(session, office.second, run, AT)
    assert refused.value.facts == {"changed": [ids[0]]}
    publishing.let_fall(session, office.second, run, AT)
    assert _proposals(session) == [PublicationState.FALLEN]
    with pytest.raises(Conflict, match="Nobody has proposed"):
        publishing.publish_run(session, office.second, run, AT)


@pytest.mark.parametrize("who", ["proposes", "confirms"])
def test_nobody_publishes_a_young_person_of_their_own(
    session: Session, office: Office, who: str
) -> None:
    run, ids = _ready(session, office)
    actor = office.actor if who == "proposes" else office.second
    account = session.get_one(Account, actor.account_id)
    placed = session.exec(select(Application).where(Application.public_id == ids[0])).one()
    session.get_one(Student, placed.student_id).second_guardian_email = account.email.upper()
    session.flush()
    with pytest.raises(SafetyRefusal, match="names you"):
        publish(session, office, run)
    assert run.state is RunState.READY


def test_colleagues_who_can_confirm_hear_of_a_proposal(session: Session, office: Office) -> None:
    run, _ids = _ready(session, office)
    publishing.propose(session, office.actor, run, AT)
    mail = session.exec(
        select(OutboxMail).where(OutboxMail.template == "publication_proposed")
    ).one()
    assert mail.recipient == "reviewer-neighbours@example.org"
    assert f"{{base_url}}/runs/{run.public_id}/publish" in mail.body


def test_publish_of_a_second_run_supersedes_the_first(session: Session, office: Office) -> None:
    ids = enrol(session, office)
    published = []
    for _ in range(2):
        run = start(session, office)
        finish(session, run, ids)
        publish(session, office, run)
        published.append(run)
    session.refresh(published[0])
    assert [run.state for run in published] == [RunState.SUPERSEDED, RunState.PUBLISHED]
    with pytest.raises(Conflict, match="Only a finished run"):
        publish(session, office, published[0])


def test_propose_after_a_withdrawal_names_who_changed(session: Session, office: Office) -> None:
    run, ids = _ready(session, office)
    leaver = session.exec(select(Application).where(Application.public_id == ids[0])).one()
    screening.withdraw(session, Actor(application_id=leaver.id), leaver, AT)
    with pytest.raises(Conflict, match="changed since this run") as refused:
        publishing.propose(session, office.actor, run, AT)
    assert refused.value.facts == {"changed": [ids[0]]}


def test_publish_tells_who_signed_up_without_naming_anybody(
    session: Session, office: Office
) -> None:
    run, _ids = _ready(session, office)
    publish(session, office, run)
    told_to = {}
    for template in ("offer", "result"):
        query = select(OutboxMail).where(OutboxMail.template == template)
        mails = {mail.recipient: mail for mail in session.exec(query)}
        told_to[template] = set(mails)
        for mail in mails.values():
            assert "Number" not in mail.subject + mail.body
            assert "Neighbours" not in mail.subject + mail.body
            assert "{base_url}/application/open/" in mail.body
    assert told_to == {
        "offer": {"student0@example.org", "host0@example.org"},
        "result": {"student1@example.org"},
    }
