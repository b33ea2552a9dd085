"""A forgotten password and a new address: by a mailed link, once, round no second step."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from exchange.domain.roles import Role
from exchange.errors import Conflict, Gone, InvalidInput, StepUpNeeded, TooMany
from exchange.records import Account, OutboxMail, WebSession
from exchange.services import account_links, accounts, step_up, web_sessions
from tests.services.people import AT, SYSTEM, Office, make_office, told
from tests.services.test_step_up import set_up

PASSWORD = "four words in a row"


@pytest.fixture
def office(session: Session) -> Office:
    made = make_office(session)
    session.commit()
    return made


def _account(session: Session, office: Office) -> Account:
    return session.get_one(Account, office.actor.account_id)


def _token(session: Session, template: str) -> str:
    body = session.exec(
        select(OutboxMail.body)
        .where(OutboxMail.template == template)
        .order_by(col(OutboxMail.id).desc())
    ).first()
    assert body is not None
    return next(line for line in body.splitlines() if "/" in line).rsplit("/", 1)[1]


def _ask(session: Session, email: str, client: str = "client") -> None:
    account_links.ask_for_password(session, email=email, client_key=client, at=AT)


def test_forgotten_password_is_set_once_and_ends_sessions(session: Session, office: Office) -> None:
    account = _account(session, office)
    web_sessions.start(session, at=AT, account_id=account.id)
    _ask(session, account.email.upper())
    token = _token(session, "password_link")
    with pytest.raises(InvalidInput):
        account_links.set_password(session, token, password="short", at=AT)
    account_links.set_password(session, token, password=PASSWORD, at=AT)
    with pytest.raises(Gone):
        account_links.set_password(session, token, password=PASSWORD, at=AT)
    found = accounts.sign_in(
        session, email=account.email, password=PASSWORD, client_key="client", at=AT
    )
    assert found.id == account.id
    assert session.exec(select(WebSession).where(col(WebSession.ended_at).is_(None))).all() == []
    assert _token(session, "sign_in_changed") == "account"
    assert "account:change_password" in told(session)


def test_new_password_leaves_the_second_step(session: Session, office: Office) -> None:
    set_up(session, office.actor)
    account = _account(session, office)
    _ask(session, account.email)
    token = _token(session, "password_link")
    account_links.set_password(session, token, password=PASSWORD, at=AT)
    assert step_up.has_app(session, account.id)
    with pytest.raises(StepUpNeeded):
        step_up.require_step_up(accounts.actor_of(session, account.id), AT)


def test_link_ends_after_an_hour_and_with_another_change(session: Session, office: Office) -> None:
    account = _account(session, office)
    _ask(session, account.email)
    token = _token(session, "password_link")
    with pytest.raises(Gone):
        account_links.set_password(session, token, password=PASSWORD, at=AT + timedelta(hours=1))
    accounts.change_password(session, office.actor, account, password=PASSWORD, at=AT)
    with pytest.raises(Gone):
        account_links.set_password(session, token, password=PASSWORD, at=AT)


def test_unknown_address_gets_no_mail_and_the_same_answer(session: Session, office: Office) -> None:
    _ask(session, "nobody@example.org")
    assert session.exec(select(OutboxMail)).all() == []


def test_sixth_link_of_a_day_is_refused(session: Session, office: Office) -> None:
    account = _account(session, office)
    for number in range(5):
        _ask(session, account.email, f"client {number}")
    with pytest.raises(TooMany):
        _ask(session, account.email, "another")


def test_new_address_counts_once_it_is_confirmed(session: Session, office: Office) -> None:
    account = _account(session, office)
    old = account.email
    account_links.ask_for_email(
        session, office.actor, email="New@example.org", client_key="client", at=AT
    )
    assert account.email == old
    token = _token(session, "email_link")
    account_links.confirm_email(session, token, AT)
    assert account.email == "new@example.org"
    told_to = session.exec(
        select(OutboxMail.recipient).where(OutboxMail.template == "sign_in_changed")
    ).all()
    assert sorted(told_to) == sorted([old, "new@example.org"])
    with pytest.raises(Gone):
        account_links.confirm_email(session, token, AT)


def test_new_address_needs_a_code(session: Session, office: Office) -> None:
    plain = accounts.actor_of(session, office.actor.account_id or 0)
    with pytest.raises(StepUpNeeded):
        account_links.ask_for_email(
            session, plain, email="new@example.org", client_key="client", at=AT
        )


def test_address_of_somebody_else_is_refused_when_it_is_confirmed(
    session: Session, office: Office
) -> None:
    accounts.create_account(
        session,
        SYSTEM,
        email="taken@example.org",
        display_name="Taken",
        password=None,
        role=Role.REVIEWER,
        programme_id=office.programme.id,
        at=AT,
    )
    account_links.ask_for_email(
        session, office.actor, email="taken@example.org", client_key="client", at=AT
    )
    with pytest.raises(Conflict, match="has an account already"):
        account_links.confirm_email(session, _token(session, "email_link"), AT)
