"""Whose applications somebody of the staff may see: the one place that narrows to one's own.

Coordinators, reviewers and leads see everybody of their programme. A local coordinator sees the
students of their caseload and the hosts whom these are placed with, a partner the students whom
their organisation sends. Whoever sees nobody gets a condition that nothing fulfils.

Every door to people that is open to one of the narrow roles asks here. Doors that ask for
`SEE_APPLICATIONS` are closed to these roles, so that a new page shows them nothing by accident.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select

from exchange.domain.placement import PlacementState
from exchange.domain.recipients import Recipient
from exchange.domain.roles import Permission, Role
from exchange.errors import NotFound
from exchange.records import Application, Caseload, Cycle, Offer, Placement, Student
from exchange.services.actor import Actor
from exchange.services.applications import ApplicationDetails, details_of
from exchange.services.authority import require
from exchange.services.export_rows import Party

KNOWN_TO_BOTH = (PlacementState.OFFERED, PlacementState.ACCEPTED, PlacementState.CONFIRMED)
"""Live placements that the two sides have heard of; what a person still looks at is not one."""


def sees_all(actor: Actor, programme_id: int) -> bool:
    """Say whether somebody sees everybody of a programme, and so needs no narrowing."""
    return actor.may(Permission.SEE_APPLICATIONS, programme_id)


def seen_in(actor: Actor, programme_id: int) -> ColumnElement[bool]:
    """Return what an application of a programme has to fulfil for somebody to see it."""
    if sees_all(actor, programme_id):
        return sa.true()
    reasons: list[ColumnElement[bool]] = []
    if Role.LOCAL_COORDINATOR in actor.roles_in(programme_id):
        reasons += [in_caseload(actor, col(Application.id)), _hosts_of_caseload(actor)]
    partner = partner_in(actor, programme_id)
    if partner is not None:
        sent = select(Student.id).where(col(Student.partner) == partner)
        reasons.append(col(Application.student_id).in_(sent))
    return sa.or_(sa.false(), *reasons)


def seen_among(actor: Actor, cycles: Sequence[Cycle]) -> ColumnElement[bool]:
    """Return the same for applications of several cycles, of whichever programmes."""
    return sa.or_(
        sa.false(),
        *(
            sa.and_(col(Application.cycle_id) == one.id, seen_in(actor, one.programme_id))
            for one in cycles
        ),
    )


def in_caseload(actor: Actor, application: Any) -> ColumnElement[bool]:
    """Say of the row id of a student's application that this somebody looks after the student."""
    found: ColumnElement[bool] = application.in_(_caseload_of(actor))
    return found


def looks_after(session: Session, actor: Actor, application_id: int) -> bool:
    """Say whether a student is in somebody's caseload."""
    query = _caseload_of(actor).where(Caseload.application_id == application_id)
    return session.exec(query).first() is not None


def partner_in(actor: Actor, programme_id: int) -> str | None:
    """Return the organisation that somebody stands for in a programme, if they do."""
    is_partner = Role.PARTNER in actor.roles_in(programme_id)
    return actor.partners.get(programme_id) or None if is_partner else None


def is_own_party(actor: Actor, programme_id: int, party: Party) -> bool:
    """Say whether a file is about the students whom the actor's own organisation sends."""
    return (
        actor.may(Permission.DOWNLOAD_OWN, programme_id)
        and party.recipient is Recipient.SENDING_PARTNER
        and bool(party.name)
        and party.name == partner_in(actor, programme_id)
    )


def see(session: Session, actor: Actor, public_id: str) -> ApplicationDetails:
    """Return an application that somebody sees; NotFound for every other.

    What of it they may read depends on the role in which they look: `reader_of`.
    """
    application = session.exec(
        select(Application).where(Application.public_id == public_id)
    ).one_or_none()
    if application is None or application.erased_at is not None:
        raise NotFound("There is nothing at this address.")
    details = details_of(session, application)
    require(actor, Permission.SEE_STUDENTS, details.cycle.programme_id)
    if not sees(session, actor, application, details.cycle):
        raise NotFound("There is nothing at this address.")
    return details


def sees(session: Session, actor: Actor, application: Application, cycle: Cycle) -> bool:
    """Say whether somebody sees an application."""
    wanted = seen_in(actor, cycle.programme_id)
    query = select(Application.id).where(Application.id == application.id, wanted)
    return session.exec(query).first() is not None


def reader_of(session: Session, actor: Actor, details: ApplicationDetails) -> Role:
    """Return the role in which somebody reads an application that they see on these pages.

    A partner who is a local coordinator too reads as a partner whatever is not in their caseload.
    Whoever sees everybody reads here what a local coordinator does; the rest is on other pages.
    """
    programme_id = details.cycle.programme_id
    if sees_all(actor, programme_id) or partner_in(actor, programme_id) is None:
        return Role.LOCAL_COORDINATOR
    if Role.LOCAL_COORDINATOR not in actor.roles_in(programme_id):
        return Role.PARTNER
    own = sa.or_(in_caseload(actor, col(Application.id)), _hosts_of_caseload(actor))
    query = select(Application.id).where(Application.id == details.application.id, own)
    return Role.PARTNER if session.exec(query).first() is None else Role.LOCAL_COORDINATOR


def _caseload_of(actor: Actor) -> Any:
    return select(Caseload.application_id).where(Caseload.account_id == (actor.account_id or 0))


def _hosts_of_caseload(actor: Actor) -> ColumnElement[bool]:
    offer, placement = aliased(Offer), aliased(Placement)
    hosts = (
        select(offer.host_application_id)
        .join(placement, col(offer.placement_id) == col(placement.id))
        .where(
            col(offer.ended_at).is_(None),
            col(placement.state).in_(KNOWN_TO_BOTH),
            col(offer.student_application_id).in_(_caseload_of(actor)),
        )
    )
    return col(Application.id).in_(hosts)
