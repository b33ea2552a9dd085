"""What a published run means for one applicant: whether there is an offer, never with whom."""

from collections import Counter

from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationState, RunState
from exchange.domain.placement import PlacementState
from exchange.records import MatchRun, Placement
from exchange.services.applications import ApplicationDetails
from exchange.web.i18n import gettext as _
from exchange.web.i18n import ngettext

_WAITING = (PlacementState.OFFERED, PlacementState.ACCEPTED)


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
    found = session.exec(select(Placement.state).where(Placement.run_id == run_id, mine))
    states = Counter(found)
    waiting = sum(states[one] for one in _WAITING)
    settled = states[PlacementState.CONFIRMED]
    if not waiting and states[PlacementState.PROPOSED]:
        return _("The match is being looked over. You hear from the programme’s staff soon.")
    if details.student is not None:
        return _student_sentence(waiting=waiting, settled=settled, was_offered=bool(states))
    return _host_sentence(waiting=waiting, settled=settled, was_offered=bool(states))


def _student_sentence(*, waiting: int, settled: int, was_offered: bool) -> str:
    if settled:
        return _("Your stay is settled. See your offer for what comes next.")
    if waiting:
        return _(
            "A home has been found for you. Read the offer and decide whether you would like to go."
        )
    if was_offered:
        return _("The offer that you had is over. The programme’s staff get in touch with you.")
    return _(
        "No home has been found for you so far, because each that could have had you has too few "
        "places or lacks something that you need. The programme’s staff get in touch with you."
    )


def _host_sentence(*, waiting: int, settled: int, was_offered: bool) -> str:
    if waiting:
        return ngettext(
            "A guest has been found for you. Read the offer and decide whether it suits you.",
            "%(num)d guests have been found for you. Read the offers and decide whether they "
            "suit you.",
            waiting,
        )
    if settled:
        return ngettext(
            "It is settled: a guest comes to you. See your offer for what comes next.",
            "It is settled: %(num)d guests come to you. See your offers for what comes next.",
            settled,
        )
    if was_offered:
        return _("The offer that you had is over. The programme’s staff get in touch with you.")
    return _("No guest has been found for you so far. Thank you for having offered a place.")
