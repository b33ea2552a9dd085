"""Who works for a programme: one person proposes a role, another confirms it, anybody is let go.

Giving a role shows somebody the data of others, so that nobody does it alone: where a second
person can confirm, one has to. Taking one away is safe, and needs only one. Either is asked for a
code first. Nobody gives a role to themselves, and a programme keeps its last administrator.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, func, select

from exchange.domain.roles import STAFF_ROLES, Permission, Role, RoleOfferState
from exchange.errors import Conflict, Forbidden, InvalidInput, NotFound, SafetyRefusal
from exchange.intake.text import clean_text
from exchange.notices.texts import Template
from exchange.records import (
    Account,
    Application,
    Cycle,
    Membership,
    Programme,
    RoleOffer,
    Student,
)
from exchange.services import audit, mails
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.locks import hold_programme
from exchange.services.names import normalise_email
from exchange.services.step_up import require_step_up
from exchange.services.web_sessions import hash_token
from exchange.translations import ENGLISH, LANGUAGES, Sentence

INVITATION_LIFETIME = timedelta(days=7)
LONGEST_PARTNER = 100
OPEN = (RoleOfferState.PROPOSED, RoleOfferState.INVITED)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who has a role in a programme, and the roles."""

    account: Account
    roles: tuple[Membership, ...]


def list_staff(session: Session, actor: Actor, programme: Programme) -> list[Colleague]:
    """Return who has which role in a programme, in the order in which they came."""
    require(actor, Permission.MANAGE_PEOPLE, programme.id)
    rows = session.exec(
        select(Account, Membership)
        .join(Membership, col(Membership.account_id) == col(Account.id))
        .where(Membership.programme_id == programme.id)
        .order_by(col(Account.id), col(Membership.id))
    )
    held: dict[int, tuple[Account, list[Membership]]] = {}
    for account, membership in rows:
        held.setdefault(account.id, (account, []))[1].append(membership)
    return [Colleague(account, tuple(roles)) for account, roles in held.values()]


def list_offers(session: Session, actor: Actor, programme: Programme) -> list[RoleOffer]:
    """Return the roles of a programme that wait for somebody, the oldest first."""
    require(actor, Permission.MANAGE_PEOPLE, programme.id)
    return list(
        session.exec(
            select(RoleOffer)
            .where(RoleOffer.programme_id == programme.id, col(RoleOffer.state).in_(OPEN))
            .order_by(col(RoleOffer.id))
        )
    )


def get_offer(session: Session, actor: Actor, programme: Programme, public_id: str) -> RoleOffer:
    """Return an offer of a programme that the actor looks after; NotFound for any other."""
    require(actor, Permission.MANAGE_PEOPLE, programme.id)
    found = session.exec(
        select(RoleOffer).where(
            RoleOffer.public_id == public_id, RoleOffer.programme_id == programme.id
        )
    ).one_or_none()
    if found is None:
        raise NotFound("There is nothing at this address.")
    return found


def list_partners(session: Session, programme: Programme) -> list[str]:
    """Return the sending organisations that students of a programme name, by name."""
    query = (
        select(Student.partner)
        .join(Application, col(Application.student_id) == col(Student.id))
        .join(Cycle, col(Application.cycle_id) == col(Cycle.id))
        .where(Cycle.programme_id == programme.id, col(Student.partner).is_not(None))
        .distinct()
    )
    return sorted(name for name in session.exec(query) if name)


def propose_role(
    session: Session,
    actor: Actor,
    programme: Programme,
    *,
    email: str,
    role: Role,
    at: datetime,
    partner: str | None = None,
    language: str = ENGLISH,
) -> RoleOffer:
    """Offer somebody a role, by their address; where a second person can confirm it, one has to.

    Raises
    ------
    InvalidInput
        When the address, the role or the partner's name cannot be used.
    SafetyRefusal
        When it is the actor's own address.
    Conflict
        When the person has the role, or was offered it already.
    StepUpNeeded
        When no code was typed just now.
    """
    require(actor, Permission.MANAGE_PEOPLE, programme.id)
    require_step_up(actor, at)
    known_as, partner = _checked(email=email, role=role, partner=partner)
    hold_programme(session, programme.id)
    account = _account_of(session, known_as)
    _require_others(actor, account)
    if account is not None and _holds(session, account, programme.id, role, partner):
        raise _taken(Sentence("This person has this role already"))
    offer = RoleOffer(
        programme_id=programme.id,
        role=role,
        partner=partner,
        email=known_as,
        language=language if language in LANGUAGES else ENGLISH,
        proposed_by_id=actor.account_id,
        created_at=at,
    )
    try:
        with session.begin_nested():
            session.add(offer)
    except IntegrityError as error:
        raise _taken(Sentence("This person was offered this role already")) from error
    colleagues = who_can_confirm(session, offer)
    _audit(session, actor, "role:propose", offer, at)
    if colleagues:
        _tell_colleagues(session, colleagues, programme, offer, at)
    else:
        _invite(session, actor, offer, at)
    return offer


