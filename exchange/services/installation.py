"""Who administers the installation: one administrator proposes somebody, another confirms it.

An administrator sees every programme, so the role is given as the roles of programmes are: by two
people, each after a code of an app, to somebody who has such an app; where there is no second
administrator, by the one there is. Taking it away is safe and needs one. What is proposed stands in
the audit trail alone: it is open for a week, until a later event about the account ends it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from exchange.domain.roles import Role
from exchange.errors import Conflict, Forbidden, InvalidInput, NotFound, SafetyRefusal
from exchange.records import Account, AuditEvent, Membership, Programme
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.names import normalise_email
from exchange.services.step_up import has_app, require_step_up
from exchange.translations import Sentence

PROPOSED = "installation:propose"
GIVEN = "installation:give"
TAKEN = "installation:take_away"
WITHDRAWN = "installation:withdraw"
LASTS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Somebody who would administer the installation, and who proposed it."""

    account: Account
    by: Account
    until: datetime


def list_administrators(session: Session, actor: Actor) -> list[Account]:
    """Return who administers the installation, those who were shut out too, by name."""
    _require_administrator(actor)
    query = select(Account).where(col(Account.is_administrator))
    return list(session.exec(query.order_by(col(Account.display_name), col(Account.id))))


def list_programmes(session: Session, actor: Actor) -> list[tuple[Programme, int]]:
    """Return every programme with the number of its own administrators who can sign in."""
    _require_administrator(actor)
    administers = (
        select(func.count())
        .select_from(Membership)
        .join(Account, col(Membership.account_id) == col(Account.id))
        .where(
            Membership.programme_id == Programme.id,
            Membership.role == Role.PROGRAMME_ADMINISTRATOR,
            col(Account.disabled_at).is_(None),
        )
        .correlate(Programme)
        .scalar_subquery()
    )
    query = select(Programme, administers).order_by(col(Programme.name), col(Programme.id))
    return [(programme, count) for programme, count in session.exec(query)]


def list_proposals(session: Session, actor: Actor, at: datetime) -> list[Proposal]:
    """Return what waits for a second administrator, the oldest first."""
    _require_administrator(actor)
    events = session.exec(
        select(AuditEvent)
        .where(
            col(AuditEvent.action).in_((PROPOSED, GIVEN, TAKEN, WITHDRAWN)),
            AuditEvent.at > at - LASTS,
        )
        .order_by(col(AuditEvent.id))
    )
    latest = {event.subject_id: event for event in events}
    proposed = [event for event in latest.values() if event.action == PROPOSED]
    ids = [event.subject_id for event in proposed]
    accounts = {
        one.public_id: one
        for one in session.exec(select(Account).where(col(Account.public_id).in_(ids)))
    }
    by = {
        f"account:{one.id}": one
        for one in session.exec(select(Account).where(col(Account.is_administrator)))
        if one.disabled_at is None
    }
    return [
        Proposal(accounts[event.subject_id], by[event.actor], event.at + LASTS)
        for event in proposed
        # What somebody proposed who administers nothing any more has fallen.
        if event.actor in by and event.subject_id in accounts
    ]


def propose(session: Session, actor: Actor, email: str, at: datetime) -> bool:
    """Propose the account of an address; say whether it was given at once.

    Raises
    ------
    InvalidInput
        When the address has no account that could be given the role.
    SafetyRefusal
        When it is the actor's own.
    StepUpNeeded
        When no code was typed just now.
    """
    _begin(session, actor, at)
    account = session.exec(
        select(Account).where(Account.email == normalise_email(email))
    ).one_or_none()
    if account is not None and account.id == actor.account_id:
        raise SafetyRefusal("Nobody gives themselves a role. Ask a colleague.")
    if account is None or account.disabled_at is not None:
        raise _fault(Sentence("Nobody who can sign in has this address. Invite them first"))
    if account.is_administrator:
        raise _fault(Sentence("This person has this role already"))
    if not has_app(session, account.id):
        raise _fault(Sentence("This person has no app that shows codes. Ask them to set it up"))
    if any(one.account.id == account.id for one in list_proposals(session, actor, at)):
        raise _fault(Sentence("This person was offered this role already"))
    _record(session, actor, PROPOSED, account, at)
    if _others(session, actor.account_id):
        return False
    _give(session, actor, account, at, alone=True)
    return True


