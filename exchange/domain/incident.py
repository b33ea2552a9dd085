"""Incidents: somebody needs help, and a safeguarding lead answers, within hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from exchange.domain.contact_schedule import pack_number
from exchange.domain.rule_packs import RulePack


class Reporter(StrEnum):
    """Who asked for help."""

    STUDENT = "student"
    GUARDIAN = "guardian"
    HOST = "host"
    STAFF = "staff"


class IncidentState(StrEnum):
    """How far it is."""

    REPORTED = "reported"
    ACKNOWLEDGED = "acknowledged"
    DECIDED = "decided"


class IncidentOutcome(StrEnum):
    """What a lead has decided."""

    NO_ACTION = "no_action"
    WATCHED = "watched"
    RELOCATION = "relocation"
    """The student is to live elsewhere."""
    AUTHORITY = "authority"
    """Police or another authority was told."""


class EntryKind(StrEnum):
    """What was added to an incident."""

    REPORTED = "reported"
    ACKNOWLEDGED = "acknowledged"
    NOTE = "note"
    NAMED = "named"
    GUARDIAN_NAMED = "guardian_named"
    """It concerns a parent or guardian; they see nothing of incidents anyway."""
    DECIDED = "decided"
    ERASURE_ASKED = "erasure_asked"
    ERASURE_REFUSED = "erasure_refused"
    ERASURE_ALLOWED = "erasure_allowed"


@dataclass(frozen=True, slots=True)
class HelpTimes:
    """How long a lead has."""

    acknowledge: timedelta
    decide: timedelta


def help_times(pack: RulePack) -> HelpTimes:
    """Return the times of a rule pack."""
    return HelpTimes(
        *(
            timedelta(hours=pack_number(pack, "help_answered", f"{name}_hours"))
            for name in ("acknowledge", "decide")
        )
    )


def is_late(due_at: datetime, done_at: datetime | None, at: datetime) -> bool:
    """Say whether something was not done in time, or is not done and its time is over."""
    return (done_at or at) > due_at
