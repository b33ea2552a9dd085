"""Nobody gives a role alone, to themselves, or twice; nobody takes the last administrator away."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from exchange.domain.roles import Permission, Role, RoleOfferState
from exchange.errors import (
    Conflict,
    Forbidden,
    Gone,
    InvalidInput,
    SafetyRefusal,
    StepUpNeeded,
)
from exchange.records import Account, AuditEvent, Membership, OutboxMail, Programme, RoleOffer
from exchange.records.session import open_session
from exchange.services import accounts, audit, invitations, programmes, staff
from exchange.services.actor import SYSTEM, Actor
from tests.services.people import AT, signed_in
from tests.services.together import at_once

PASSWORD = "three green boats sail"
EMAIL = "new@example.org"


@dataclass(frozen=True)
class House:
    """A programme with one administrator, in an installation with one."""

    programme: Programme
    chief: Actor
    root: Actor


def make_account(session: Session, email: str, *, is_administrator: bool = False) -> Account:
    return accounts.create_account(
        session,
        SYSTEM,
        email=email,
        display_name=email.split("@", maxsplit=1)[0],
        password=None,
        is_administrator=is_administrator,
        at=AT,
    )


def make_chief(session: Session, programme: Programme, email: str) -> Actor:
    account = make_account(session, email)
    accounts.grant_role(
        session,
        SYSTEM,
        account,
        role=Role.PROGRAMME_ADMINISTRATOR,
        programme_id=programme.id,
        at=AT,
    )
    return signed_in(session, account.id)


@pytest.fixture
def house(session: Session) -> House:
    programme = programmes.create_programme(
        session, SYSTEM, name="House", contact_email="h@example.org", time_zone="UTC", at=AT
    )
    chief = make_chief(session, programme, "chief@example.org")
    root = make_account(session, "root@example.org", is_administrator=True)
    session.commit()
    return House(programme, chief, signed_in(session, root.id))


def propose(
    session: Session,
    house: House,
    actor: Actor | None = None,
    *,
    role: Role = Role.COORDINATOR,
    email: str = EMAIL,
    **more: str,
) -> RoleOffer:
    return staff.propose_role(
        session, actor or house.chief, house.programme, email=email, role=role, at=AT, **more
    )


def token_of(session: Session) -> str:
    """The token of the invitation that was mailed last."""
    mail = session.exec(
        select(OutboxMail)
        .where(OutboxMail.template == "invitation")
        .order_by(col(OutboxMail.id).desc())
    ).first()
    assert mail is not None
    return mail.body.split("/invitation/")[1].split()[0]


def mailed(session: Session, template: str) -> list[str]:
    query = select(OutboxMail.recipient).where(OutboxMail.template == template)
    return sorted(session.exec(query))


def actions(session: Session) -> list[tuple[str, str]]:
    rows = session.exec(select(AuditEvent).order_by(col(AuditEvent.id)))
    return [
        (one.action, one.actor) for one in rows if one.action.startswith(("role:", "account:ta"))
    ]


def roles_of(session: Session, email: str, programme: Programme) -> list[Role]:
    account = accounts.find_account(session, email)
    query = select(Membership.role).where(
        Membership.account_id == account.id, Membership.programme_id == programme.id
    )
    return sorted(session.exec(query))


def test_role_goes_from_a_proposal_over_a_second_person_to_a_new_account(
    session: Session, house: House
) -> None:
    offer = propose(session, house)
    assert offer.state is RoleOfferState.PROPOSED
    assert mailed(session, "role_proposed") == ["root@example.org"]
    assert mailed(session, "invitation") == []
    staff.confirm_role(session, house.root, offer, AT)
    assert mailed(session, "invitation") == [EMAIL]
    token = token_of(session)
    account, _offer = invitations.accept_as_new(
        session, token, display_name="Nia", password=PASSWORD, at=AT
    )
    assert roles_of(session, EMAIL, house.programme) == [Role.COORDINATOR]
    assert (offer.state, offer.email, offer.token_hash) == (RoleOfferState.TAKEN, None, None)
    signed = accounts.sign_in(session, email=EMAIL, password=PASSWORD, client_key="x", at=AT)
    assert signed.id == account.id
    assert actions(session) == [
        ("role:propose", house.chief.label),
        ("role:confirm", house.root.label),
        ("role:invite", house.root.label),
        ("account:take_role", f"account:{account.id}"),
    ]
    assert audit.first_broken_event(session) is None
    trail = " ".join(one.model_dump_json() for one in session.exec(select(AuditEvent)))
    assert EMAIL not in trail
    assert "Nia" not in trail
    with pytest.raises(Gone, match="used already"):
        invitations.accept_as_new(session, token, display_name="Eve", password=PASSWORD, at=AT)


def test_proposal_is_not_confirmed_by_whoever_made_it(session: Session, house: House) -> None:
    offer = propose(session, house)
    with pytest.raises(SafetyRefusal, match="second person"):
        staff.confirm_role(session, house.chief, offer, AT)
    with pytest.raises(SafetyRefusal, match="second person"):
        staff.confirm_role(session, SYSTEM, offer, AT)
    assert mailed(session, "invitation") == []


def test_sole_administrator_invites_alone_and_the_trail_says_so(session: Session) -> None:
    root = signed_in(session, make_account(session, "root@x.org", is_administrator=True).id)
    programme = programmes.create_programme(
        session, root, name="New", contact_email="n@example.org", time_zone="UTC", at=AT
    )
    offer = staff.propose_role(
        session, root, programme, email=EMAIL, role=Role.PROGRAMME_ADMINISTRATOR, at=AT
    )
    assert offer.state is RoleOfferState.INVITED
    event = session.exec(select(AuditEvent).where(AuditEvent.action == "role:invite")).one()
    assert event.facts == {"role": "programme_administrator", "alone": True}


@pytest.mark.parametrize("second", ["shut", "coordinator", "elsewhere"])
def test_second_person_is_whoever_really_can_confirm(
    session: Session, house: House, second: str
) -> None:
    """The installation's administrator is shut out; the other is no second person either."""
    account = make_account(session, "other@example.org")
    programme = house.programme
    if second == "elsewhere":
        programme = programmes.create_programme(
            session, SYSTEM, name="Else", contact_email="e@example.org", time_zone="UTC", at=AT
        )
    role = Role.COORDINATOR if second == "coordinator" else Role.PROGRAMME_ADMINISTRATOR
    accounts.grant_role(session, SYSTEM, account, role=role, programme_id=programme.id, at=AT)
    for shut in ["root@example.org"] + ["other@example.org"] * (second == "shut"):
        accounts.find_account(session, shut).disabled_at = AT
    session.flush()
    assert propose(session, house).state is RoleOfferState.INVITED


