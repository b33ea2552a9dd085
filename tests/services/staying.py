"""A published match whose placements are confirmed, with students who live with their hosts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, update

from exchange.domain.contact_schedule import ContactKind, ContactOutcome, Side
from exchange.domain.cycle import RunState
from exchange.domain.placement import Placement as Matched
from exchange.domain.placement import PlacementState
from exchange.domain.roles import Role
from exchange.records import Application, ContactEntry, Cycle, Offer, Placement
from exchange.services import accounts, attempts, contacts, offers
from exchange.services.actor import SYSTEM, Actor
from exchange.services.attempts import RunOutcome
from exchange.services.offers import Offered
from tests.services.people import AT, Office, enrol, make_office, publish, start

DAY = timedelta(days=1)
FIRST = date(2027, 7, 1)
NOON = datetime(2027, 7, 1, 12, tzinfo=AT.tzinfo)
"""Of the first day of the stay."""


@dataclass
class Staying:
    """An office, and the placements of its match, each as an offer with all it joins."""

    office: Office
    placed: list[Offered]

    @property
    def cycle(self) -> Cycle:
        """The cycle of the stay."""
        return self.office.cycle

    @property
    def one(self) -> Offered:
        """The first placement."""
        return self.placed[0]


def make_staying(
    session: Session, *, pairs: int = 1, days: int = 200, name: str = "Neighbours"
) -> Staying:
    """Enrol pairs, publish a match of them, and have everybody agree."""
    office = make_office(session, name)
    office.cycle.stay_to_on = FIRST + days * DAY
    session.add(office.cycle)
    ids = enrol(session, office, students=pairs, hosts=pairs)
    run = start(session, office)
    claimed = attempts.claim_run(session, run.public_id, at=AT, lease_s=10)
    assert claimed is not None
    placed = tuple(
        Matched(
            student_id=ids[n],
            host_id=ids[pairs + n],
            student_nation="TR",
            host_nation="GR",
            quality=0.5,
            review=False,
            only_contact_of_pair=False,
        )
        for n in range(pairs)
    )
    outcome = RunOutcome(state=RunState.READY, report={"M": pairs}, placements=placed)
    attempts.finish_run(session, run.public_id, claimed.attempt, outcome=outcome, at=AT)
    session.refresh(run)
    publish(session, office, run)
    session.exec(
        update(Placement)
        .where(col(Placement.run_id) == run.id)
        .values(state=PlacementState.CONFIRMED)
    )
    session.expire_all()
    rows = session.exec(
        offers.joined().where(Offer.cycle_id == office.cycle.id).order_by(col(Offer.id))
    )
    return Staying(office, [Offered(*row) for row in rows])


def staff(session: Session, staying: Staying, role: Role, name: str) -> Actor:
    """Add somebody to the staff of the programme."""
    account = accounts.create_account(
        session,
        SYSTEM,
        email=f"{name}@example.org",
        display_name=name,
        password=None,
        role=role,
        programme_id=staying.office.programme.id,
        at=AT,
    )
    return accounts.actor_of(session, account.id)


def speak(
    session: Session,
    staying: Staying,
    day: int,
    *,
    side: Side = Side.STUDENT,
    kind: ContactKind = ContactKind.IN_PERSON,
    outcome: ContactOutcome = ContactOutcome.ALL_WELL,
    note: str | None = None,
    one: Offered | None = None,
    actor: Actor | None = None,
) -> ContactEntry:
    """Note a contact on a day of the stay, on that day."""
    return contacts.note_contact(
        session,
        actor or staying.office.actor,
        one or staying.one,
        side=side,
        kind=kind,
        on=FIRST + day * DAY,
        outcome=outcome,
        note=note,
        at=NOON + day * DAY,
    )


def owner(application: Application) -> Actor:
    """Return whoever came through the link of an application."""
    return Actor(application_id=application.id)


def reload(session: Session, one: Offered) -> Offered:
    """Return an offer as the database has it now."""
    return Offered(*session.exec(offers.joined().where(Offer.id == one.offer.id)).one())
