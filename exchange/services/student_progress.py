"""Students and how far they are: of the whole cycle, or of whoever looks after or sends them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, func, select

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.offer import Answer, Party
from exchange.domain.placement import PlacementState
from exchange.domain.progress import ComingDay, Missing, coming_days, missing_of
from exchange.domain.queues import LONGEST_SEARCH
from exchange.domain.roles import Permission, Role
from exchange.records import (
    Account,
    Application,
    Caseload,
    Cycle,
    Host,
    Offer,
    OfferAnswer,
    Placement,
    Student,
)
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.queues import is_found
from exchange.services.sight import KNOWN_TO_BOTH, seen_among, seen_in, sees_all
from exchange.services.time_zones import day_in

PER_PAGE = 50
NOBODY = "nobody"
"""In a filter: students after whom nobody in particular looks."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which students a list holds: what is empty lets everybody through."""

    search: str = ""
    state: ApplicationState | None = None
    looked_after: str = ""
    """`NOBODY`, or the public id of an account."""

    @classmethod
    def from_words(cls, words: Mapping[str, str]) -> "Filter":
        """Read the words behind an address; one that means nothing filters nothing."""
        state = words.get("state")
        return cls(
            search=words.get("search", "").strip()[:LONGEST_SEARCH],
            state=next((one for one in ApplicationState if one.value == state), None),
            looked_after=words.get("looked_after", "")[:32],
        )

    def to_words(self) -> dict[str, str]:
        """Return what `from_words` reads; without what filters nothing."""
        words = {
            "search": self.search,
            "state": self.state.value if self.state else "",
            "looked_after": self.looked_after,
        }
        return {name: word for name, word in words.items() if word}


@dataclass(frozen=True, slots=True)
class Place:
    """A placement that student and host have heard of, by what a list says of it.

    A partner learns the country and the town: of the home itself everything else is empty.
    """

    offer_id: str
    state: PlacementState
    host_application: str
    host_name: str
    nation: str
    city: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one student is."""

    public_id: str
    reference: str
    name: str
    state: ApplicationState
    place: Place | None
    missing: tuple[Missing, ...]
    days: tuple[ComingDay, ...]
    looked_after_by: str
    partner: str


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, and how long the whole is."""

    rows: list[Progress]
    total: int
    page: int
    pages: int