def test_nobody_gives_a_role_to_themselves(session: Session, house: House) -> None:
    with pytest.raises(SafetyRefusal, match="themselves"):
        propose(session, house, role=Role.SAFEGUARDING_LEAD, email="chief@example.org")
    offer = propose(session, house, role=Role.AUDITOR, email="root@example.org")
    assert offer.state is RoleOfferState.INVITED  # Nobody else is there to confirm it.
    second = make_chief(session, house.programme, "second@example.org")
    offer = propose(session, house, role=Role.REVIEWER, email="second@example.org")
    with pytest.raises(SafetyRefusal, match="themselves"):
        staff.confirm_role(session, second, offer, AT)
    account = session.get_one(Account, house.chief.account_id)
    with pytest.raises(Forbidden, match="themselves"):
        accounts.grant_role(
            session,
            house.chief,
            account,
            role=Role.REVIEWER,
            programme_id=house.programme.id,
            at=AT,
        )


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.REVIEWER, Role.AUDITOR, Role.PARTNER])
def test_only_those_who_manage_people_give_roles(
    session: Session, house: House, role: Role
) -> None:
    account = make_account(session, "some@example.org")
    accounts.add_membership(session, account.id, role=role, programme_id=house.programme.id)
    actor = signed_in(session, account.id)
    with pytest.raises(Forbidden, match="does not include"):
        propose(session, house, actor)
    with pytest.raises(Forbidden, match="does not include"):
        staff.list_staff(session, actor, house.programme)
    with pytest.raises(Forbidden, match="does not include"):
        accounts.grant_role(
            session, actor, account, role=Role.AUDITOR, programme_id=house.programme.id, at=AT
        )


