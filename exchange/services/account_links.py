"""What staff change by a link that is mailed to them: a forgotten password, their e-mail address.

Neither touches the second step: whoever reads somebody's mail still lacks their app.
"""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.notices.texts import Template
from exchange.records import Account, LinkPurpose
from exchange.services import accounts, audit, links, mails, rate_limits, web_sessions
from exchange.services.actor import Actor
from exchange.services.names import normalise_email
from exchange.services.passwords import check_password
from exchange.services.step_up import require_step_up
from exchange.services.web_sessions import hash_token
from exchange.translations import ENGLISH, Sentence

LINKS_A_DAY = 5
"""For one account, whoever asks."""
LINKS_AN_HOUR = 10
"""From one client."""


def ask_for_password(session: Session, *, email: str, client_key: str, at: datetime) -> None:
    """Mail a link to set a new password, if the address has an account; silent either way.

    Raises
    ------
    TooMany
        After 10 requests of a client in an hour, or 5 for one address in a day.
    """
    known_as = normalise_email(email)
    _limit(session, client_key, known_as, at)
    account = session.exec(select(Account).where(Account.email == known_as)).one_or_none()
    if account is None or account.disabled_at is not None:
        return
    token = links.issue_link(
        session,
        purpose=LinkPurpose.PASSWORD,
        account_id=account.id,
        ttl=links.ACCOUNT_LIFETIME,
        at=at,
    )
    _write(session, account, Template.PASSWORD_LINK, at, token=token)
    _audit(session, Actor(), "account:password_asked", account, at)


def set_password(session: Session, token: str, *, password: str, at: datetime) -> None:
    """Use a link up, set a new password, and end every session of the account.

    Raises
    ------
    InvalidInput
        When the password cannot be used; the link still works then.
    Gone
        When the link does not work.
    """
    check_password(password)
    link = links.redeem(session, token, LinkPurpose.PASSWORD, at)
    account = _usable(session, link.account_id)
    actor = Actor(account_id=account.id)
    accounts.change_password(session, actor, account, password=password, at=at)
    tell_of_change(session, account, at)


def ask_for_email(
    session: Session, actor: Actor, *, email: str, client_key: str, at: datetime
) -> None:
    """Mail a link to a new address of one's own; the old one counts until it is opened.

    Whether somebody else has the address is found out when the link is opened: no page says so.
    """
    require_step_up(actor, at)
    account = _usable(session, actor.account_id)
    known_as = normalise_email(email)
    if known_as == account.email:
        sentence = Sentence("This is your e-mail address already")
        raise InvalidInput(f"{sentence}.", {"email": [sentence]})
    _limit(session, client_key, account.email, at)
    token = links.issue_link(
        session,
        purpose=LinkPurpose.EMAIL,
        account_id=account.id,
        ttl=links.ACCOUNT_LIFETIME,
        new_email=known_as,
        at=at,
    )
    _write(session, account, Template.EMAIL_LINK, at, token=token, recipient=known_as)
    _audit(session, actor, "account:email_asked", account, at)


def confirm_email(session: Session, token: str, at: datetime) -> None:
    """Use a link up, take the new address over, and end every session of the account.

    Raises
    ------
    Conflict
        When the address has an account of its own.
    Gone
        When the link does not work.
    """
    link = links.redeem(session, token, LinkPurpose.EMAIL, at)
    account = _usable(session, link.account_id)
    old, new = account.email, link.new_email
    assert new is not None
    try:
        with session.begin_nested():
            account.email = new
            session.add(account)
    except IntegrityError as error:
        raise Conflict("This e-mail address has an account already.") from error
    links.void_links_of(session, account.id, at)
    web_sessions.end_all_of(session, account.id, at)
    _audit(session, Actor(account_id=account.id), "account:change_email", account, at)
    tell_of_change(session, account, at, recipient=old)
    tell_of_change(session, account, at)


def tell_of_change(
    session: Session, account: Account, at: datetime, *, recipient: str | None = None
) -> None:
    """Write to somebody that how they sign in has changed, so that a stranger's hand shows."""
    _write(session, account, Template.SIGN_IN_CHANGED, at, token="", recipient=recipient)


def _write(
    session: Session,
    account: Account,
    template: Template,
    at: datetime,
    *,
    token: str,
    recipient: str | None = None,
) -> None:
    to = recipient or account.email
    mails.queue_mail(
        session,
        key=f"{template.value}:{account.public_id}:{hash_token(to)[:8]}:{at.isoformat()}",
        recipient=to,
        template=template,
        language=account.language or ENGLISH,
        context={"token": token},
        at=at,
    )


def _limit(session: Session, client_key: str, known_as: str, at: datetime) -> None:
    rate_limits.hit(
        session, f"account-link:{client_key}", limit=LINKS_AN_HOUR, window_s=3600, at=at
    )
    rate_limits.hit(
        session,
        f"account-link-to:{hash_token(known_as)}",
        limit=LINKS_A_DAY,
        window_s=86_400,
        at=at,
    )


def _usable(session: Session, account_id: int | None) -> Account:
    account = session.get(Account, account_id or 0)
    if account is None or account.disabled_at is not None:
        raise NotFound("There is nothing at this address.")
    return account


def _audit(session: Session, actor: Actor, action: str, account: Account, at: datetime) -> None:
    audit.record(
        session, actor, action, subject_kind="account", subject_id=account.public_id, at=at
    )
