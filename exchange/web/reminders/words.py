"""Reminders in plain words: what has to be so, from when the days count, and whom it goes to."""

from exchange.domain.reminders import BEFORE, Condition
from exchange.web.i18n import lazy_gettext as _l

CONDITIONS = {
    Condition.DRAFT_UNFINISHED: _l(
        "Before sign-up closes, if a form is not finished: whoever began it"
    ),
    Condition.GUARDIAN_SILENT: _l(
        "After a guardian was asked, if there is no answer: the guardian"
    ),
    Condition.NOT_CORRECTED: _l(
        "After an application was returned, if it was not corrected: whoever sent it"
    ),
    Condition.OFFER_UNANSWERED: _l(
        "Before the time for an offer is over, if there is no answer: whoever has to answer"
    ),
    Condition.CHECK_ENDS: _l("Before the last day of a check, if it was not made again: the host"),
    Condition.REFERENCE_MISSING: _l(
        "After a host has signed up, if a reference was not heard: the host"
    ),
    Condition.STAFF_WAITING: _l(
        "After an application was sent, if nobody has decided: the programme’s address"
    ),
    Condition.STAFF_HOLDS: _l("Before a hold ends, if it is still held: the programme’s address"),
}

SHORTLY = {
    Condition.DRAFT_UNFINISHED: _l("An unfinished form"),
    Condition.GUARDIAN_SILENT: _l("A guardian has not answered"),
    Condition.NOT_CORRECTED: _l("Something was not corrected"),
    Condition.OFFER_UNANSWERED: _l("An offer is not answered"),
    Condition.CHECK_ENDS: _l("A check lapses soon"),
    Condition.REFERENCE_MISSING: _l("A reference is missing"),
    Condition.STAFF_WAITING: _l("Applications wait"),
    Condition.STAFF_HOLDS: _l("Holds are about to end"),
}


def is_before(condition: Condition) -> bool:
    """Whether the days are counted to something that is still to come."""
    return condition in BEFORE
