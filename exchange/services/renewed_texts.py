"""Guardians whose agreement is to an older text than there is now: they are asked once more.

Until they answer, the application waits as one that nobody has agreed to yet. An agreement that
staff noted from paper has a text of its own and is left alone; so is what is optional, since a
consent to an older text simply no longer counts and nobody is pressed for it.
"""

from datetime import datetime

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from exchange.domain.consent import TEXTS, Purpose
from exchange.domain.cycle import GuardianState
from exchange.records import Application, Consent, Guardian
from exchange.services import agreements, guardians
from exchange.services.actor import Actor
from exchange.services.locks import hold_cycle

AT_ONCE = 200
"""In one round of the worker, so that no round takes long."""


def guardians_due(session: Session, *, limit: int = AT_ONCE) -> list[int]:
    """Return the row ids of guardians who agreed to an older text, of applications under way."""
    return list(session.exec(_due().order_by(col(Guardian.id)).limit(limit)))


def ask_again(session: Session, actor: Actor, guardian_id: int, at: datetime) -> bool:
    """Ask a guardian once more, by a link of their own; the application waits where it must.

    Returns
    -------
    bool
        Whether they were asked; False where they have answered or been asked meanwhile.
    """
    guardian = session.get_one(Guardian, guardian_id)
    application = session.get_one(Application, guardian.application_id)
    hold_cycle(session, application.cycle_id)
    session.refresh(guardian)
    session.refresh(application)
    if session.exec(_due().where(Guardian.id == guardian_id)).first() is None:
        return False
    before = application.state
    guardian.state, guardian.asked_again_at = GuardianState.INVITED, at
    session.flush()
    agreements.count_anew(session, application)
    guardians.note(session, actor, "guardian:ask_again", application, guardian, at)
    if application.state is not before:
        action = f"application:{application.state.value}"
        guardians.note(session, actor, action, application, guardian, at)
        agreements.tell(session, application, at)
    if guardian.email is not None:
        guardians.mail_link(session, application, guardian, at)
    return True


def _due() -> SelectOfScalar[int]:
    return (
        select(Guardian.id)
        .join(Application, col(Application.id) == col(Guardian.application_id))
        .join(Consent, col(Consent.guardian_id) == col(Guardian.id))
        .where(
            Guardian.state == GuardianState.AGREED,
            Consent.purpose == Purpose.TAKING_PART,
            col(Consent.withdrawn_at).is_(None),
            Consent.text_version < TEXTS[Purpose.TAKING_PART].version,
            # Staff may have noted a later agreement from paper: then that is the one that counts.
            col(Consent.given_at) == col(Guardian.decided_at),
            col(Application.state).not_in(agreements.ENDED),
        )
    )
