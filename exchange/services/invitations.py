"""Taking a role that one was offered: with a new account by a link, or with the account one has."""

from datetime import datetime

from sqlmodel import Session, col, select

from exchange.domain.roles import RoleOfferState
from exchange.errors import Conflict, Gone
from exchange.records import Account, Programme, RoleOffer
from exchange.services import accounts, audit
from exchange.services.actor import Actor
from exchange.services.locks import hold_programme
from exchange.services.staff import end_offer
from exchange.services.web_sessions import hash_token


def invitation_of(session: Session, token: str, at: datetime) -> RoleOffer:
    """Return what a link offers, without using it up.

    Raises
    ------
    Gone
        When it is unknown, was used or withdrawn, or has expired: the four are not told apart.
    """
    found = session.exec(
        select(RoleOffer).where(RoleOffer.token_hash == hash_token(token))
    ).one_or_none()
    if found is None or not _is_open(found, at):
        raise Gone("This invitation was used already, withdrawn or has expired. Ask for a new one.")
    return found


def has_account(session: Session, offer: RoleOffer) -> bool:
    """Say whether the address has an account by now, which then takes the role by signing in."""
    return session.exec(select(Account.id).where(Account.email == offer.email)).first() is not None


def accept_as_new(
    session: Session, token: str, *, display_name: str, password: str, at: datetime
) -> tuple[Account, RoleOffer]:
    """Make an account with a name and a password of one's own, and take the role.

    Raises
    ------
    InvalidInput
        When name or password cannot be used; the link still works then.
    Conflict
        When the address has an account by now.
    Gone
        When the link does not work.
    """
    offer = invitation_of(session, token, at)
    hold_programme(session, offer.programme_id)
    session.refresh(offer)
    if offer.email is None or not _is_open(offer, at):
        raise Gone("This invitation was used already, withdrawn or has expired. Ask for a new one.")
    account = accounts.add_account(
        session, email=offer.email, display_name=display_name, password=password, at=at
    )
    account.language = offer.language
    audit.record(
        session,
        Actor(account_id=account.id),
        "account:create",
        subject_kind="account",
        subject_id=account.public_id,
        facts={"administrator": False},
        at=at,
    )
    _take(session, account, offer, at)
    return account, offer


def offers_to(session: Session, actor: Actor, at: datetime) -> list[tuple[RoleOffer, Programme]]:
    """Return the roles that somebody who is signed in was offered and can take."""
    account = session.get(Account, actor.account_id or 0)
    if account is None:
        return []
    rows = session.exec(
        select(RoleOffer, Programme)
        .join(Programme, col(RoleOffer.programme_id) == col(Programme.id))
        .where(
            RoleOffer.email == account.email,
            RoleOffer.state == RoleOfferState.INVITED,
            col(RoleOffer.expires_at) > at,
        )
        .order_by(col(RoleOffer.id))
    )
    return [(offer, programme) for offer, programme in rows]


def accept(session: Session, actor: Actor, public_id: str, at: datetime) -> RoleOffer:
    """Take a role with the account that one has.

    Raises
    ------
    Gone
        When this account was offered no such role, or it has expired or was withdrawn.
    Conflict
        When the account has proposed or confirmed it itself, under an address it had before.
    """
    mine = {offer.public_id: offer for offer, _programme in offers_to(session, actor, at)}
    if public_id not in mine:
        raise Gone("This role does not wait for you any more. Ask for a new invitation.")
    offer = mine[public_id]
    hold_programme(session, offer.programme_id)
    session.refresh(offer)
    if not _is_open(offer, at):
        raise Gone("This role does not wait for you any more. Ask for a new invitation.")
    _take(session, session.get_one(Account, actor.account_id), offer, at)
    return offer


def _take(session: Session, account: Account, offer: RoleOffer, at: datetime) -> None:
    if account.id in (offer.proposed_by_id, offer.confirmed_by_id):
        raise Conflict("Nobody gives themselves a role. Ask a colleague.")
    accounts.add_membership(
        session,
        account.id,
        role=offer.role,
        programme_id=offer.programme_id,
        partner=offer.partner,
    )
    offer.account_id = account.id
    end_offer(session, offer, RoleOfferState.TAKEN, at)
    audit.record(
        session,
        Actor(account_id=account.id),
        "account:take_role",
        subject_kind="account",
        subject_id=account.public_id,
        programme_id=offer.programme_id,
        facts={"role": offer.role.value, "offer": offer.public_id},
        at=at,
    )


def _is_open(offer: RoleOffer, at: datetime) -> bool:
    return (
        offer.state is RoleOfferState.INVITED
        and offer.expires_at is not None
        and offer.expires_at > at
    )
