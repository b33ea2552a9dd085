"""Accounts of staff: made, signed in, given roles, disabled."""

import base64
import os
import secrets
import threading
from collections import defaultdict
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, bindparam, col, select

from exchange.domain.roles import STAFF_ROLES, Permission, Role
from exchange.errors import Conflict, Forbidden, InvalidInput, NotFound, TooMany
from exchange.records import Account, Membership
from exchange.services import audit, links, rate_limits, web_sessions
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.names import clean_name, normalise_email
from exchange.services.passwords import check_password
from exchange.services.step_up import require_step_up
from exchange.services.web_sessions import hash_token
from exchange.translations import Sentence

TRIES_AN_ACCOUNT = 5
TRIES_A_CLIENT = 10
WINDOW_S = 300
_QUEUE_S = 10.0
_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
# One hash takes 64 MiB and a core; more at once than cores would only starve the pages.
_SLOTS = threading.BoundedSemaphore(max(1, (os.cpu_count() or 2) - 1))


def create_account(
    session: Session,
    actor: Actor,
    *,
    email: str,
    display_name: str,
    password: str | None,
    at: datetime,
    role: Role | None = None,
    programme_id: int | None = None,
    is_administrator: bool = False,
) -> Account:
    """Make an account, with one role where one is given.

    Raises
    ------
    Conflict
        When the address has an account already.
    InvalidInput
        When the address or the password cannot be used.
    Forbidden
        When the actor is no administrator.
    """
    if not actor.is_administrator:
        raise Forbidden("Only an administrator of this installation can make an account.")
    account = add_account(
        session,
        email=email,
        display_name=display_name,
        password=password,
        is_administrator=is_administrator,
        at=at,
    )
    audit.record(
        session,
        actor,
        "account:create",
        subject_kind="account",
        subject_id=account.public_id,
        facts={"administrator": is_administrator},
        at=at,
    )
    if role is not None and programme_id is not None:
        grant_role(session, actor, account, role=role, programme_id=programme_id, at=at)
    return account


def add_account(
    session: Session,
    *,
    email: str,
    display_name: str,
    password: str | None,
    at: datetime,
    is_administrator: bool = False,
) -> Account:
    """Store a new account; whoever calls has asked who may, and writes it to the audit trail.

    Raises
    ------
    Conflict
        When the address has an account already.
    InvalidInput
        When the address, the name or the password cannot be used.
    """
    account = Account(
        email=normalise_email(email),
        display_name=clean_name(display_name, "display_name"),
        password_hash=_hash(check_password(password)) if password is not None else None,
        is_administrator=is_administrator,
        created_at=at,
    )
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError as error:
        raise Conflict("This e-mail address has an account already.") from error
    return account


def grant_role(
    session: Session,
    actor: Actor,
    account: Account,
    *,
    role: Role,
    programme_id: int,
    at: datetime,
) -> None:
    """Give an account a role in a programme; a role that it has already changes nothing.

    This is the way of the installation itself. Where people work, one proposes a role and another
    confirms it: `staff.propose_role`.

    Raises
    ------
    StepUpNeeded
        When the actor has not typed a code just now.
    Forbidden
        When the actor would raise their own role.
    """
    require(actor, Permission.MANAGE_PEOPLE, programme_id)
    require_step_up(actor, at)
    if actor.account_id is not None and actor.account_id == account.id:
        raise Forbidden("Nobody gives themselves a role. Ask a colleague.")
    if role not in STAFF_ROLES:
        sentence = Sentence("Choose a role of a programme")
        raise InvalidInput(f"{sentence}.", {"role": [sentence]})
    assert account.id is not None
    if not add_membership(session, account.id, role=role, programme_id=programme_id):
        return
    audit.record(
        session,
        actor,
        "account:grant",
        subject_kind="account",
        subject_id=account.public_id,
        programme_id=programme_id,
        facts={"role": role.value},
        at=at,
    )


def add_membership(
    session: Session,
    account_id: int,
    *,
    role: Role,
    programme_id: int,
    partner: str | None = None,
) -> bool:
    """Write down that an account has a role; return whether that is new.

    A partner who is taken on for another organisation stands for that one from now on.
    """
    held = session.exec(
        select(Membership).where(
            Membership.account_id == account_id,
            Membership.programme_id == programme_id,
            Membership.role == role,
        )
    ).first()
    if held is not None and held.partner == partner:
        return False
    row = held or Membership(account_id=account_id, programme_id=programme_id, role=role)
    row.partner = partner
    session.add(row)
    session.flush()
    return True


def find_account(session: Session, email: str) -> Account:
    """Return the account of an address, or NotFound."""
    found = session.exec(
        select(Account).where(Account.email == normalise_email(email))
    ).one_or_none()
    if found is None:
        raise NotFound("No account has this e-mail address.")
    return found


# Asked by every page of staff, and built once.
_ROLES = select(Membership.programme_id, Membership.role, Membership.partner).where(
    col(Membership.account_id) == bindparam("account")
)