def test_every_change_needs_a_fresh_code(session: Session, house: House) -> None:
    stale = replace(house.chief, stepped_up_at=AT - timedelta(minutes=11))
    with pytest.raises(StepUpNeeded):
        propose(session, house, stale)
    offer = propose(session, house)
    account = session.get_one(Account, house.chief.account_id)
    stale_root = replace(house.root, stepped_up_at=None)
    with pytest.raises(StepUpNeeded):
        staff.confirm_role(session, stale_root, offer, AT)
    with pytest.raises(StepUpNeeded):
        staff.take_role_away(
            session, stale_root, house.programme, account, Role.PROGRAMME_ADMINISTRATOR, AT
        )


def test_somebody_with_an_account_gains_the_role_after_signing_in(
    session: Session, house: House
) -> None:
    account = make_account(session, EMAIL)
    offer = propose(session, house, role=Role.REVIEWER)
    staff.confirm_role(session, house.root, offer, AT)
    assert mailed(session, "invitation") == []
    assert mailed(session, "role_offered") == [EMAIL]
    actor = signed_in(session, account.id)
    assert [one.public_id for one, _ in invitations.offers_to(session, actor, AT)] == [
        offer.public_id
    ]
    with pytest.raises(Gone, match="does not wait"):
        invitations.accept(session, house.chief, offer.public_id, AT)
    invitations.accept(session, actor, offer.public_id, AT)
    assert roles_of(session, EMAIL, house.programme) == [Role.REVIEWER]
    with pytest.raises(Gone, match="does not wait"):
        invitations.accept(session, actor, offer.public_id, AT)


def test_invitation_expires_and_is_sent_again_with_another_link(
    session: Session, house: House
) -> None:
    offer = propose(session, house)
    staff.confirm_role(session, house.root, offer, AT)
    first = token_of(session)
    late = AT + timedelta(days=7)
    with pytest.raises(Gone):
        invitations.invitation_of(session, first, late)
    staff.send_again(session, replace(house.chief, stepped_up_at=late), offer, late)
    second = token_of(session)
    assert invitations.invitation_of(session, second, late).id == offer.id
    with pytest.raises(Gone):
        invitations.invitation_of(session, first, late)


def test_withdrawn_invitation_does_not_work_and_forgets_its_address(
    session: Session, house: House
) -> None:
    offer = propose(session, house)
    staff.confirm_role(session, house.root, offer, AT)
    token = token_of(session)
    staff.withdraw_offer(session, house.chief, offer, AT)
    staff.withdraw_offer(session, house.chief, offer, AT)
    assert (offer.state, offer.email) == (RoleOfferState.WITHDRAWN, None)
    with pytest.raises(Gone):
        invitations.accept_as_new(session, token, display_name="N", password=PASSWORD, at=AT)
    with pytest.raises(Conflict, match="does not wait"):
        staff.confirm_role(session, house.root, offer, AT)


def test_bad_name_or_password_leaves_the_link_working(session: Session, house: House) -> None:
    offer = propose(session, house)
    staff.confirm_role(session, house.root, offer, AT)
    token = token_of(session)
    session.commit()
    for name, password in (("", PASSWORD), ("Nia", "short"), ("Nia", "password1234")):
        with pytest.raises(InvalidInput):
            invitations.accept_as_new(session, token, display_name=name, password=password, at=AT)
        session.rollback()
    invitations.accept_as_new(session, token, display_name="Nia", password=PASSWORD, at=AT)


