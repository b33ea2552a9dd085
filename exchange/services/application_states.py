"""The state of an application: changed once, told to its owner, noted on the trail."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, update

from exchange.domain.cycle import NEXT_APPLICATION_STATES, ApplicationState
from exchange.errors import Conflict
from exchange.notices.texts import Template
from exchange.records import Application, Cycle, LinkPurpose
from exchange.services import audit, links, mails
from exchange.services.actor import Actor
from exchange.services.applications import ApplicationDetails


def move(
    session: Session,
    application: Application,
    state: ApplicationState,
    expected_version: int,
    **values: object,
) -> None:
    """Change the state if nobody else has changed the application since."""
    if state not in NEXT_APPLICATION_STATES[application.state]:
        raise Conflict("That decision cannot follow the present state. Look at it again.")
    swap_in(session, application, expected_version, state=state, **values)


def swap_in(
    session: Session, application: Application, expected_version: int, **values: object
) -> None:
    """Write values if the application is still at the version that was looked at.

    Raises
    ------
    Conflict
        When somebody else has changed it since.
    """
    changed = session.connection().execute(
        update(Application)
        .where(
            col(Application.id) == application.id,
            col(Application.version) == expected_version,
            col(Application.state) == application.state,
        )
        .values(version=expected_version + 1, **values)
    )
    if changed.rowcount != 1:
        raise Conflict("Somebody else has just changed this application. Look at it again.")
    session.refresh(application)


def tell(
    session: Session,
    details: ApplicationDetails,
    at: datetime,
    *,
    template: Template = Template.STATE_CHANGED,
) -> None:
    """Write to the owner that something has changed; a row of a file is told nothing."""
    application = details.application
    profile = details.student or details.host
    if profile is None or not profile.email or application.external_id is not None:
        return
    token = links.issue_link(
        session, purpose=LinkPurpose.STATUS, application_id=application.id, at=at
    )
    mails.queue_mail(
        session,
        key=f"state:{application.public_id}:{application.version}",
        recipient=profile.email,
        template=template,
        language=application.language,
        context={"reference": application.reference, "token": token},
        at=at,
        application_id=application.id,
    )


def note(
    session: Session,
    actor: Actor,
    action: str,
    cycle: Cycle,
    application: Application,
    at: datetime,
    facts: Mapping[str, str] | None = None,
) -> None:
    """Put on the trail what became of an application."""
    audit.record(
        session,
        actor,
        action,
        subject_kind="application",
        subject_id=application.public_id,
        programme_id=cycle.programme_id,
        facts=facts,
        at=at,
    )
