"""Agreements to one placement: which are needed, who has given them, and which are outstanding.

They are kept by student and host, so they hold when a later run places the same two again; one
about other guests holds only while these are the same. Whoever confirms a placement asks
`outstanding` first.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select, update

from exchange.domain.consent import text_hash
from exchange.domain.cycle import GuardianState
from exchange.domain.host_rules import is_single_adult
from exchange.domain.placement import LIVE_PLACEMENT_STATES
from exchange.domain.placement_consents import (
    NeededConsent,
    PairConsent,
    PairFacts,
    PairGiver,
    needed_consents,
)
from exchange.domain.rule_packs import RULE_PACKS
from exchange.errors import Conflict, Forbidden, NotFound
from exchange.records import (
    Application,
    Cycle,
    Guardian,
    Host,
    HostKind,
    HouseholdMember,
    Placement,
    PlacementConsent,
    Student,
)
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.guardians import guardians_of
from exchange.services.locks import hold_cycle


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    """One agreement of one person.

    Attributes
    ----------
    guardian : Guardian or None
        Which of them; None of a student or host, and of a guardian who has not agreed to the
        application yet, so that nobody can give it.
    given : PlacementConsent or None
        The agreement that counts now.
    """

    needed: NeededConsent
    giver: PairGiver
    guardian: Guardian | None
    given: PlacementConsent | None

    @property
    def code(self) -> PairConsent:
        """What is agreed to."""
        return self.needed.code


@dataclass(frozen=True, slots=True)
class _Pair:
    """A placement with everything that decides who has to agree."""

    placement: Placement
    cycle: Cycle
    student: Student
    host: Host
    of_student: Application
    of_host: Application


def needed(session: Session, placement: Placement) -> tuple[NeededConsent, ...]:
    """Return which agreements a placement needs, whether they were given or not."""
    return _needed(session, _pair(session, placement))


def checklist(session: Session, placement: Placement) -> list[ChecklistLine]:
    """Return a line for each agreement and each person who has to give it."""
    pair = _pair(session, placement)
    asked = _needed(session, pair)
    if not asked:
        return []
    rows = _in_force(session, pair)
    guardians = _guardians(session, pair)
    lines = []
    for one in asked:
        for giver in PairGiver:
            if giver not in one.givers:
                continue
            for guardian in guardians if giver is PairGiver.GUARDIAN else (None,):
                owner = pair.of_host if giver is PairGiver.HOST else pair.of_student
                row = None
                if giver is not PairGiver.GUARDIAN or guardian is not None:
                    row = rows.get((owner.id, guardian.id if guardian else None, one.code))
                counts = row is not None and _counts(row, one)
                lines.append(ChecklistLine(one, giver, guardian, row if counts else None))
    return lines


def outstanding(session: Session, placement: Placement) -> list[ChecklistLine]:
    """Return what has to be agreed to before these two may meet, and is not yet."""
    return [line for line in checklist(session, placement) if line.given is None]


def own_lines(session: Session, actor: Actor, placement: Placement) -> list[ChecklistLine]:
    """Return the lines that are the actor's to give: a student's, a host's or a guardian's.

    Raises
    ------
    NotFound
        When the actor has nothing to do with the placement.
    """
    pair = _pair(session, placement)
    giver, guardian = _giver(session, actor, pair)
    return [
        line
        for line in checklist(session, placement)
        if line.giver is giver and (guardian is None or line.guardian == guardian)
    ]


def decide(
    session: Session,
    actor: Actor,
    placement: Placement,
    *,
    wanted: Collection[PairConsent],
    shown: Mapping[PairConsent, str],
    language: str,
    at: datetime,
) -> None:
    """Make the actor's agreements what was ticked: give the new ones, withdraw the others.

    Parameters
    ----------
    shown : mapping of PairConsent to str
        The text of every box on the page, as it was shown; boxes not shown change nothing.

    Raises
    ------
    NotFound
        When the actor has nothing to do with the placement.
    Forbidden
        When something was ticked that is not asked of the actor.
    Conflict
        When the placement has ended.
    """
    lines = {line.code: line for line in own_lines(session, actor, placement)}
    if not set(wanted) <= set(shown) or not set(wanted) <= set(lines):
        raise Forbidden("This consent is not yours to give.")
    for code, text in shown.items():
        if code not in wanted:
            withdraw(session, actor, placement, code, at)
        else:
            give(session, actor, placement, code=code, text=text, language=language, at=at)


def give(
    session: Session,
    actor: Actor,
    placement: Placement,
    *,
    code: PairConsent,
    text: str,
    language: str,
    at: datetime,
) -> None:
    """Store one agreement with the version and the hash of the text that was read.

    Done twice, it is done.

    Raises
    ------
    NotFound, Forbidden, Conflict
        As `decide` does.
    """
    pair = _held(session, placement)
    giver, guardian = _giver(session, actor, pair)
    asked = next(
        (one for one in _needed(session, pair) if one.code is code and giver in one.givers), None
    )
    if asked is None:
        raise Forbidden("This consent is not yours to give.")
    if guardian is not None and guardian.state is not GuardianState.AGREED:
        raise Conflict("Answer first whether the young person may take part.")
    if placement.state not in LIVE_PLACEMENT_STATES:
        raise Conflict("This placement has ended. Nothing more is asked about it.")
    key = (_own_application(pair, giver).id, guardian.id if guardian else None, code)
    before = _in_force(session, pair).get(key)
    if before is not None and _counts(before, asked):
        return  # Sent twice: it is given.
    _end(session, actor, pair, code, at)  # One to an older text, or other guests, makes way.
    row = PlacementConsent(
        application_id=_own_application(pair, giver).id,
        guardian_id=guardian.id if guardian else None,
        student_id=placement.student_id,
        host_id=placement.host_id,
        code=code,
        about=asked.about,
        text_version=asked.text.version,
        text_hash=text_hash(text),
        language=language,
        given_at=at,
        created_at=at,
    )
    session.add(row)
    session.flush()
    _audit(session, actor, "placement_consent:give", pair, asked.code, at)


def withdraw(
    session: Session, actor: Actor, placement: Placement, code: PairConsent, at: datetime
) -> None:
    """Withdraw one agreement; the row stays, with the moment. Done twice, it is done.

    Whoever keeps the state of the placement looks at `outstanding` again afterwards.
    """
    pair = _held(session, placement)
    if _end(session, actor, pair, code, at):
        _audit(session, actor, "placement_consent:withdraw", pair, code, at)


def _held(session: Session, placement: Placement) -> _Pair:
    """Read a pair while nobody else changes what is agreed in its cycle."""
    hold_cycle(session, placement.cycle_id)
    session.refresh(placement)
    return _pair(session, placement)


def _pair(session: Session, placement: Placement) -> _Pair:
    applications = {
        (one.student_id, one.host_id): one
        for one in session.exec(
            select(Application).where(
                (col(Application.student_id) == placement.student_id)
                | (col(Application.host_id) == placement.host_id)
            )
        )
    }
    return _Pair(
        placement,
        session.get_one(Cycle, placement.cycle_id),
        session.get_one(Student, placement.student_id),
        session.get_one(Host, placement.host_id),
        applications[(placement.student_id, None)],
        applications[(None, placement.host_id)],
    )


def _needed(session: Session, pair: _Pair) -> tuple[NeededConsent, ...]:
    births = session.exec(
        select(col(HouseholdMember.birth_on)).where(HouseholdMember.host_id == pair.host.id)
    ).all()
    others = session.exec(
        select(Application.public_id, Application.guardians_needed)
        .join(Placement, col(Placement.student_id) == col(Application.student_id))
        .where(
            col(Placement.run_id) == pair.placement.run_id,
            col(Placement.host_id) == pair.host.id,
            col(Placement.id) != pair.placement.id,
            col(Placement.state).in_(LIVE_PLACEMENT_STATES),
        )
    ).all()
    is_home = pair.host.kind is HostKind.HOUSEHOLD
    facts = PairFacts(
        is_minor=pair.of_student.needs_guardian,
        has_single_adult=is_home
        and is_single_adult(
            births,
            adults=pair.host.adults,
            children=pair.host.children,
            day=pair.cycle.stay_from_on,
        ),
        is_contested=pair.placement.review,
        wishes=frozenset(pair.student.wishes),
        offers=frozenset(pair.host.offers),
        # An institution has many guests; what that is like stands in its own application.
        other_guests={one: count > 0 for one, count in others} if is_home else None,
    )
    return needed_consents(RULE_PACKS[pair.cycle.rule_pack], facts)


def _guardians(session: Session, pair: _Pair) -> list[Guardian | None]:
    """Those who have agreed to the application, and None for each who has not yet."""
    agreed: list[Guardian | None] = [
        one for one in guardians_of(session, pair.of_student) if one.state is GuardianState.AGREED
    ]
    lacking = max(0, pair.of_student.guardians_needed - len(agreed))
    return agreed + [None] * lacking


def _counts(row: PlacementConsent, one: NeededConsent) -> bool:
    return row.text_version == one.text.version and row.about == one.about


def _in_force(
    session: Session, pair: _Pair
) -> dict[tuple[int, int | None, PairConsent], PlacementConsent]:
    query = select(PlacementConsent).where(
        col(PlacementConsent.student_id) == pair.placement.student_id,
        col(PlacementConsent.host_id) == pair.placement.host_id,
        col(PlacementConsent.withdrawn_at).is_(None),
    )
    rows = session.exec(query.execution_options(populate_existing=True))
    return {(row.application_id, row.guardian_id, row.code): row for row in rows}


def _giver(session: Session, actor: Actor, pair: _Pair) -> tuple[PairGiver, Guardian | None]:
    """Say as whom the actor agrees; nobody does for somebody else, whatever their role."""
    if actor.guardian_id is not None:
        guardian = session.get(Guardian, actor.guardian_id)
        if guardian is not None and guardian.application_id == pair.of_student.id:
            return PairGiver.GUARDIAN, guardian
    elif actor.application_id == pair.of_student.id:
        return PairGiver.STUDENT, None
    elif actor.application_id == pair.of_host.id:
        return PairGiver.HOST, None
    raise NotFound("There is nothing at this address.")


def _own_application(pair: _Pair, giver: PairGiver) -> Application:
    return pair.of_host if giver is PairGiver.HOST else pair.of_student


def _end(session: Session, actor: Actor, pair: _Pair, code: PairConsent, at: datetime) -> bool:
    giver, guardian = _giver(session, actor, pair)
    of_guardian = col(PlacementConsent.guardian_id)
    ended = session.connection().execute(
        update(PlacementConsent)
        .where(
            col(PlacementConsent.application_id) == _own_application(pair, giver).id,
            of_guardian.is_(None) if guardian is None else of_guardian == guardian.id,
            col(PlacementConsent.student_id) == pair.placement.student_id,
            col(PlacementConsent.host_id) == pair.placement.host_id,
            col(PlacementConsent.code) == code,
            col(PlacementConsent.withdrawn_at).is_(None),
        )
        .values(withdrawn_at=at)
    )
    return bool(ended.rowcount)


def _audit(
    session: Session,
    actor: Actor,
    action: str,
    pair: _Pair,
    code: PairConsent,
    at: datetime,
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind="placement",
        subject_id=pair.placement.public_id,
        programme_id=pair.cycle.programme_id,
        facts={"code": code.value},
        at=at,
    )
