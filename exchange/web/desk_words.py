"""Words that the coordinator's pages share: states, reasons, terms."""

from exchange.domain.cycle import ApplicationState, RunState
from exchange.web.i18n import lazy_gettext as _l

APPLICATION_STATES = {
    ApplicationState.WAITING: (_l("Waiting for a guardian"), "quiet"),
    ApplicationState.SUBMITTED: (_l("Waiting for a decision"), "accent"),
    ApplicationState.APPROVED: (_l("Approved"), "good"),
    ApplicationState.RETURNED: (_l("Returned"), "warm"),
    ApplicationState.DECLINED: (_l("Declined"), "danger"),
    ApplicationState.WITHDRAWN: (_l("Withdrawn"), "quiet"),
}
"""Words and colour of each state; the words always stand with the colour."""

DECISIONS = {
    "approved": _l("Approved"),
    "returned": _l("Returned to the applicant"),
    "declined": _l("Declined"),
    "withdrawn": _l("Withdrawn"),
}
"""What became of applications lately, in the order in which the desk says it."""

UNPLACED_SHORTLY = {
    "not_screened": _l("not cleared by screening"),
    "no_host_passes": _l("no host passes every rule"),
    "below_min_quality": _l("no host fits well enough"),
    "more_students_than_places": _l("too few places at the hosts that fit"),
    "kept_out_by_limits": _l("kept out by a limit"),
    "search_stopped": _l("the search was stopped"),
}
"""Why a run left students without a place, by the code of the reason."""

RUN_STATES = {
    RunState.QUEUED: (_l("Waiting for a worker"), "accent"),
    RunState.RUNNING: (_l("Working"), "accent"),
    RunState.READY: (_l("Ready"), "good"),
    RunState.PUBLISHED: (_l("Published"), "good"),
    RunState.SUPERSEDED: (_l("Replaced by a later one"), "quiet"),
    RunState.INFEASIBLE: (_l("Rules contradict each other"), "danger"),
    RunState.CANCELLED: (_l("Cancelled"), "quiet"),
    RunState.TIMED_OUT: (_l("Ran out of time"), "warm"),
    RunState.FAILED: (_l("Failed"), "danger"),
}

STAGES = {
    "coverage": _l("Finding a place for as many students as possible"),
    "diversity": _l("Mixing the nations"),
    "fit": _l("Finding the homes that fit best"),
    "saving": _l("Writing down the answer"),
}

TERMS = {
    "languages": _l("Languages"),
    "interests": _l("Interests"),
    "field": _l("Field of study"),
    "age": _l("Age"),
    "household": _l("Household"),
    "wishes": _l("Wishes"),
    "preference": _l("Own ranking"),
    "waiting": _l("Waiting time"),
}

SWITCHED_OFF = {
    "gate:language": _l("shared language"),
    "gate:dates": _l("dates"),
    "gate:needs": _l("needs"),
    "gate:host_gender": _l("gender of the household"),
    "gate:host_gender:household": _l("gender of the household"),
    "gate:host_gender:accepted": _l("genders a host welcomes"),
    "gate:age": _l("age limits"),
    "gate:never": _l("pairs that were ruled out"),
    **{f"term:{name}": words for name, words in TERMS.items()},
}
"""What a run can leave out because nobody was asked about it."""

EXPORTS = {
    "placements": (_l("Placements"), _l("Who is placed with whom, by id, with every term.")),
    "unplaced": (_l("Students without a place"), _l("Each with the reason.")),
    "contacts": (_l("Nations in contact"), _l("Each pair of nations, and how often they meet.")),
    "rooming": (_l("Rooming list"), _l("Who sleeps where, from when to when. Holds names.")),
    "participants": (_l("Students"), _l("Everybody who signed up. Holds names.")),
    "hosts": (_l("Hosts"), _l("Every host who signed up. Holds names.")),
    "waiting-list": (
        _l("Waiting list"),
        _l("Students without a place, the longest waiting first. Holds names."),
    ),
    "mobilities": (
        _l("Outgoing mobilities"),
        _l("Each placement in the columns of Erasmus Without Paper. Holds names."),
    ),
    "relocations": (
        _l("Changes of placement"),
        _l("Who left which home for which, when and why. Holds names."),
    ),
    "run-report": (_l("Report of the run"), _l("Certificate, settings and measures.")),
}
