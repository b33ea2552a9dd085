"""The second step: set up, typed once, refused the second time, also to two at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from exchange.domain import totp
from exchange.errors import Forbidden, InvalidInput, StepUpNeeded, TooMany
from exchange.records import Account, RecoveryCode, SecondFactor, WebSession
from exchange.records.session import open_session
from exchange.services import accounts, audit, exports, step_up, web_sessions
from exchange.services.actor import COMMAND, Actor
from tests.services.people import AT, Office, make_office, signed_in, told
from tests.services.together import at_once

KEY = "k" * 64


@pytest.fixture
def office(session: Session) -> Office:
    made = make_office(session)
    session.commit()
    return made


def code_at(session: Session, actor: Actor, at: datetime) -> str:
    """Return what the app of an account shows."""
    factor = session.exec(
        select(SecondFactor).where(SecondFactor.account_id == actor.account_id)
    ).one()
    account = session.get_one(Account, actor.account_id)
    secret = totp.derive_secret(KEY, owner=account.public_id, salt=factor.salt)
    return totp.code_of(secret, totp.step_of(at))


def set_up(session: Session, actor: Actor, at: datetime = AT) -> Sequence[str]:
    """Set an app up, and return the recovery codes."""
    step_up.begin_setup(session, actor, at)
    typed = code_at(session, actor, at)
    return step_up.finish_setup(session, actor, typed, key=KEY, keep_session_id=0, at=at)


def test_app_is_set_up_with_its_first_code(session: Session, office: Office) -> None:
    step_up.begin_setup(session, office.actor, AT)
    shown = step_up.pending_secret(session, office.actor, key=KEY)
    assert shown is not None
    assert not step_up.has_app(session, office.actor.account_id or 0)
    wrong = totp.code_of(shown, totp.step_of(AT) + 7)
    with pytest.raises(InvalidInput, match="does not fit"):
        step_up.finish_setup(session, office.actor, wrong, key=KEY, keep_session_id=0, at=AT)
    right = totp.code_of(shown, totp.step_of(AT))
    codes = step_up.finish_setup(session, office.actor, right, key=KEY, keep_session_id=0, at=AT)
    assert len(set(codes)) == 10
    assert step_up.has_app(session, office.actor.account_id or 0)
    assert "account:second_step_set" in told(session)


def test_database_holds_neither_secret_nor_recovery_code(session: Session, office: Office) -> None:
    step_up.begin_setup(session, office.actor, AT)
    secret = step_up.pending_secret(session, office.actor, key=KEY)
    assert secret is not None
    codes = step_up.finish_setup(
        session,
        office.actor,
        totp.code_of(secret, totp.step_of(AT)),
        key=KEY,
        keep_session_id=0,
        at=AT,
    )
    kept = str(session.connection().execute(sa.text("SELECT * FROM second_factor")).all())
    kept += str(session.connection().execute(sa.text("SELECT * FROM recovery_code")).all())
    assert secret.hex() not in kept
    assert totp.shown_secret(secret).replace(" ", "") not in kept
    assert not [one for one in codes if one in kept or one.replace("-", "") in kept]


def test_code_counts_once(session: Session, office: Office) -> None:
    set_up(session, office.actor)
    later = AT + timedelta(minutes=2)
    typed = code_at(session, office.actor, later)
    step_up.step_up(session, office.actor, typed, key=KEY, at=later)
    with pytest.raises(InvalidInput, match="used already"):
        step_up.step_up(session, office.actor, typed, key=KEY, at=later)
    earlier = code_at(session, office.actor, later - timedelta(seconds=30))
    with pytest.raises(InvalidInput, match="used already"):
        step_up.step_up(session, office.actor, earlier, key=KEY, at=later)
    assert told(session)[-3:] == [
        "account:step_up",
        "account:step_up_refused",
        "account:step_up_refused",
    ]


def test_code_that_set_the_app_up_is_used_up(session: Session, office: Office) -> None:
    set_up(session, office.actor)
    with pytest.raises(InvalidInput, match="used already"):
        step_up.step_up(session, office.actor, code_at(session, office.actor, AT), key=KEY, at=AT)


@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_code_typed_twice_at_once_counts_once(engine: sa.Engine, kind: str) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        codes = set_up(session, office.actor)
        later = AT + timedelta(minutes=2)
        typed = code_at(session, office.actor, later) if kind == "app" else codes[0]
        session.commit()

    def type_it(session: Session) -> str:
        step_up.step_up(session, office.actor, typed, key=KEY, at=later)
        return "taken"

    results = at_once(engine, type_it, times=5)
    assert sorted(str(one) if isinstance(one, str) else "refused" for one in results) == [
        *["refused"] * 4,
        "taken",
    ]
    with open_session(engine) as session:
        assert audit.first_broken_event(session) is None


def test_recovery_code_counts_once_and_new_ones_replace_the_old(
    session: Session, office: Office
) -> None:
    first = set_up(session, office.actor)
    account_id = office.actor.account_id or 0
    step_up.step_up(session, office.actor, f" {first[0].upper()} ", key=KEY, at=AT)
    assert step_up.codes_left(session, account_id) == 9
    with pytest.raises(InvalidInput, match="used already"):
        step_up.step_up(session, office.actor, first[0], key=KEY, at=AT)
    second = step_up.renew_codes(session, office.actor, AT)
    with pytest.raises(InvalidInput, match="used already"):
        step_up.step_up(session, office.actor, first[1], key=KEY, at=AT)
    step_up.step_up(session, office.actor, second[0], key=KEY, at=AT)
    assert step_up.codes_left(session, account_id) == 9


def test_recovery_code_of_somebody_else_is_refused(session: Session, office: Office) -> None:
    codes = set_up(session, office.actor)
    other = make_office(session, "Elsewhere")
    set_up(session, other.actor)
    with pytest.raises(InvalidInput, match="does not fit"):
        step_up.step_up(session, other.actor, codes[0], key=KEY, at=AT)


def test_sixth_try_in_five_minutes_is_refused_even_if_right(
    session: Session, office: Office
) -> None:
    set_up(session, office.actor)
    later = AT + timedelta(minutes=30)
    for _ in range(5):
        with pytest.raises(InvalidInput):
            step_up.step_up(session, office.actor, "nothing", key=KEY, at=later)
    right = code_at(session, office.actor, later)
    with pytest.raises(TooMany):
        step_up.step_up(session, office.actor, right, key=KEY, at=later)
    after = later + timedelta(minutes=5)
    step_up.step_up(session, office.actor, code_at(session, office.actor, after), key=KEY, at=after)


def test_step_up_is_fresh_for_ten_minutes(session: Session, office: Office) -> None:
    actor = office.actor
    step_up.require_step_up(actor, AT + timedelta(minutes=10))
    for moment in (AT + timedelta(minutes=10, seconds=1), AT - timedelta(seconds=1)):
        with pytest.raises(StepUpNeeded):
            step_up.require_step_up(actor, moment)
    with pytest.raises(StepUpNeeded):
        step_up.require_step_up(accounts.actor_of(session, actor.account_id or 0), AT)


@pytest.mark.parametrize("kind", ["participants", "hosts"])
def test_names_are_exported_after_a_code_only(session: Session, office: Office, kind: str) -> None:
    exports.export_table(session, office.actor, kind, cycle_id=office.cycle.id, at=AT)
    plain = accounts.actor_of(session, office.actor.account_id or 0)
    with pytest.raises(StepUpNeeded):
        exports.export_table(session, plain, kind, cycle_id=office.cycle.id, at=AT)


def test_new_app_replaces_the_old_one_after_a_code(session: Session, office: Office) -> None:
    set_up(session, office.actor)
    plain = accounts.actor_of(session, office.actor.account_id or 0)
    with pytest.raises(StepUpNeeded):
        step_up.begin_setup(session, plain, AT)
    later = AT + timedelta(minutes=2)
    old = code_at(session, office.actor, later)
    step_up.begin_setup(session, office.actor, later)
    pending = step_up.pending_secret(session, office.actor, key=KEY)
    assert pending is not None
    typed = totp.code_of(pending, totp.step_of(later))
    step_up.finish_setup(session, office.actor, typed, key=KEY, keep_session_id=0, at=later)
    with pytest.raises(InvalidInput):
        step_up.step_up(session, office.actor, old, key=KEY, at=later)


def test_setting_up_ends_other_sessions(session: Session, office: Office) -> None:
    account_id = office.actor.account_id
    kept, _ = web_sessions.start(session, at=AT, account_id=account_id)
    web_sessions.start(session, at=AT, account_id=account_id)
    step_up.begin_setup(session, office.actor, AT)
    typed = code_at(session, office.actor, AT)
    step_up.finish_setup(session, office.actor, typed, key=KEY, keep_session_id=kept.id, at=AT)
    alive = session.exec(select(WebSession.id).where(sa.column("ended_at").is_(None))).all()
    assert alive == [kept.id]


def test_lost_app_is_taken_away_by_another_administrator(session: Session, office: Office) -> None:
    set_up(session, office.actor)
    account = session.get_one(Account, office.actor.account_id)
    with pytest.raises(Forbidden, match="Another administrator"):
        step_up.remove(session, office.actor, account, AT)
    step_up.remove(session, COMMAND, account, AT)
    assert not step_up.has_app(session, account.id)
    assert session.exec(select(RecoveryCode)).all() == []
    assert told(session)[-1] == "account:second_step_removed"


def test_session_of_no_account_cannot_be_stepped_up(session: Session, office: Office) -> None:
    assert signed_in(session, office.actor.account_id or 0).stepped_up_at == AT
    with pytest.raises(sa.exc.IntegrityError):
        web_sessions.start(session, at=AT, stepped_up_at=AT)
