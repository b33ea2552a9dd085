"""What was written to somebody: for the person, for a guardian, and for the staff.

Links that open something are never shown again: they went to one mailbox, and nowhere else.
"""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from exchange.domain.roles import Permission
from exchange.notices.events import Audience, templates_for
from exchange.records import Application, Cycle, OutboxMail
from exchange.services.actor import Actor
from exchange.services.applications import own_application
from exchange.services.authority import require
from exchange.services.guardians import own_guardianship

MOST = 200
"""So many of one person are listed, the latest first."""


def own_messages(session: Session, actor: Actor) -> list[OutboxMail]:
    """Return what was written to whoever came through the link of an application."""
    application = own_application(session, actor).application
    return _mails(session, application, [Audience.APPLICANT])


def own_guardian_messages(session: Session, actor: Actor) -> list[OutboxMail]:
    """Return what was written to the guardian behind the link; not to the other guardian."""
    mine = own_guardianship(session, actor)
    found = _mails(session, mine.application, [Audience.GUARDIAN])
    return [one for one in found if one.recipient == mine.guardian.email]


def messages_of(
    session: Session, actor: Actor, application: Application, cycle: Cycle
) -> list[OutboxMail]:
    """Return what was written about an application, for staff who may see it.

    What only a safeguarding lead may know of is not among it: such a mail has no audience here.
    """
    require(actor, Permission.SEE_APPLICATIONS, cycle.programme_id)
    everybody = [Audience.APPLICANT, Audience.GUARDIAN, Audience.STAFF]
    return _mails(session, application, everybody)


def _mails(
    session: Session, application: Application, audiences: Sequence[Audience]
) -> list[OutboxMail]:
    templates = [one.value for audience in audiences for one in templates_for(audience)]
    query = select(OutboxMail).where(
        OutboxMail.application_id == application.id, col(OutboxMail.template).in_(templates)
    )
    return list(session.exec(query.order_by(col(OutboxMail.id).desc()).limit(MOST)))