def list_students(
    session: Session, actor: Actor, cycle: Cycle, wanted: Filter, at: datetime, *, page: int = 1
) -> Page:
    """Return one page of the students of a cycle whom somebody sees; at most four statements."""
    require(actor, Permission.SEE_STUDENTS, cycle.programme_id)
    conditions = [*_students_of(cycle), seen_in(actor, cycle.programme_id), *_filtered(wanted)]
    total = session.exec(select(func.count()).select_from(Application).where(*conditions)).one()
    pages = max(1, -(-total // PER_PAGE))
    page = min(max(page, 1), pages)
    order = (col(Application.submitted_at).desc(), col(Application.id).desc())
    # Picked first, so that no line is joined that is not shown.
    ids = select(Application.id).where(*conditions).order_by(*order)
    shown = session.exec(ids.offset((page - 1) * PER_PAGE).limit(PER_PAGE)).all()
    return Page(_read(session, actor, cycle, shown, at), total, page, pages)


def progress_of(
    session: Session, actor: Actor, cycle: Cycle, application: Application, at: datetime
) -> Progress | None:
    """Return how far one student is, of an application that the caller may see; None of a host."""
    return next(iter(_read(session, actor, cycle, [application.id], at)), None)


def count_students(
    session: Session, actor: Actor, cycles: Sequence[Cycle]
) -> dict[int, Counter[ApplicationState]]:
    """Count the students of some cycles whom somebody sees, by state; one statement."""
    found: dict[int, Counter[ApplicationState]] = {one.id: Counter() for one in cycles}
    if not cycles:
        return found
    rows = session.exec(
        select(Application.cycle_id, Application.state, func.count())
        .where(
            Application.kind == ApplicationKind.STUDENT,
            col(Application.erased_at).is_(None),
            seen_among(actor, cycles),
        )
        .group_by(col(Application.cycle_id), col(Application.state))
    )
    for cycle_id, state, count in rows:
        found[cycle_id][ApplicationState(state)] = count
    return found


def _students_of(cycle: Cycle) -> list[ColumnElement[bool]]:
    return [
        col(Application.cycle_id) == cycle.id,
        col(Application.kind) == ApplicationKind.STUDENT,
        col(Application.erased_at).is_(None),
    ]


def _filtered(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.search:
        found.append(is_found(wanted.search))
    if wanted.state is not None:
        found.append(col(Application.state) == wanted.state)
    cases = select(Caseload.application_id)
    if wanted.looked_after == NOBODY:
        found.append(col(Application.id).not_in(cases))
    elif wanted.looked_after:
        account = select(Account.id).where(Account.public_id == wanted.looked_after)
        found.append(col(Application.id).in_(cases.where(col(Caseload.account_id).in_(account))))
    return found


@cache
def _lines() -> Any:
    """Build the statement once that finds students with the place both sides have heard of."""
    of_host = aliased(Application)
    return (
        sa.select(
            col(Application.id),
            col(Application.public_id),
            col(Application.reference),
            col(Application.state),
            col(Application.guardians_needed),
            col(Application.guardians_agreed),
            col(Student.given_name),
            col(Student.family_name),
            col(Student.partner),
            col(Student.arrive_on),
            col(Student.depart_on),
            col(Caseload.account_id).label("looked_after_id"),
            col(Account.display_name).label("looked_after_by"),
            col(Offer.id).label("offer"),
            col(Offer.public_id).label("offer_id"),
            col(Offer.deadline_at),
            col(Placement.state).label("placement_state"),
            col(Placement.host_nation),
            col(of_host.public_id).label("host_application"),
            col(Host.name).label("host_name"),
            col(Host.city),
        )
        .select_from(Application)
        .join(Student, col(Application.student_id) == col(Student.id))
        .outerjoin(Caseload, col(Caseload.application_id) == col(Application.id))
        .outerjoin(Account, col(Account.id) == col(Caseload.account_id))
        .outerjoin(
            Offer,
            sa.and_(
                col(Offer.student_application_id) == col(Application.id),
                col(Offer.ended_at).is_(None),
            ),
        )
        .outerjoin(
            Placement,
            sa.and_(
                col(Placement.id) == col(Offer.placement_id),
                col(Placement.state).in_(KNOWN_TO_BOTH),
            ),
        )
        .outerjoin(of_host, col(of_host.id) == col(Offer.host_application_id))
        .outerjoin(Host, col(Host.id) == col(of_host.host_id))
        .where(col(Application.id).in_(sa.bindparam("ids", expanding=True)))
        .order_by(col(Application.submitted_at).desc(), col(Application.id).desc())
    )


def _read(
    session: Session, actor: Actor, cycle: Cycle, ids: Sequence[int], at: datetime
) -> list[Progress]:
    rows = session.connection().execute(_lines(), {"ids": list(ids)}).all()
    asked = [row.offer for row in rows if row.placement_state is PlacementState.OFFERED]
    awaited = _awaited(session, asked)
    is_all = sees_all(actor, cycle.programme_id)
    keeps_cases = Role.LOCAL_COORDINATOR in actor.roles_in(cycle.programme_id)

    def reads_host(row: Any) -> bool:
        return is_all or (keeps_cases and row.looked_after_id == actor.account_id)

    return [
        _progress(row, cycle, awaited.get(row.offer, set()), at, names_host=reads_host(row))
        for row in rows
    ]


def _awaited(session: Session, offers: Sequence[int]) -> dict[int, set[Party]]:
    found: dict[int, set[Party]] = {}
    rows = session.exec(
        select(OfferAnswer.offer_id, OfferAnswer.party).where(
            col(OfferAnswer.offer_id).in_(offers), OfferAnswer.answer == Answer.AWAITED
        )
    )
    for offer_id, party in rows:
        found.setdefault(offer_id, set()).add(Party(party))
    return found


def _progress(
    row: Any, cycle: Cycle, awaited: set[Party], at: datetime, *, names_host: bool
) -> Progress:
    placement = row.placement_state
    has_ended = row.state in (ApplicationState.DECLINED, ApplicationState.WITHDRAWN)
    is_asked = placement is PlacementState.OFFERED and row.deadline_at is not None
    return Progress(
        public_id=row.public_id,
        reference=row.reference,
        name=" ".join(one for one in (row.given_name, row.family_name) if one),
        state=row.state,
        place=None
        if placement is None
        else Place(
            offer_id=row.offer_id if names_host else "",
            state=placement,
            host_application=row.host_application if names_host else "",
            host_name=(row.host_name or "") if names_host else "",
            nation=row.host_nation,
            city=row.city or "",
        ),
        missing=missing_of(
            row.state,
            guardians_missing=row.guardians_agreed < row.guardians_needed,
            placement=placement,
            awaited=awaited,
        ),
        days=()
        if has_ended
        else coming_days(
            day_in(cycle.time_zone, at),
            answer_until=day_in(cycle.time_zone, row.deadline_at) if is_asked else None,
            arrives_on=row.arrive_on or cycle.stay_from_on,
            leaves_on=row.depart_on or cycle.stay_to_on,
        ),
        looked_after_by=row.looked_after_by or "",
        partner=row.partner or "",
    )
