"""What has happened to an application, what happens next, and when."""

from dataclasses import dataclass
from datetime import datetime

from exchange.domain.cycle import ApplicationState
from exchange.records import Application, Cycle
from exchange.web.i18n import format_day, format_moment
from exchange.web.i18n import gettext as _

_ENDED = frozenset({ApplicationState.DECLINED, ApplicationState.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Milestone:
    """One line: what, when, and whether it lies behind us."""

    what: str
    when: str
    is_past: bool


def milestones(
    application: Application, cycle: Cycle, *, has_result: bool, at: datetime
) -> list[Milestone]:
    """Return the way of an application in order; one that has ended has no next steps."""
    found = [
        Milestone(
            _("You sent your application"),
            format_moment(application.submitted_at, cycle.time_zone),
            is_past=True,
        )
    ]
    if application.state in _ENDED:
        return found
    is_approved = application.state is ApplicationState.APPROVED
    closes = format_moment(cycle.closes_at, cycle.time_zone)
    stay = _(
        "Between %(first)s and %(last)s",
        first=format_day(cycle.stay_from_on),
        last=format_day(cycle.stay_to_on),
    )
    return [
        *found,
        Milestone(
            _("The programme’s staff read it and decide whether it can be matched"),
            _("Done") if is_approved else _("Until the match is made"),
            is_past=is_approved,
        ),
        Milestone(_("Sign-up closes"), closes, is_past=cycle.closes_at <= at),
        Milestone(
            _("The match is made, people look it over, and you hear of it by e-mail"),
            _("Done") if has_result else _("After sign-up has closed"),
            is_past=has_result,
        ),
        Milestone(_("Stays take place"), stay, is_past=cycle.stay_to_on < at.date()),
    ]