def confirm_role(session: Session, actor: Actor, offer: RoleOffer, at: datetime) -> None:
    """Be the second person: the one whom it is for is written to.

    Raises
    ------
    SafetyRefusal
        When the actor proposed it, or would get it.
    Conflict
        When it does not wait for this any more.
    """
    require(actor, Permission.MANAGE_PEOPLE, offer.programme_id)
    require_step_up(actor, at)
    hold_programme(session, offer.programme_id)
    session.refresh(offer)
    if offer.state is not RoleOfferState.PROPOSED or offer.email is None:
        raise Conflict("This does not wait to be confirmed any more.")
    if actor.account_id is None or actor.account_id == offer.proposed_by_id:
        raise SafetyRefusal("You proposed this. A second person has to confirm it.")
    _require_others(actor, _account_of(session, offer.email))
    offer.confirmed_by_id = actor.account_id
    _audit(session, actor, "role:confirm", offer, at)
    _invite(session, actor, offer, at)


def send_again(session: Session, actor: Actor, offer: RoleOffer, at: datetime) -> None:
    """Send an invitation again, with a new link; the earlier one no longer works."""
    require(actor, Permission.MANAGE_PEOPLE, offer.programme_id)
    require_step_up(actor, at)
    hold_programme(session, offer.programme_id)
    session.refresh(offer)
    if offer.state is not RoleOfferState.INVITED:
        raise Conflict("There is no invitation to send again.")
    _audit(session, actor, "role:send_again", offer, at)
    _invite(session, actor, offer, at)


def withdraw_offer(session: Session, actor: Actor, offer: RoleOffer, at: datetime) -> None:
    """Take an offer back, or say no to a colleague's; done twice, it is done."""
    require(actor, Permission.MANAGE_PEOPLE, offer.programme_id)
    hold_programme(session, offer.programme_id)
    session.refresh(offer)
    if offer.state not in OPEN:
        return
    end_offer(session, offer, RoleOfferState.WITHDRAWN, at)
    _audit(session, actor, "role:withdraw", offer, at)


def get_membership(
    session: Session, actor: Actor, programme: Programme, *, account_id: str, role: str
) -> tuple[Account, Membership]:
    """Return somebody's role in a programme, by the public id of the account; or NotFound."""
    require(actor, Permission.MANAGE_PEOPLE, programme.id)
    found = session.exec(
        select(Account, Membership)
        .join(Membership, col(Membership.account_id) == col(Account.id))
        .where(
            Account.public_id == account_id,
            Membership.programme_id == programme.id,
            Membership.role == role,
        )
    ).one_or_none()
    if found is None:
        raise NotFound("There is nothing at this address.")
    return found[0], found[1]


def take_role_away(
    session: Session, actor: Actor, programme: Programme, account: Account, role: Role, at: datetime
) -> None:
    """Take a role from somebody; the next page they ask for already knows.

    What an administrator had proposed, and nobody has confirmed, falls.

    Raises
    ------
    Conflict
        When it is the last administrator of the programme.
    StepUpNeeded
        When no code was typed just now.
    """
    require(actor, Permission.MANAGE_PEOPLE, programme.id)
    require_step_up(actor, at)
    hold_programme(session, programme.id)
    if role is Role.PROGRAMME_ADMINISTRATOR and not _administrators(session, programme, account):
        raise Conflict("This is the programme’s last administrator. Make another one first.")
    gone = session.connection().execute(
        delete(Membership).where(
            col(Membership.account_id) == account.id,
            col(Membership.programme_id) == programme.id,
            col(Membership.role) == role,
        )
    )
    if gone.rowcount != 1:
        return
    if role is Role.PROGRAMME_ADMINISTRATOR:
        _let_offers_fall(session, actor, programme, account, at)
    audit.record(
        session,
        actor,
        "account:take_away",
        subject_kind="account",
        subject_id=account.public_id,
        programme_id=programme.id,
        facts={"role": role.value},
        at=at,
    )


def who_can_confirm(session: Session, offer: RoleOffer) -> list[Account]:
    """Return who can be the second person: neither who proposed it nor who would get it."""
    rows = session.exec(
        select(Account)
        .outerjoin(
            Membership,
            (col(Membership.account_id) == col(Account.id))
            & (col(Membership.programme_id) == offer.programme_id)
            & (col(Membership.role) == Role.PROGRAMME_ADMINISTRATOR),
        )
        .where(
            col(Account.disabled_at).is_(None),
            col(Account.is_administrator) | col(Membership.id).is_not(None),
            col(Account.email) != offer.email,
        )
        .order_by(col(Account.id))
    )
    return [one for one in rows if one.id != offer.proposed_by_id]


