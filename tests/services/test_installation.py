"""Administrators of the installation: made by two, unmade by one, and never the last."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from exchange.domain.roles import Role
from exchange.errors import Conflict, Forbidden, InvalidInput, SafetyRefusal, StepUpNeeded
from exchange.records import Account, AuditEvent, SecondFactor
from exchange.services import accounts, installation
from exchange.services.actor import SYSTEM, Actor
from tests.services.people import AT, make_office, signed_in

DAY = timedelta(days=1)


def _account(session: Session, name: str, *, is_administrator: bool = False) -> Account:
    made = accounts.create_account(
        session,
        SYSTEM,
        email=f"{name}@example.org",
        display_name=name,
        password=None,
        is_administrator=is_administrator,
        at=AT,
    )
    session.add(SecondFactor(account_id=made.id, salt="x", confirmed_at=AT, created_at=AT))
    session.flush()
    return made


def _root(session: Session, name: str = "root") -> Actor:
    return signed_in(session, _account(session, name, is_administrator=True).id)


def _again(session: Session, actor: Actor) -> Actor:
    assert actor.account_id is not None
    return signed_in(session, actor.account_id)


def test_one_proposes_and_another_confirms(session: Session) -> None:
    first, second = _root(session), _root(session, "second")
    lea = _account(session, "lea")
    assert not installation.propose(session, first, "LEA@example.org", AT)
    assert not lea.is_administrator
    [waiting] = installation.list_proposals(session, second, AT)
    assert (waiting.account.id, waiting.by.id) == (lea.id, first.account_id)
    with pytest.raises(SafetyRefusal, match="second person"):
        installation.confirm(session, first, lea.public_id, AT)
    with pytest.raises(InvalidInput, match="offered this role already"):
        installation.propose(session, second, "lea@example.org", AT)
    installation.confirm(session, second, lea.public_id, AT)
    assert lea.is_administrator
    assert installation.list_proposals(session, second, AT) == []
    with pytest.raises(Conflict):
        installation.confirm(session, second, lea.public_id, AT)
    told = session.exec(
        select(AuditEvent).where(AuditEvent.subject_id == lea.public_id).order_by(AuditEvent.id)
    ).all()
    assert [one.action for one in told][-2:] == [installation.PROPOSED, installation.GIVEN]
    assert [one.actor for one in told][-2:] == [first.label, second.label]
    assert told[-1].facts == {"alone": False}


def test_the_only_administrator_gives_it_alone(session: Session) -> None:
    root, lea = _root(session), _account(session, "lea")
    assert installation.propose(session, root, "lea@example.org", AT)
    assert lea.is_administrator
    assert installation.list_proposals(session, root, AT) == []


def test_proposal_ends_after_a_week_by_a_no_and_with_whoever_made_it(session: Session) -> None:
    first, second = _root(session), _root(session, "second")
    lea = _account(session, "lea")
    installation.propose(session, first, "lea@example.org", AT)
    late = replace(second, stepped_up_at=AT + 7 * DAY)
    with pytest.raises(Conflict):
        installation.confirm(session, late, lea.public_id, AT + 7 * DAY)
    installation.withdraw(session, second, lea.public_id, AT)
    assert installation.list_proposals(session, first, AT) == []
    installation.propose(session, first, "lea@example.org", AT)
    account = session.get_one(Account, first.account_id)
    installation.take_away(session, second, account.public_id, AT)
    with pytest.raises(Conflict):
        installation.confirm(session, second, lea.public_id, AT)
    assert not lea.is_administrator


def test_nobody_is_proposed_who_cannot_do_the_work(session: Session) -> None:
    root = _root(session)
    office = make_office(session)
    shut = _account(session, "shut")
    accounts.disable_account(session, SYSTEM, shut, at=AT)
    coordinator = session.get_one(Account, office.actor.account_id)
    for email, said in (
        ("nobody@example.org", "Nobody who can sign in"),
        ("shut@example.org", "Nobody who can sign in"),
        (coordinator.email, "no app that shows codes"),
    ):
        with pytest.raises(InvalidInput, match=said):
            installation.propose(session, root, email, AT)
    with pytest.raises(SafetyRefusal):
        installation.propose(session, root, "root@example.org", AT)
    for actor in (office.actor, Actor()):
        with pytest.raises(Forbidden):
            installation.propose(session, actor, "shut@example.org", AT)
        with pytest.raises(Forbidden):
            installation.list_administrators(session, actor)
    with pytest.raises(StepUpNeeded):
        installation.propose(session, replace(root, stepped_up_at=None), "x@example.org", AT)


def test_role_is_taken_at_once_and_the_last_one_stays(session: Session) -> None:
    first, second = _root(session), _root(session, "second")
    lost = session.get_one(Account, second.account_id)
    installation.take_away(session, first, lost.public_id, AT)
    assert not _again(session, second).is_administrator
    with pytest.raises(Conflict, match="does not administer"):
        installation.take_away(session, first, lost.public_id, AT)
    last = session.get_one(Account, first.account_id)
    with pytest.raises(Conflict, match="last administrator"):
        installation.take_away(session, first, last.public_id, AT)
    assert last.is_administrator


def test_programmes_are_listed_with_their_own_administrators(session: Session) -> None:
    root, office = _root(session), make_office(session)
    assert installation.list_programmes(session, root) == [(office.programme, 0)]
    lea = _account(session, "lea")
    accounts.add_membership(
        session, lea.id, role=Role.PROGRAMME_ADMINISTRATOR, programme_id=office.programme.id
    )
    assert installation.list_programmes(session, root) == [(office.programme, 1)]
