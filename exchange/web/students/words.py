"""Words of how far a student is."""

from exchange.domain.progress import DayKind, Missing
from exchange.web.i18n import lazy_gettext as _l

MISSING = {
    Missing.GUARDIAN: _l("The agreement of a parent or guardian"),
    Missing.CORRECTION: _l("Answers that were sent back to the student"),
    Missing.DECISION: _l("The programme’s decision about the application"),
    Missing.PLACE: _l("A place with a host"),
    Missing.STUDENT_ANSWER: _l("The student’s answer to the offer"),
    Missing.GUARDIAN_ANSWER: _l("The guardian’s answer to the offer"),
    Missing.HOST_ANSWER: _l("The host’s answer to the offer"),
    Missing.AGREEMENTS: _l("Agreements that this placement needs"),
}

DAYS = {
    DayKind.ANSWER_UNTIL: _l("Answer until"),
    DayKind.ARRIVES: _l("Arrives"),
    DayKind.LEAVES: _l("Leaves"),
}

PLACES = {
    "offered": (_l("Offered, waiting for answers"), "accent"),
    "accepted": (_l("Accepted, agreements missing"), "warm"),
    "confirmed": (_l("Confirmed"), "good"),
}
"""States of a placement that both sides have heard of."""

AGES = {
    "under 14": _l("Under 14 when the stay begins"),
    "14-15": _l("14 or 15 when the stay begins"),
    "16-17": _l("16 or 17 when the stay begins"),
    "18+": _l("18 or older when the stay begins"),
}
"""Age bands, for whoever does not read a date of birth."""
