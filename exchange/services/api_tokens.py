"""Tokens of the API: made on a page, shown once, never worth more than the rights of their maker.

A token is `exchange_<public id>_<secret>`. The row is found by the id, and the secret, of which
only a hash is kept, is then compared in constant time.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select, update

from exchange.domain.api_scopes import PERMISSIONS, Scope, permissions_of
from exchange.domain.roles import Permission
from exchange.errors import InvalidInput, NotFound
from exchange.records import Account, ApiToken, Programme
from exchange.services import audit
from exchange.services.accounts import actor_of
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.names import clean_name
from exchange.services.step_up import require_step_up
from exchange.services.web_sessions import hash_token
from exchange.translations import Sentence

PREFIX = "exchange"
"""By which whoever finds a token in a place where it should not be knows what it is."""
LIFETIMES = (30, 90, 180, 365)
"""Days; no token is for ever."""
LONGEST_NAME = 100
MOST = 20
"""Of one programme at a time."""
_LONGEST_TOKEN = 200
_NOBODY = hash_token("")


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who comes with a token: the actor that it makes, its programme, its scopes."""

    token: ApiToken
    actor: Actor
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token as its page lists it, with whoever made it."""

    token: ApiToken
    by: str


def offered_scopes(actor: Actor, programme: Programme) -> list[Scope]:
    """Return the scopes that somebody may give to a token: nothing beyond their own rights."""
    return [
        scope
        for scope in Scope
        if all(actor.may(permission, programme.id) for permission in PERMISSIONS[scope])
    ]


def make_token(
    session: Session,
    actor: Actor,
    programme: Programme,
    *,
    name: str,
    scopes: Sequence[str],
    days: int,
    at: datetime,
) -> tuple[ApiToken, str]:
    """Make a token; return it with the text that only the caller will know.

    Raises
    ------
    StepUpNeeded
        When the actor has not typed a code just now.
    InvalidInput
        With every fault at once.
    """
    require(actor, Permission.MANAGE_CYCLES, programme.id)
    require_step_up(actor, at)
    if actor.account_id is None or actor.token_id is not None:
        # A token stands for somebody, and makes no other token.
        raise NotFound("There is nothing at this address.")
    faults: dict[str, list[str]] = {}
    try:
        name = clean_name(name)
    except InvalidInput as refusal:
        faults |= {field: list(said) for field, said in refusal.faults.items()}
    if len(name) > LONGEST_NAME:
        faults["name"] = [Sentence("Use %(most)d characters or fewer", most=LONGEST_NAME)]
    offered = {one.value for one in offered_scopes(actor, programme)}
    if not scopes:
        faults["scopes"] = [Sentence("Choose at least one thing that the program may do")]
    elif not set(scopes) <= offered:
        faults["scopes"] = [Sentence("Choose only what you may do yourself")]
    if days not in LIFETIMES:
        faults["days"] = [Sentence("Choose how long the token works")]
    if len(_live_tokens(session, programme, at)) >= MOST:
        faults["name"] = [Sentence("You have %(most)d tokens; revoke one first", most=MOST)]
    if faults:
        raise InvalidInput("Check what was chosen for the token.", faults)
    secret = secrets.token_urlsafe(32)
    made = ApiToken(
        created_at=at,
        programme_id=programme.id,
        account_id=actor.account_id,
        name=name,
        token_hash=hash_token(secret),
        scopes=[one.value for one in Scope if one.value in scopes],
        expires_at=at + timedelta(days=days),
    )
    session.add(made)
    session.flush()
    _audit(session, actor, "token:create", made, at, scopes=made.scopes, days=days)
    return made, f"{PREFIX}_{made.public_id}_{secret}"


def list_tokens(session: Session, actor: Actor, programme: Programme) -> list[TokenLine]:
    """Return the tokens of a programme, the newest first, those that work no more among them."""
    require(actor, Permission.MANAGE_CYCLES, programme.id)
    found = session.exec(
        select(ApiToken, Account.display_name)
        .join(Account, col(Account.id) == col(ApiToken.account_id))
        .where(ApiToken.programme_id == programme.id)
        .order_by(col(ApiToken.id).desc())
        .limit(10 * MOST)
    )
    return [TokenLine(token, by) for token, by in found]


def revoke_token(session: Session, actor: Actor, public_id: str, at: datetime) -> Programme:
    """End a token at once; one that has ended already stays as it is. Returns the programme."""
    row = session.exec(
        select(ApiToken, Programme)
        .join(Programme, col(Programme.id) == col(ApiToken.programme_id))
        .where(ApiToken.public_id == public_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is nothing at this address.")
    token, programme = row
    require(actor, Permission.MANAGE_CYCLES, programme.id)
    if token.revoked_at is None:
        token.revoked_at = at
        session.add(token)
        session.flush()
        _audit(session, actor, "token:revoke", token, at)
    return programme


def find_bearer(session: Session, text: str, at: datetime) -> Bearer | None:
    """Return who comes with a token; None when it is unknown or ended, or its maker may nothing.

    The actor has the roles that the maker holds today, in this one programme, and of their
    permissions those that the token's scopes ask for.
    """
    prefix, _, rest = text[:_LONGEST_TOKEN].partition("_")
    public_id, _, secret = rest.partition("_")
    query = select(ApiToken).where(ApiToken.public_id == public_id)
    # What is no id at all is looked for all the same, so that each refusal takes as long.
    token = session.exec(query).one_or_none()
    is_known = hmac.compare_digest(token.token_hash if token else _NOBODY, hash_token(secret))
    if token is None or not is_known or prefix != PREFIX:
        return None
    if token.revoked_at is not None or at >= token.expires_at:
        return None
    maker = actor_of(session, token.account_id)
    roles = maker.roles_in(token.programme_id)
    if not roles:
        return None
    scopes = frozenset(Scope(one) for one in token.scopes if one in set(Scope))
    actor = Actor(
        account_id=token.account_id,
        roles={token.programme_id: roles},
        token_id=token.id,
        limited_to=permissions_of(scopes),
    )
    return Bearer(token, actor, scopes)


def note_use(session: Session, token: ApiToken, at: datetime) -> bool:
    """Note the day (UTC) on which a token was used, once; say whether anything was written."""
    day = at.astimezone(UTC).date()
    if token.last_used_on == day:
        return False
    session.connection().execute(
        update(ApiToken).where(col(ApiToken.id) == token.id).values(last_used_on=day)
    )
    return True


def _live_tokens(session: Session, programme: Programme, at: datetime) -> Sequence[int]:
    query = select(ApiToken.id).where(
        ApiToken.programme_id == programme.id,
        col(ApiToken.revoked_at).is_(None),
        col(ApiToken.expires_at) > at,
    )
    return session.exec(query).all()


def _audit(
    session: Session, actor: Actor, action: str, token: ApiToken, at: datetime, **facts: object
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind="token",
        subject_id=token.public_id,
        programme_id=token.programme_id,
        facts=facts,
        at=at,
    )
