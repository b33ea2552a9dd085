"""Sessions and links: random tokens of which only a hash is stored, dead when they should be."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from exchange.errors import Gone
from exchange.records import AccessLink, LinkPurpose, WebSession
from exchange.records.session import open_session
from exchange.services import links, web_sessions
from tests.services.people import AT, make_office, sign_up, student
from tests.services.together import at_once


def _staff(session: Session) -> int:
    found = make_office(session).actor.account_id
    assert found is not None
    return found


def test_session_is_found_by_its_token_only(session: Session) -> None:
    begun, token = web_sessions.start(session, at=AT)
    assert web_sessions.find(session, token, AT) == begun
    assert len(token) >= 43
    assert token not in begun.model_dump_json()
    for other in ("", token[:-1], token + "x", begun.token_hash):
        assert web_sessions.find(session, other, AT) is None


def test_session_that_was_ended_stays_dead(session: Session) -> None:
    begun, token = web_sessions.start(session, at=AT)
    web_sessions.end(session, begun, AT)
    web_sessions.touch(session, begun, AT + timedelta(minutes=2))
    session.expire_all()
    assert web_sessions.find(session, token, AT) is None


@pytest.mark.parametrize(
    ("is_staff", "idle", "lifetime"),
    [
        (True, timedelta(minutes=30), timedelta(hours=8)),
        (False, timedelta(days=2), timedelta(days=30)),
    ],
)
def test_session_ends_when_unused_and_when_old(
    session: Session, is_staff: bool, idle: timedelta, lifetime: timedelta
) -> None:
    account_id = _staff(session) if is_staff else None
    begun, token = web_sessions.start(session, at=AT, account_id=account_id)
    assert web_sessions.find(session, token, AT + idle) is not None
    assert web_sessions.find(session, token, AT + idle + timedelta(seconds=1)) is None
    at = AT
    while at + idle < AT + lifetime:
        at += idle - timedelta(seconds=1)
        assert web_sessions.touch(session, begun, at)
        session.refresh(begun)
    assert web_sessions.find(session, token, AT + lifetime - timedelta(seconds=1)) is not None
    assert web_sessions.find(session, token, AT + lifetime) is None


def test_session_in_use_is_written_once_a_minute(session: Session) -> None:
    begun, _ = web_sessions.start(session, at=AT)
    assert not web_sessions.touch(session, begun, AT + timedelta(seconds=59))
    assert web_sessions.touch(session, begun, AT + timedelta(seconds=60))


def test_session_of_two_persons_is_refused_by_the_database(session: Session) -> None:
    office = make_office(session)
    application = sign_up(session, office, student())
    with pytest.raises(IntegrityError, match="(?i)of_one_person"):
        web_sessions.start(
            session, at=AT, account_id=office.actor.account_id, application_id=application.id
        )


def test_link_works_once(session: Session) -> None:
    application = sign_up(session, make_office(session), student())
    token = links.issue_link(
        session, purpose=LinkPurpose.STATUS, application_id=application.id, at=AT
    )
    assert links.redeem(session, token, LinkPurpose.STATUS, AT).application_id == application.id
    with pytest.raises(Gone, match="used already or has expired"):
        links.redeem(session, token, LinkPurpose.STATUS, AT)
    assert token not in {link.token_hash for link in session.exec(select(AccessLink))}


def test_link_is_gone_when_late_unknown_or_of_another_purpose(session: Session) -> None:
    application = sign_up(session, make_office(session), student())
    token = links.issue_link(
        session, purpose=LinkPurpose.STATUS, application_id=application.id, at=AT
    )
    tries = [
        (token, LinkPurpose.STATUS, AT + timedelta(days=14)),
        (token, LinkPurpose.SIGN_IN, AT),
        ("unknown", LinkPurpose.STATUS, AT),
    ]
    messages = set()
    for one, purpose, at in tries:
        with pytest.raises(Gone, match="used already or has expired") as refused:
            links.redeem(session, one, purpose, at)
        messages.add(refused.value.message)
    assert len(messages) == 1
    last = AT + timedelta(days=14, seconds=-1)
    assert links.redeem(session, token, LinkPurpose.STATUS, last).used_at == last


def test_link_opened_by_many_at_once_opens_for_one(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        application = sign_up(session, make_office(session), student())
        token = links.issue_link(
            session, purpose=LinkPurpose.STATUS, application_id=application.id, at=AT
        )
        session.commit()
    results = at_once(engine, lambda s: links.redeem(s, token, LinkPurpose.STATUS, AT).id)
    assert sorted(type(one).__name__ for one in results) == ["Gone"] * 7 + ["int"]


def test_link_to_nothing_is_refused_by_the_database(session: Session) -> None:
    with pytest.raises(IntegrityError, match="(?i)opens_what_it_is_for"):
        links.issue_link(session, purpose=LinkPurpose.STATUS, at=AT)


def test_sessions_of_an_account_end_but_for_one(session: Session) -> None:
    account_id = _staff(session)
    mine = [web_sessions.start(session, at=AT, account_id=account_id)[0] for _ in range(2)]
    visitor, _ = web_sessions.start(session, at=AT)
    web_sessions.end_all_of(session, account_id, AT, but=mine[0].id)
    session.expire_all()
    ended = {one.id: one.ended_at is not None for one in session.exec(select(WebSession))}
    assert ended == {mine[0].id: False, mine[1].id: True, visitor.id: False}