def end_offer(session: Session, offer: RoleOffer, state: RoleOfferState, at: datetime) -> None:
    """End an offer, and forget to whom it went."""
    offer.state, offer.ended_at = state, at
    offer.email = offer.token_hash = offer.expires_at = None
    session.add(offer)
    session.flush()


def _invite(session: Session, actor: Actor, offer: RoleOffer, at: datetime) -> None:
    """Write to whom it is for: with a link that works once, or to sign in as before."""
    assert offer.email is not None
    account = _account_of(session, offer.email)
    token = secrets.token_urlsafe(32)
    offer.token_hash = None if account else hash_token(token)
    offer.state, offer.expires_at = RoleOfferState.INVITED, at + INVITATION_LIFETIME
    session.add(offer)
    session.flush()
    mails.queue_mail(
        session,
        key=f"invitation:{offer.public_id}:{at.isoformat()}",
        recipient=offer.email,
        template=Template.ROLE_OFFERED if account else Template.INVITATION,
        language=(account.language if account else None) or offer.language,
        context={"token": "" if account else token},
        at=at,
    )
    _audit(session, actor, "role:invite", offer, at, alone=offer.confirmed_by_id is None)


def _tell_colleagues(
    session: Session,
    colleagues: Sequence[Account],
    programme: Programme,
    offer: RoleOffer,
    at: datetime,
) -> None:
    for account in colleagues:
        mails.queue_mail(
            session,
            key=f"role:{offer.public_id}:{account.public_id}",
            recipient=account.email,
            template=Template.ROLE_PROPOSED,
            language=account.language or ENGLISH,
            context={"token": f"{programme.public_id}/people"},
            at=at,
        )


def _checked(*, email: str, role: Role, partner: str | None) -> tuple[str, str | None]:
    """Return address and partner as they are kept, or refuse both with every fault at once."""
    faults: dict[str, Sequence[str]] = {}
    known_as = ""
    try:
        known_as = normalise_email(email)
    except InvalidInput as refusal:
        faults |= refusal.faults
    if role not in STAFF_ROLES:
        faults["role"] = [Sentence("Choose a role of a programme")]
    name = clean_text(partner or "", LONGEST_PARTNER) or None
    if role is Role.PARTNER and name is None:
        faults["partner"] = [Sentence("Name the organisation that the partner stands for")]
    if role is not Role.PARTNER and name is not None:
        faults["partner"] = [Sentence("Only a partner belongs to a sending organisation")]
    if faults:
        raise InvalidInput("Check what was given for the role.", faults)
    return known_as, name


def _require_others(actor: Actor, account: Account | None) -> None:
    if account is not None and account.id == actor.account_id:
        raise SafetyRefusal("Nobody gives themselves a role. Ask a colleague.")
    if account is not None and account.disabled_at is not None:
        raise Forbidden("The account of this address was shut. Ask your administrator.")


def _holds(
    session: Session, account: Account, programme_id: int, role: Role, partner: str | None
) -> bool:
    found = session.exec(
        select(Membership).where(
            Membership.account_id == account.id,
            Membership.programme_id == programme_id,
            Membership.role == role,
        )
    ).first()
    return found is not None and found.partner == partner


def _account_of(session: Session, email: str) -> Account | None:
    return session.exec(select(Account).where(Account.email == email)).one_or_none()


def _administrators(session: Session, programme: Programme, but: Account) -> int:
    """How many others administer a programme who can still sign in."""
    return session.exec(
        select(func.count())
        .select_from(Membership)
        .join(Account, col(Membership.account_id) == col(Account.id))
        .where(
            Membership.programme_id == programme.id,
            Membership.role == Role.PROGRAMME_ADMINISTRATOR,
            col(Account.disabled_at).is_(None),
            col(Account.id) != but.id,
        )
    ).one()


def _let_offers_fall(
    session: Session, actor: Actor, programme: Programme, account: Account, at: datetime
) -> None:
    """Withdraw what somebody has proposed who no longer may, and nobody has confirmed."""
    for offer in session.exec(
        select(RoleOffer).where(
            RoleOffer.programme_id == programme.id,
            RoleOffer.proposed_by_id == account.id,
            col(RoleOffer.confirmed_by_id).is_(None),
            col(RoleOffer.state).in_(OPEN),
        )
    ).all():
        end_offer(session, offer, RoleOfferState.WITHDRAWN, at)
        _audit(session, actor, "role:withdraw", offer, at)


def _taken(sentence: Sentence) -> InvalidInput:
    return InvalidInput(f"{sentence}.", {"email": [sentence]})


def _audit(
    session: Session, actor: Actor, action: str, offer: RoleOffer, at: datetime, **facts: object
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind="role_offer",
        subject_id=offer.public_id,
        programme_id=offer.programme_id,
        facts={"role": offer.role.value, **facts},
        at=at,
    )