def actor_of(session: Session, account_id: int) -> Actor:
    """Return the actor that an account is right now; nobody when it was disabled."""
    account = session.get(Account, account_id)
    if account is None or account.disabled_at is not None:
        return Actor()
    roles: defaultdict[int, set[Role]] = defaultdict(set)
    partners: dict[int, str] = {}
    for programme, role, partner in session.exec(_ROLES, params={"account": account_id}):
        roles[programme].add(Role(role))
        if role is Role.PARTNER and partner:
            partners[programme] = partner
    return Actor(
        account_id=account_id,
        is_administrator=account.is_administrator,
        roles={programme: frozenset(held) for programme, held in roles.items()},
        partners=partners,
    )


def sign_in(
    session: Session, *, email: str, password: str, client_key: str, at: datetime
) -> Account:
    """Check an address and a password; the same answer and effort whoever it is.

    The tries are counted, and the count committed, before the password is looked at.

    Raises
    ------
    TooMany
        After 5 tries for one address, or 10 from one client, in 5 minutes.
    InvalidInput
        When they do not belong together.
    """
    try:
        known_as = normalise_email(email)
    except InvalidInput:
        known_as = ""
    rate_limits.hit(
        session, f"sign-in-client:{client_key}", limit=TRIES_A_CLIENT, window_s=WINDOW_S, at=at
    )
    rate_limits.hit(
        session,
        f"sign-in:{hash_token(known_as)}",
        limit=TRIES_AN_ACCOUNT,
        window_s=WINDOW_S,
        at=at,
    )
    account = session.exec(select(Account).where(Account.email == known_as)).one_or_none()
    session.commit()  # The hash takes a while; nobody should wait for our transaction meanwhile.
    stored = account.password_hash if account and account.password_hash else _dummy_hash()
    matches = _verify(stored, password)
    usable = account is not None and account.password_hash and account.disabled_at is None
    if account is None or not matches or not usable:
        audit.record(
            session,
            Actor(),
            "account:sign_in_refused",
            subject_kind="account",
            subject_id=account.public_id if account else "unknown",
            at=at,
        )
        session.commit()
        sentence = Sentence("The e-mail address or the password is not right")
        raise InvalidInput(f"{sentence}.", {"password": [sentence]})
    if _HASHER.check_needs_rehash(stored):
        account.password_hash = _hash(password)
        session.add(account)
    audit.record(
        session,
        Actor(account_id=account.id),
        "account:sign_in",
        subject_kind="account",
        subject_id=account.public_id,
        at=at,
    )
    return account


def change_password(
    session: Session,
    actor: Actor,
    account: Account,
    *,
    password: str,
    at: datetime,
    keep_session_id: int | None = None,
) -> None:
    """Set a new password and end the account's other sessions."""
    if actor.account_id != account.id and not actor.is_administrator:
        raise NotFound("There is nothing at this address.")
    account.password_hash = _hash(check_password(password))
    session.add(account)
    assert account.id is not None
    web_sessions.end_all_of(session, account.id, at, but=keep_session_id)
    links.void_links_of(session, account.id, at)
    audit.record(
        session,
        actor,
        "account:change_password",
        subject_kind="account",
        subject_id=account.public_id,
        at=at,
    )


def disable_account(session: Session, actor: Actor, account: Account, *, at: datetime) -> None:
    """Shut an account out, and end all its sessions at once."""
    if not actor.is_administrator:
        raise Forbidden("Only an administrator of this installation can disable an account.")
    others = select(Account.id).where(
        col(Account.is_administrator), col(Account.disabled_at).is_(None), Account.id != account.id
    )
    if account.is_administrator and session.exec(others).first() is None:
        raise Conflict("This is the last administrator of this installation. Make another first.")
    account.disabled_at = at
    session.add(account)
    assert account.id is not None
    web_sessions.end_all_of(session, account.id, at)
    audit.record(
        session,
        actor,
        "account:disable",
        subject_kind="account",
        subject_id=account.public_id,
        at=at,
    )


def _hash(password: str) -> str:
    with _slot():
        return _HASHER.hash(password)


def _verify(stored: str, password: str) -> bool:
    if len(password) > 128:
        return False
    with _slot():
        try:
            return _HASHER.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


class _slot:  # noqa: N801  # Reads as a word of the with statement.
    def __enter__(self) -> None:
        if not _SLOTS.acquire(timeout=_QUEUE_S):
            raise TooMany("Many people are signing in. Please try again in a moment.", 5)

    def __exit__(self, *_error: object) -> None:
        _SLOTS.release()


def _dummy_hash() -> str:
    """Return a hash that nothing fits, and that costs as much to check as a real one."""
    cost = f"m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    # 16 and 32 random bytes in base64 without padding: the salt and the hash.
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32)
    )
    return f"$argon2id$v=19${cost}${salt}${digest}"
