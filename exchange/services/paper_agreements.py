"""What staff do about guardians: write to them again, and note what they have said on paper."""

from datetime import datetime

from sqlmodel import Session

from exchange.domain.cycle import GuardianState
from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput, SafetyRefusal
from exchange.records import Application, Guardian
from exchange.services import consents, guardians
from exchange.services.actor import Actor
from exchange.services.agreements import ENDED, settle
from exchange.services.applications import details_of
from exchange.services.authority import require
from exchange.services.guardians import guardians_of
from exchange.services.impartiality import require_impartial
from exchange.services.locks import hold_cycle
from exchange.translations import Sentence

LEAST_REASON, MOST_REASON = 10, 1000


def record_on_paper(
    session: Session,
    actor: Actor,
    application: Application,
    *,
    guardian: Guardian | None,
    name: str | None,
    agrees: bool,
    reason: str | None,
    at: datetime,
) -> None:
    """Note what a guardian has said outside this service, such as on a signed form.

    Parameters
    ----------
    guardian : Guardian or None
        None for one who was not named before; then `name` says who it is.
    reason : str
        What was seen and where it is kept; 10 to 1,000 characters.

    Raises
    ------
    SafetyRefusal
        When this guardian has said no by their own link: only they can change that. Also when the
        application names the actor.
    """
    cycle = hold_cycle(session, application.cycle_id)
    require(actor, Permission.SCREEN_APPLICATIONS, cycle.programme_id)
    require_impartial(session, actor, details_of(session, application))
    session.refresh(application)
    if not application.needs_guardian:
        raise Conflict("No guardian is needed here.")
    if application.state in ENDED:
        raise Conflict("This application has ended. Nothing more is asked of its guardians.")
    reason, name = (reason or "").strip(), (name or "").strip()
    _check_paper(guardian, name, reason, agrees=agrees)
    if guardian is None:
        guardian = _add_on_paper(session, application, name, reason, at)
    session.refresh(guardian)
    if agrees and guardian.state in (GuardianState.REFUSED, GuardianState.WITHDRAWN):
        raise SafetyRefusal(
            "This guardian has said no. Send them a new link, so that they can decide themselves."
        )
    state = GuardianState.AGREED if agrees else GuardianState.WITHDRAWN
    if guardian.state is state:
        return
    guardian.paper_reason, guardian.recorded_by_id = reason, actor.account_id
    if not agrees:
        consents.end_all(session, actor, application, guardian, at)
    settle(session, actor, application, guardian, state, at, on_paper=True)


def write_again(session: Session, actor: Actor, application: Application, at: datetime) -> None:
    """Write, for the staff, to every guardian who was named and does not agree.

    Raises
    ------
    Conflict
        When nobody is left to write to.
    """
    cycle = hold_cycle(session, application.cycle_id)
    require(actor, Permission.SCREEN_APPLICATIONS, cycle.programme_id)
    session.refresh(application)
    known = guardians_of(session, application)
    waited_for = [one for one in known if one.email and one.state is not GuardianState.AGREED]
    for one in waited_for:
        guardians.resend(session, actor, application, one, at)
    guardians.invite(session, actor, application, at)
    if not waited_for and len(guardians_of(session, application)) == len(known):
        raise Conflict("There is no guardian to write to.")


def _check_paper(guardian: Guardian | None, name: str, reason: str, *, agrees: bool) -> None:
    faults: dict[str, list[str]] = {}
    if guardian is None and not agrees:
        faults["guardian"] = [Sentence("Choose the guardian who no longer agrees")]
    if guardian is None and not name:
        faults["name"] = [Sentence("Enter the name of the guardian")]
    if not LEAST_REASON <= len(reason) <= MOST_REASON:
        faults["reason"] = [
            Sentence("Say in 10 to 1,000 characters what you have seen and where it is kept")
        ]
    if faults:
        raise InvalidInput("Check what you wrote about the guardian.", faults)


def _add_on_paper(
    session: Session, application: Application, name: str, reason: str, at: datetime
) -> Guardian:
    taken = {one.place for one in guardians_of(session, application)}
    places = [place for place in range(1, application.guardians_needed + 1) if place not in taken]
    if not places:
        sentence = Sentence("As many guardians as are needed are named already; choose one of them")
        raise InvalidInput(f"{sentence}.", {"guardian": [sentence]})
    guardian = Guardian(
        application_id=application.id,
        place=places[0],
        name=name,
        paper_reason=reason,
        created_at=at,
    )
    session.add(guardian)
    session.flush()
    return guardian
