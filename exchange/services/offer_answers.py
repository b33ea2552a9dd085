"""What students, guardians and hosts answer to an offer, here or by word to the staff.

A place is held from the first acceptance on. When one side says no the offer is over for all, and
nobody but the staff sees who it was or why.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select, update

from exchange.domain.cycle import ApplicationState
from exchange.domain.findings import blockers
from exchange.domain.offer import Answer, NoteKind, OfferEnd, is_overdue, state_after
from exchange.domain.placement import PlacementState
from exchange.domain.placement_consents import PairConsent
from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.records import Cycle, Host, Offer, OfferAnswer, OfferNote
from exchange.services import offer_mails, offers, placement_consents
from exchange.services.actor import Actor
from exchange.services.applications import details_of
from exchange.services.authority import require
from exchange.services.clearance import findings_of
from exchange.services.held_places import hold_place
from exchange.services.impartiality import require_impartial
from exchange.services.locks import hold_cycle
from exchange.services.offers import Offered
from exchange.translations import Sentence

LEAST_REASON, MOST_REASON = 10, 1000
OPEN = frozenset({PlacementState.OFFERED, PlacementState.ACCEPTED})
"""States in which a party may still say no; yes only while it is offered."""


@dataclass(frozen=True, slots=True)
class OwnOffer:
    """An offer as one of its parties knows it: by its number among their own."""

    number: int
    offered: Offered
    line: OfferAnswer


def own_offers(session: Session, actor: Actor) -> list[OwnOffer]:
    """Return the offers put to whoever came through a link, the first first."""
    if actor.guardian_id is not None:
        is_mine = [col(OfferAnswer.guardian_id) == actor.guardian_id]
    else:
        is_mine = [
            col(OfferAnswer.application_id) == (actor.application_id or 0),
            col(OfferAnswer.guardian_id).is_(None),
        ]
    lines = session.exec(
        select(OfferAnswer)
        .join(Offer, col(OfferAnswer.offer_id) == col(Offer.id))
        .where(*is_mine, col(Offer.made_at).is_not(None))
        .order_by(col(OfferAnswer.offer_id))
    ).all()
    found = offers.joined().where(col(Offer.id).in_([line.offer_id for line in lines]))
    by_id = {row[0].id: Offered(*row) for row in session.exec(found)}
    return [
        OwnOffer(number, by_id[line.offer_id], line) for number, line in enumerate(lines, start=1)
    ]


def agree(
    session: Session,
    actor: Actor,
    mine: OwnOffer,
    *,
    wanted: Collection[PairConsent],
    shown: Mapping[PairConsent, str],
    language: str,
    at: datetime,
) -> None:
    """Give and withdraw what this very pair needs besides; the last that was missing confirms it.

    Parameters and refusals are those of `placement_consents.decide`.
    """
    hold_cycle(session, mine.offered.offer.cycle_id)
    placement_consents.decide(
        session,
        actor,
        mine.offered.placement,
        wanted=wanted,
        shown=shown,
        language=language,
        at=at,
    )
    confirm(session, actor, offers.find(session, mine.offered.offer.id), at)


def respond(
    session: Session,
    actor: Actor,
    offer_id: str,
    *,
    accepts: bool,
    reason: str | None,
    at: datetime,
) -> None:
    """Answer an offer of one's own; the same answer sent twice is one.

    Parameters
    ----------
    offer_id : str
        Public id of the offer that was on the page.
    reason : str or None
        Why not, if somebody wants to say; the other side never sees it.

    Raises
    ------
    Conflict
        When the offer is over, its time is, or no place is free any more.
    """
    mine = [one for one in own_offers(session, actor) if one.offered.offer.public_id == offer_id]
    if not mine:
        raise NotFound("There is nothing at this address.")
    one, line = _hold(session, mine[0].offered.offer, mine[0].line.id)
    if line.answer is (Answer.ACCEPTED if accepts else Answer.DECLINED):
        return
    if is_overdue(one.offer.deadline_at, at) and one.placement.state is PlacementState.OFFERED:
        raise Conflict("The time to answer is over. Write to the programme if you still want to.")
    _take(session, actor, one, line, accepts=accepts, reason=reason, recorded_by=None, at=at)


def record_answer(
    session: Session,
    actor: Actor,
    one: Offered,
    line_id: int,
    *,
    accepts: bool,
    reason: str | None,
    at: datetime,
) -> None:
    """Write down what a party has said by telephone or letter.

    Raises
    ------
    InvalidInput
        Unless how it was said is told, in 10 to 1,000 characters.
    SafetyRefusal
        When one of the applications names the actor.
    """
    said_how = check_reason(reason)
    cycle = session.get_one(Cycle, one.offer.cycle_id)
    require(actor, Permission.PUBLISH_RUNS, cycle.programme_id)
    for application in (one.student, one.host):
        require_impartial(session, actor, details_of(session, application))
    one, line = _hold(session, one.offer, line_id)
    if line.answer is (Answer.ACCEPTED if accepts else Answer.DECLINED):
        raise Conflict("This answer is known already.")
    add_note(session, actor, one, NoteKind.ANSWERED, said_how, at)
    _take(
        session,
        actor,
        one,
        line,
        accepts=accepts,
        reason=None,
        recorded_by=actor.account_id,
        at=at,
    )


def add_note(
    session: Session, actor: Actor, one: Offered, kind: NoteKind, reason: str, at: datetime
) -> None:
    """Keep why staff did something to an offer."""
    note = OfferNote(
        offer_id=one.offer.id, kind=kind, reason=reason, by_id=actor.account_id, created_at=at
    )
    session.add(note)
    session.flush()


def check_reason(reason: str | None) -> str:
    """Return a reason without spaces around it, or refuse it."""
    told = (reason or "").strip()
    if not LEAST_REASON <= len(told) <= MOST_REASON:
        sentence = Sentence(
            "Say why in %(low)d to %(high)d characters", low=LEAST_REASON, high=MOST_REASON
        )
        raise InvalidInput(f"{sentence}.", {"reason": [sentence]})
    return told


def settle(session: Session, actor: Actor, one: Offered, at: datetime) -> None:
    """Make of an offer what its answers say, and tell everybody when that is something new."""
    lines = offers.answers_of(session, [one.offer.id])[one.offer.id]
    state = state_after(line.answer for line in lines)
    if state is PlacementState.DECLINED:
        offers.end_offer(session, actor, one, OfferEnd.DECLINED, state, at)
    elif state is PlacementState.ACCEPTED and one.placement.state is PlacementState.OFFERED:
        offers.move(one.placement, state)
        session.add(one.placement)
        session.flush()
        offers.audit_offer(session, actor, "offer:accepted_by_all", one.offer, at)
        confirm(session, actor, one, at)
        return
    else:
        return
    offer_mails.tell_of_news(session, one, at)


def confirm(session: Session, actor: Actor, one: Offered, at: datetime) -> bool:
    """Confirm an offer that all have accepted, if nothing is missing, and tell everybody."""
    if not offers.confirm_if_ready(session, actor, one, at):
        return False
    offer_mails.tell_of_news(session, one, at)
    return True


def _hold(session: Session, offer: Offer, line_id: int) -> tuple[Offered, OfferAnswer]:
    """Return an offer and one line of it as they are now; others who would change them wait."""
    hold_cycle(session, offer.cycle_id)
    one = offers.find(session, offer.id)
    lines = offers.answers_of(session, [offer.id])[offer.id]
    line = next((line for line in lines if line.id == line_id), None)
    if line is None:
        raise NotFound("There is nothing at this address.")
    return one, line


def _take(
    session: Session,
    actor: Actor,
    one: Offered,
    line: OfferAnswer,
    *,
    accepts: bool,
    reason: str | None,
    recorded_by: int | None,
    at: datetime,
) -> None:
    is_open = one.placement.state is PlacementState.OFFERED or (
        not accepts and one.placement.state in OPEN
    )
    if one.offer.ended_at is not None or not is_open:
        raise Conflict("This offer is over, or everybody has agreed. Write to the programme.")
    if accepts:
        _require_possible(session, one, at)
        hold_place(session, one.offer, _host(session, one), at)
    taken = session.connection().execute(
        update(OfferAnswer)
        .where(col(OfferAnswer.id) == line.id, col(OfferAnswer.answer) == line.answer)
        .values(
            answer=Answer.ACCEPTED if accepts else Answer.DECLINED,
            answered_at=at,
            recorded_by_id=recorded_by,
            reason=None if accepts else ((reason or "").strip() or None),
        )
    )
    if taken.rowcount != 1:
        raise Conflict("Somebody has just answered this. Look at it again.")
    action = "offer:accept" if accepts else "offer:decline"
    offers.audit_offer(session, actor, action, one.offer, at, party=line.party.value)
    settle(session, actor, one, at)


def _require_possible(session: Session, one: Offered, at: datetime) -> None:
    """Nobody accepts what would not be matched today: no check has lapsed, nobody has left."""
    for application in (one.student, one.host):
        details = details_of(session, application)
        session.refresh(application)
        is_cleared = not blockers(findings_of(session, details, at))
        if application.state is not ApplicationState.APPROVED or not is_cleared:
            raise Conflict(
                "Something has changed since the offer. The programme’s staff will write to you."
            )


def _host(session: Session, one: Offered) -> Host:
    return session.get_one(Host, one.host.host_id)