def test_every_fault_of_an_offer_is_said_at_once(session: Session, house: House) -> None:
    with pytest.raises(InvalidInput) as refused:
        propose(session, house, email="nobody", role=Role.PARTNER)
    assert set(refused.value.faults) == {"email", "partner"}
    with pytest.raises(InvalidInput) as refused:
        propose(session, house, role=Role.HOST, partner="School")
    assert set(refused.value.faults) == {"role", "partner"}


def test_same_role_is_offered_once_and_a_partner_can_change_organisation(
    session: Session, house: House
) -> None:
    offer = propose(session, house, role=Role.PARTNER, partner="School A")
    with pytest.raises(InvalidInput, match="offered this role already"):
        propose(session, house, role=Role.PARTNER, partner="School A")
    staff.confirm_role(session, house.root, offer, AT)
    account, _ = invitations.accept_as_new(
        session, token_of(session), display_name="P", password=PASSWORD, at=AT
    )
    with pytest.raises(InvalidInput, match="has this role already"):
        propose(session, house, role=Role.PARTNER, partner="School A")
    other = propose(session, house, role=Role.PARTNER, partner="School B")
    staff.confirm_role(session, house.root, other, AT)
    invitations.accept(session, signed_in(session, account.id), other.public_id, AT)
    held = session.exec(select(Membership).where(Membership.account_id == account.id)).all()
    assert [(one.role, one.partner) for one in held] == [(Role.PARTNER, "School B")]


def test_last_administrator_stays_and_a_role_taken_away_counts_at_once(
    session: Session, house: House
) -> None:
    chief = session.get_one(Account, house.chief.account_id)
    with pytest.raises(Conflict, match="last administrator"):
        staff.take_role_away(
            session, house.root, house.programme, chief, Role.PROGRAMME_ADMINISTRATOR, AT
        )
    second = make_chief(session, house.programme, "second@example.org")
    pending = propose(session, house, email="third@example.org")
    staff.take_role_away(session, second, house.programme, chief, Role.PROGRAMME_ADMINISTRATOR, AT)
    now = accounts.actor_of(session, chief.id)
    assert not now.may(Permission.MANAGE_PEOPLE, house.programme.id)
    assert pending.state is RoleOfferState.WITHDRAWN
    assert actions(session)[-1] == ("account:take_away", second.label)


def test_two_administrators_who_take_each_others_role_leave_one(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        programme = programmes.create_programme(
            session, SYSTEM, name="Two", contact_email="t@example.org", time_zone="UTC", at=AT
        )
        chiefs = [make_chief(session, programme, f"{n}@example.org") for n in ("a", "b")]
        programme_id = programme.public_id
        session.commit()
    order = iter(range(8))

    def take(session: Session) -> None:
        number = next(order) % 2
        actor, target = chiefs[number], chiefs[1 - number]
        found = programmes.get_programme(session, SYSTEM, programme_id)
        account = session.get_one(Account, target.account_id)
        staff.take_role_away(session, actor, found, account, Role.PROGRAMME_ADMINISTRATOR, AT)

    results = at_once(engine, take)
    with open_session(engine) as session:
        left = session.exec(
            select(Membership).where(Membership.role == Role.PROGRAMME_ADMINISTRATOR)
        ).all()
    assert len(left) == 1
    assert {type(one) for one in results} <= {type(None), Conflict}


def test_last_administrator_of_the_installation_is_not_shut_out(
    session: Session, house: House
) -> None:
    root = session.get_one(Account, house.root.account_id)
    with pytest.raises(Conflict, match="last administrator"):
        accounts.disable_account(session, SYSTEM, root, at=AT)
    make_account(session, "two@example.org", is_administrator=True)
    accounts.disable_account(session, SYSTEM, root, at=AT)
    assert root.disabled_at == AT
