"""The second step of signing in: set up, asked for again before what cannot be undone, replaced.

A step-up is a code typed a few minutes ago, in this session. Every code counts once; tries are
counted in the database, before the code is looked at.
"""

import secrets
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, func, select, update

from exchange.domain import totp
from exchange.errors import Conflict, Forbidden, InvalidInput, NotFound, StepUpNeeded
from exchange.records import Account, RecoveryCode, SecondFactor
from exchange.services import audit, rate_limits, web_sessions
from exchange.services.actor import Actor
from exchange.services.web_sessions import hash_token
from exchange.translations import Sentence

FRESH = timedelta(minutes=10)
TRIES = 5
WINDOW_S = 300
CODES = 10
_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without signs that are taken for one another."""
_LENGTH = 16
"""79 bits: too many to try them all, so that a plain hash keeps them."""


def require_step_up(actor: Actor, at: datetime) -> None:
    """Raise unless this person has typed a code in the last minutes.

    The service itself, and whoever stands at the installation's command line, need none: they
    hold the key from which all codes are made.

    Raises
    ------
    StepUpNeeded
        Pages then ask for a code and come back.
    """
    if actor.account_id is not None and not is_fresh(actor.stepped_up_at, at):
        raise StepUpNeeded("Enter a code from your app first, then do it again.")


def is_fresh(stepped_up_at: datetime | None, at: datetime) -> bool:
    """Say whether a step-up still counts."""
    return stepped_up_at is not None and timedelta(0) <= at - stepped_up_at <= FRESH


def has_app(session: Session, account_id: int) -> bool:
    """Say whether an account has set up its second step."""
    return _find(session, account_id) is not None


def begin_setup(session: Session, actor: Actor, at: datetime) -> None:
    """Make a new secret, which counts once a code of it was typed; an app in use stays until then.

    Raises
    ------
    StepUpNeeded
        When there is an app already and no code of it was typed just now.
    """
    account_id = _own(actor)
    if has_app(session, account_id):
        require_step_up(actor, at)
    session.exec(delete(SecondFactor).where(*_pending(account_id)))
    row = SecondFactor(account_id=account_id, salt=secrets.token_hex(32), created_at=at)
    # Sent twice at once, the other one is set up.
    with suppress(IntegrityError), session.begin_nested():
        session.add(row)


def pending_secret(session: Session, actor: Actor, *, key: str) -> bytes | None:
    """Return the secret that is being set up, if there is one."""
    account_id = _own(actor)
    found = session.exec(select(SecondFactor).where(*_pending(account_id))).one_or_none()
    return None if found is None else _secret(session, found, key)


def finish_setup(
    session: Session, actor: Actor, typed: str, *, key: str, keep_session_id: int, at: datetime
) -> list[str]:
    """Take the app into use, end other sessions, and return new recovery codes, once.

    Raises
    ------
    InvalidInput
        When the code is not of the app.
    Conflict
        When nothing is being set up.
    """
    account_id = _own(actor)
    _count_try(session, account_id, at)
    found = session.exec(select(SecondFactor).where(*_pending(account_id))).one_or_none()
    if found is None:
        raise Conflict("Nothing is being set up. Start again from your account.")
    step = totp.matching_step(_secret(session, found, key), typed, at)
    if step is None:
        raise _refusal(Sentence("This code does not fit. Wait for the next one and try again"))
    session.exec(
        delete(SecondFactor).where(
            col(SecondFactor.account_id) == account_id, col(SecondFactor.id) != found.id
        )
    )
    taken = session.connection().execute(
        update(SecondFactor)
        .where(col(SecondFactor.id) == found.id, col(SecondFactor.confirmed_at).is_(None))
        .values(confirmed_at=at, last_step=step)
    )
    if taken.rowcount != 1:
        raise Conflict("This app was just taken into use in another window.")
    web_sessions.end_all_of(session, account_id, at, but=keep_session_id)
    _audit(session, actor, "account:second_step_set", account_id, at)
    return _renew_codes(session, account_id, at)


def step_up(session: Session, actor: Actor, typed: str, *, key: str, at: datetime) -> None:
    """Take a code of the app, or a recovery code. Either counts once.

    Raises
    ------
    TooMany
        After 5 tries in 5 minutes, right or wrong.
    InvalidInput
        When it is neither, or was used before. The refusal is on the audit trail, and committed.
    """
    account_id = _own(actor)
    _count_try(session, account_id, at)
    if _take_app_code(session, account_id, typed, key=key, at=at):
        _audit(session, actor, "account:step_up", account_id, at)
        return
    if _take_recovery_code(session, account_id, typed, at):
        _audit(session, actor, "account:recovery_code_used", account_id, at)
        return
    _audit(session, actor, "account:step_up_refused", account_id, at)
    session.commit()
    raise _refusal(Sentence("This code does not fit, or was used already. Wait for the next one"))


def renew_codes(session: Session, actor: Actor, at: datetime) -> list[str]:
    """Return new recovery codes, once; the earlier ones no longer work."""
    account_id = _own(actor)
    require_step_up(actor, at)
    if not has_app(session, account_id):
        raise Conflict("Set up your app first.")
    _audit(session, actor, "account:recovery_codes_made", account_id, at)
    return _renew_codes(session, account_id, at)


def codes_left(session: Session, account_id: int) -> int:
    """Return how many recovery codes an account has not used."""
    return session.exec(
        select(func.count())
        .select_from(RecoveryCode)
        .where(col(RecoveryCode.account_id) == account_id, col(RecoveryCode.used_at).is_(None))
    ).one()


def remove(session: Session, actor: Actor, account: Account, at: datetime) -> None:
    """Take app and codes from an account that lost both, and sign it out everywhere.

    Whoever asks for it has to be known in person: this is the way round the second step.
    """
    if not actor.is_administrator or actor.account_id == account.id:
        raise Forbidden("Another administrator of this installation has to do this.")
    require_step_up(actor, at)
    session.exec(delete(SecondFactor).where(col(SecondFactor.account_id) == account.id))
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account.id))
    web_sessions.end_all_of(session, account.id, at)
    _audit(session, actor, "account:second_step_removed", account.id, at)


def _take_app_code(
    session: Session, account_id: int, typed: str, *, key: str, at: datetime
) -> bool:
    found = _find(session, account_id)
    if found is None:
        return False
    step = totp.matching_step(_secret(session, found, key), typed, at)
    if step is None:
        return False
    # Compare and swap: of two who type the same code at once, one is late.
    taken = session.connection().execute(
        update(SecondFactor)
        .where(col(SecondFactor.id) == found.id, col(SecondFactor.last_step) < step)
        .values(last_step=step)
    )
    return taken.rowcount == 1


def _take_recovery_code(session: Session, account_id: int, typed: str, at: datetime) -> bool:
    plain = "".join(sign for sign in typed.lower() if sign.isalnum())
    if len(plain) != _LENGTH:
        return False
    taken = session.connection().execute(
        update(RecoveryCode)
        .where(
            col(RecoveryCode.account_id) == account_id,
            col(RecoveryCode.code_hash) == hash_token(plain),
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=at)
    )
    return taken.rowcount == 1


def _renew_codes(session: Session, account_id: int, at: datetime) -> list[str]:
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account_id))
    plain = ["".join(secrets.choice(_SIGNS) for _ in range(_LENGTH)) for _ in range(CODES)]
    session.add_all(
        RecoveryCode(account_id=account_id, code_hash=hash_token(one), created_at=at)
        for one in plain
    )
    session.flush()
    return ["-".join(one[start : start + 4] for start in range(0, _LENGTH, 4)) for one in plain]


def _find(session: Session, account_id: int) -> SecondFactor | None:
    return session.exec(
        select(SecondFactor).where(
            col(SecondFactor.account_id) == account_id, col(SecondFactor.confirmed_at).is_not(None)
        )
    ).one_or_none()


def _pending(account_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        col(SecondFactor.account_id) == account_id,
        col(SecondFactor.confirmed_at).is_(None),
    )


def _secret(session: Session, found: SecondFactor, key: str) -> bytes:
    account = session.get_one(Account, found.account_id)
    return totp.derive_secret(key, owner=account.public_id, salt=found.salt)


def _count_try(session: Session, account_id: int, at: datetime) -> None:
    rate_limits.hit(session, f"step-up:{account_id}", limit=TRIES, window_s=WINDOW_S, at=at)


def _own(actor: Actor) -> int:
    if actor.account_id is None:
        raise NotFound("There is nothing at this address.")
    return actor.account_id


def _refusal(sentence: Sentence) -> InvalidInput:
    return InvalidInput(f"{sentence}.", {"code": [sentence]})


def _audit(session: Session, actor: Actor, action: str, account_id: int, at: datetime) -> None:
    account = session.get_one(Account, account_id)
    audit.record(
        session, actor, action, subject_kind="account", subject_id=account.public_id, at=at
    )
