"""Accounts: made by administrators, signed in with a password, shut out at once."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlmodel import Session, select

from exchange.domain.roles import Permission, Role
from exchange.errors import Conflict, Forbidden, InvalidInput, TooMany
from exchange.records import Account, AuditEvent
from exchange.records.session import open_session
from exchange.services import accounts, web_sessions
from exchange.services.actor import SYSTEM, Actor
from tests.services.people import AT, make_office, told
from tests.services.together import at_once

PASSWORD = "three green boats sail"
EMAIL = "anna@example.org"


@pytest.fixture
def account(session: Session) -> Account:
    made = accounts.create_account(
        session, SYSTEM, email=EMAIL, display_name="Anna", password=PASSWORD, at=AT
    )
    session.commit()
    return made


def _sign_in(
    session: Session,
    *,
    email: str = EMAIL,
    password: str = PASSWORD,
    client_key: str = "one",
    minutes: float = 0,
) -> Account:
    return accounts.sign_in(
        session,
        email=email,
        password=password,
        client_key=client_key,
        at=AT + timedelta(minutes=minutes),
    )


def test_password_is_kept_as_argon2id_of_64_mib(account: Account) -> None:
    assert account.password_hash is not None
    assert account.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=1$")


def test_dummy_hash_costs_what_a_real_one_costs(account: Account) -> None:
    form = r"(\$argon2id\$v=19\$m=65536,t=3,p=1)\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}"
    assert account.password_hash is not None
    assert re.fullmatch(form, account.password_hash)
    assert re.fullmatch(form, accounts._dummy_hash())
    assert not accounts._verify(accounts._dummy_hash(), PASSWORD)


def test_sign_in_with_any_spelling_of_the_address(session: Session, account: Account) -> None:
    assert _sign_in(session, email="  ANNA@Example.ORG ").id == account.id
    assert told(session)[-1] == "account:sign_in"


def test_sign_in_refused_says_the_same_whoever_it_is(session: Session, account: Account) -> None:
    gone = accounts.create_account(
        session, SYSTEM, email="gone@example.org", display_name="Gone", password=PASSWORD, at=AT
    )
    accounts.disable_account(session, SYSTEM, gone, at=AT)
    session.commit()
    answers = set()
    for email, password in (
        (EMAIL, "three green boats sink"),
        ("nobody@example.org", PASSWORD),
        ("gone@example.org", PASSWORD),
        ("not an address", PASSWORD),
        (EMAIL, "x" * 100_000),
    ):
        with pytest.raises(InvalidInput, match="not right") as refused:
            _sign_in(session, email=email, password=password)
        answers.add((refused.value.message, str(refused.value.faults)))
    assert len(answers) == 1
    assert told(session).count("account:sign_in_refused") == 5


def test_sign_in_is_refused_at_the_sixth_try_for_one_address(
    session: Session, account: Account
) -> None:
    for number in range(5):
        with pytest.raises(InvalidInput, match="not right"):
            _sign_in(session, password="wrong wrong wrong", client_key=f"client {number}")
    with pytest.raises(TooMany, match="Too many tries") as refused:
        _sign_in(session, client_key="client 6")
    assert 0 < refused.value.retry_after_s <= 301
    assert _sign_in(session, client_key="client 6", minutes=5).id == account.id


def test_sign_in_is_refused_at_the_eleventh_try_from_one_client(
    session: Session, account: Account
) -> None:
    for number in range(10):
        with pytest.raises(InvalidInput, match="not right"):
            _sign_in(session, email=f"guess{number}@example.org")
    with pytest.raises(TooMany, match="Too many tries"):
        _sign_in(session)
    assert _sign_in(session, client_key="another").id == account.id


def test_sign_in_by_many_at_once_lets_exactly_five_try(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        accounts.create_account(
            session, SYSTEM, email=EMAIL, display_name="Anna", password=None, at=AT
        )
        session.commit()
    results = at_once(engine, lambda session: _sign_in(session, password="wrong wrong wrong"))
    assert sorted(type(one).__name__ for one in results) == ["InvalidInput"] * 5 + ["TooMany"] * 3


def test_password_of_an_older_cost_is_hashed_anew(session: Session, account: Account) -> None:
    account.password_hash = PasswordHasher(1, 8192, 1).hash(PASSWORD)
    session.add(account)
    session.commit()
    _sign_in(session)
    assert account.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=1$")


@pytest.mark.parametrize(
    "password", ["short", "x" * 129, "password1234", "Passwordpassword", "ababababababab"]
)
def test_password_easy_to_guess_is_refused(session: Session, password: str) -> None:
    with pytest.raises(InvalidInput, match="password") as refused:
        accounts.create_account(
            session, SYSTEM, email=EMAIL, display_name="A", password=password, at=AT
        )
    assert set(refused.value.faults) == {"password"}
    assert password not in str(refused.value.faults)


def test_new_password_ends_every_other_session(session: Session, account: Account) -> None:
    begun = [web_sessions.start(session, account_id=account.id, at=AT) for _ in range(3)]
    kept = begun[0][0]
    accounts.change_password(
        session,
        accounts.actor_of(session, account.id),
        account,
        password="four blue boats sail",
        keep_session_id=kept.id,
        at=AT,
    )
    session.commit()
    alive = [web_sessions.find(session, token, AT) for _, token in begun]
    assert [one is not None for one in alive] == [True, False, False]


def test_disabled_account_has_no_session_and_no_role(session: Session) -> None:
    office = make_office(session)
    assert office.actor.may(Permission.SEE_CYCLES, office.programme.id)
    account = session.get_one(Account, office.actor.account_id)
    _, token = web_sessions.start(session, account_id=account.id, at=AT)
    accounts.disable_account(session, SYSTEM, account, at=AT)
    session.expire_all()
    assert web_sessions.find(session, token, AT) is None
    assert accounts.actor_of(session, account.id) == Actor()


def test_account_of_an_address_in_use_is_a_conflict(session: Session, account: Account) -> None:
    with pytest.raises(Conflict, match="has an account already"):
        accounts.create_account(
            session, SYSTEM, email="Anna@Example.org", display_name="B", password=None, at=AT
        )
    assert [one.display_name for one in session.exec(select(Account))] == ["Anna"]


def test_account_by_many_at_once_is_made_once(engine: sa.Engine) -> None:
    def make(session: Session) -> int:
        return accounts.create_account(
            session, SYSTEM, email=EMAIL, display_name="A", password=None, at=AT
        ).id

    results = at_once(engine, make)
    assert sorted(type(one).__name__ for one in results) == ["Conflict"] * 7 + ["int"]


def test_account_is_made_by_administrators_only(session: Session) -> None:
    office = make_office(session)
    with pytest.raises(Forbidden, match="administrator"):
        accounts.create_account(
            session, office.actor, email=EMAIL, display_name="A", password=None, at=AT
        )


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "Anna\u202eanna", "A\x00"])
def test_account_with_a_name_that_cannot_be_shown_is_refused(session: Session, name: str) -> None:
    with pytest.raises(InvalidInput, match=".") as refused:
        accounts.create_account(
            session, SYSTEM, email=EMAIL, display_name=name, password=None, at=AT
        )
    assert set(refused.value.faults) == {"display_name"}


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.ANONYMOUS])
def test_role_that_no_programme_has_cannot_be_granted(session: Session, role: Role) -> None:
    office = make_office(session)
    account = session.get_one(Account, office.actor.account_id)
    with pytest.raises(InvalidInput, match="role"):
        accounts.grant_role(
            session, SYSTEM, account, role=role, programme_id=office.programme.id, at=AT
        )


def test_trail_of_sign_ins_names_nobody(session: Session, account: Account) -> None:
    _sign_in(session)
    with pytest.raises(InvalidInput, match="not right"):
        _sign_in(session, password="wrong wrong wrong")
    events = session.exec(select(AuditEvent)).all()
    assert len(events) == 3
    for event in events:
        said = event.model_dump_json().lower()
        assert "anna" not in said
        assert "example.org" not in said