def confirm(session: Session, actor: Actor, account_id: str, at: datetime) -> None:
    """Be the second person; the role counts at once.

    Raises
    ------
    SafetyRefusal
        When the actor proposed it.
    Conflict
        When it does not wait for this any more.
    """
    _require_administrator(actor)
    _account(session, account_id)  # An absent one is absent before a code is asked for.
    _begin(session, actor, at)
    proposal = _proposal(session, actor, account_id, at)
    if actor.account_id is None or proposal.by.id == actor.account_id:
        raise SafetyRefusal("You proposed this. A second person has to confirm it.")
    if proposal.account.disabled_at is not None:
        raise Forbidden("The account of this address was shut. Ask your administrator.")
    _give(session, actor, proposal.account, at, alone=False)


def withdraw(session: Session, actor: Actor, account_id: str, at: datetime) -> None:
    """Take a proposal back, or say no to a colleague's."""
    _require_administrator(actor)
    audit.hold(session)
    proposal = _proposal(session, actor, account_id, at)
    _record(session, actor, WITHDRAWN, proposal.account, at)


def take_away(session: Session, actor: Actor, account_id: str, at: datetime) -> Account:
    """Take the role from somebody; the next page they ask for already knows.

    Raises
    ------
    Conflict
        When it is the last administrator who can sign in, or none.
    """
    _require_administrator(actor)
    _account(session, account_id)
    _begin(session, actor, at)
    account = _account(session, account_id)
    if not account.is_administrator:
        raise Conflict("This person does not administer the installation any more.")
    if not _others(session, account.id):
        raise Conflict("This is the last administrator of this installation. Make another first.")
    account.is_administrator = False
    session.add(account)
    session.flush()
    _record(session, actor, TAKEN, account, at)
    return account


def _begin(session: Session, actor: Actor, at: datetime) -> None:
    _require_administrator(actor)
    require_step_up(actor, at)
    # Two who take the role from each other at once would leave nobody.
    audit.hold(session)


def _require_administrator(actor: Actor) -> None:
    if not actor.is_administrator:
        raise Forbidden("Only an administrator of this installation can do this.")


def _account(session: Session, public_id: str) -> Account:
    query = select(Account).where(Account.public_id == public_id)
    found = session.exec(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound("There is nothing at this address.")
    return found


def _proposal(session: Session, actor: Actor, account_id: str, at: datetime) -> Proposal:
    account = _account(session, account_id)
    for one in list_proposals(session, actor, at):
        if one.account.id == account.id:
            return one
    raise Conflict("This does not wait to be confirmed any more.")


def _others(session: Session, account_id: int | None) -> bool:
    """Say whether somebody else administers the installation who can sign in."""
    query = select(Account.id).where(
        col(Account.is_administrator),
        col(Account.disabled_at).is_(None),
        Account.id != (account_id or 0),
    )
    return session.exec(query.limit(1)).first() is not None


def _give(session: Session, actor: Actor, account: Account, at: datetime, *, alone: bool) -> None:
    account.is_administrator = True
    session.add(account)
    session.flush()
    _record(session, actor, GIVEN, account, at, alone=alone)


def _record(
    session: Session, actor: Actor, action: str, account: Account, at: datetime, **facts: object
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind="account",
        subject_id=account.public_id,
        facts=facts,
        at=at,
    )


def _fault(sentence: Sentence) -> InvalidInput:
    return InvalidInput(f"{sentence}.", {"email": [sentence]})
