"""What a published run means for one applicant: whether a place was found, never with whom."""

from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationState, RunState
from exchange.records import MatchRun, Placement
from exchange.services.applications import ApplicationDetails
from exchange.web.i18n import gettext as _
from exchange.web.i18n import ngettext


def result_of(session: Session, details: ApplicationDetails) -> str | None:
    """Return the sentence for the applicant; None while nothing is published.

    A placement that waits for a person's review is not spoken of yet.
    """
    application = details.application
    if application.state is not ApplicationState.APPROVED:
        return None
    run_id = session.exec(
        select(MatchRun.id).where(
            MatchRun.cycle_id == application.cycle_id, MatchRun.state == RunState.PUBLISHED
        )
    ).first()
    if run_id is None:
        return None
    mine = (
        col(Placement.student_id) == application.student_id
        if details.student
        else col(Placement.host_id) == application.host_id
    )
    reviewed = session.exec(select(Placement.review).where(Placement.run_id == run_id, mine)).all()
    released = sum(not review for review in reviewed)
    if len(reviewed) > released:
        return _("The match is being looked over. You hear from the programme’s staff soon.")
    if details.student is not None:
        return _student_sentence(is_placed=released > 0)
    return _host_sentence(released)


def _student_sentence(*, is_placed: bool) -> str:
    if is_placed:
        return _(
            "A home has been found for you. The programme’s staff write to you about it, "
            "and you decide whether you would like to go."
        )
    return _(
        "No home has been found for you so far, because each that could have had you has too few "
        "places or lacks something that you need. The programme’s staff get in touch with you."
    )


def _host_sentence(guests: int) -> str:
    if not guests:
        return _("No guest has been found for you so far. Thank you for having offered a place.")
    return ngettext(
        "A guest has been found for you. The programme’s staff write to you about it, "
        "and you decide whether it suits you.",
        "%(num)d guests have been found for you. The programme’s staff write to you about them, "
        "and you decide whether it suits you.",
        guests,
    )
