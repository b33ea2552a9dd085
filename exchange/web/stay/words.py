"""Words of contacts and of the clocks that ask for them."""

from exchange.domain.contact_schedule import ClockKind, ContactKind, ContactOutcome, Side, Stage
from exchange.web.i18n import lazy_gettext as _l

KINDS = {
    ContactKind.IN_PERSON: _l("In person"),
    ContactKind.VIDEO: _l("By video"),
    ContactKind.PHONE: _l("By telephone"),
    ContactKind.MESSAGE: _l("By message"),
}
OUTCOMES = {
    ContactOutcome.ALL_WELL: (_l("All is well"), "good"),
    ContactOutcome.WATCH: (_l("Ask again soon"), "warm"),
    ContactOutcome.ACT: (_l("Something has to be done"), "danger"),
    ContactOutcome.NOT_HELD: (_l("It did not take place"), "quiet"),
}
SIDES = {Side.STUDENT: _l("With the student"), Side.HOST: _l("With the host")}
CLOCKS = {
    ClockKind.STUDENT_MONTHLY: _l("Speak with the student"),
    ClockKind.HOST_MONTHLY: _l("Speak with the host"),
    ClockKind.HOST_IN_PERSON: _l("Meet the host in person"),
    ClockKind.SECOND_VISIT: _l("Visit the home, by somebody who did not judge it before"),
}
STAGES = {
    Stage.IN_TIME: (_l("In time"), "good"),
    Stage.REMIND: (_l("Due soon"), "warm"),
    Stage.OVERDUE: (_l("Overdue"), "danger"),
    Stage.ESCALATED: (_l("Overdue, a lead was told"), "danger"),
}
SHOWN = {
    "overdue": _l("Overdue"),
    "soon": _l("Due soon"),
    "mine": _l("Those I look after"),
}
"""What the list can be narrowed to."""
