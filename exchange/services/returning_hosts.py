"""Hosts of earlier cycles, asked by mail whether they would like to take part again."""

from datetime import datetime

from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationKind, ApplicationState, is_open
from exchange.domain.roles import Permission
from exchange.errors import Conflict
from exchange.notices.texts import Template
from exchange.records import Application, Cycle, Host, LinkPurpose, OutboxMail
from exchange.services import audit, links, mails
from exchange.services.actor import Actor
from exchange.services.authority import require

_WELCOME = (ApplicationState.APPROVED,)
"""Who was declined, or has withdrawn, is not asked again."""


def earlier_cycles(session: Session, actor: Actor, cycle: Cycle) -> list[Cycle]:
    """Return the cycles of the programme whose stays began before, the latest first."""
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    query = (
        select(Cycle)
        .where(
            Cycle.programme_id == cycle.programme_id,
            Cycle.stay_from_on < cycle.stay_from_on,
        )
        .order_by(col(Cycle.stay_from_on).desc(), col(Cycle.id))
    )
    return list(session.exec(query))


def whom_to_ask(
    session: Session, actor: Actor, cycle: Cycle, earlier: Cycle
) -> list[tuple[Application, str]]:
    """Return the approved hosts of an earlier cycle who were not asked, and have not signed up.

    Each with the address to write to; somebody who signed up twice is asked once.
    """
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    assert earlier.programme_id == cycle.programme_id
    here = select(Host.email).join(Application, col(Application.host_id) == col(Host.id))
    known = set(session.exec(here.where(Application.cycle_id == cycle.id)))
    asked = set(
        session.exec(
            select(OutboxMail.key).where(
                col(OutboxMail.key).startswith(f"again:{cycle.public_id}:")
            )
        )
    )
    rows = session.exec(
        select(Application, Host.email)
        .join(Host, col(Application.host_id) == col(Host.id))
        .where(
            Application.cycle_id == earlier.id,
            Application.kind == ApplicationKind.HOST,
            col(Application.state).in_(_WELCOME),
            col(Application.erased_at).is_(None),
            col(Host.email).is_not(None),
        )
        .order_by(col(Application.id))
    )
    found: dict[str, Application] = {}
    for application, email in rows:
        if email and email not in known and _key(cycle, application) not in asked:
            found.setdefault(email, application)
    return [(application, email) for email, application in found.items()]


def ask_again(session: Session, actor: Actor, cycle: Cycle, earlier: Cycle, at: datetime) -> int:
    """Write to each of them, once, with a link that works once; return to how many.

    Raises
    ------
    Conflict
        When sign-up is not open, so that the link would lead nowhere.
    """
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    if not is_open(cycle.opens_at, cycle.closes_at, at):
        raise Conflict("Sign-up is not open. Open it first, so that the link leads somewhere.")
    asked = []
    for application, email in whom_to_ask(session, actor, cycle, earlier):
        token = links.issue_link(
            session, purpose=LinkPurpose.STATUS, application_id=application.id, at=at
        )
        is_new = mails.queue_mail(
            session,
            key=_key(cycle, application),
            recipient=email,
            template=Template.APPLY_AGAIN,
            language=application.language,
            context={"token": token},
            at=at,
            application_id=application.id,
        )
        if is_new:
            asked.append(application.public_id)
    audit.record_each(
        session,
        actor,
        "application:ask_again",
        subject_kind="application",
        subject_ids=asked,
        programme_id=cycle.programme_id,
        facts={"cycle": cycle.public_id},
        at=at,
    )
    return len(asked)


def _key(cycle: Cycle, application: Application) -> str:
    return f"again:{cycle.public_id}:{application.public_id}"
