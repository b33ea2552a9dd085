"""Reminders: of what a rule may remind, whom, when, and at which hours nobody is written to."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

HIGHEST_DAYS = 90
GAP = timedelta(days=2)
"""So long nobody is reminded of the same thing again, whichever rule says so."""


class Condition(StrEnum):
    """What has to be so, still at the moment of sending."""

    DRAFT_UNFINISHED = "draft_unfinished"
    GUARDIAN_SILENT = "guardian_silent"
    NOT_CORRECTED = "not_corrected"
    OFFER_UNANSWERED = "offer_unanswered"
    CHECK_ENDS = "check_ends"
    REFERENCE_MISSING = "reference_missing"
    STAFF_WAITING = "staff_waiting"
    STAFF_HOLDS = "staff_holds"


BEFORE = frozenset(
    {
        Condition.DRAFT_UNFINISHED,
        Condition.OFFER_UNANSWERED,
        Condition.CHECK_ENDS,
        Condition.STAFF_HOLDS,
    }
)
"""Those whose days are counted to something; of the others they are counted from something."""
TO_STAFF = frozenset({Condition.STAFF_WAITING, Condition.STAFF_HOLDS})
"""Those of which staff get one mail with a number, once a day at most."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours, in the programme's zone, at which no reminder goes out; equal ones are none."""

    start: int
    end: int
    zone: str

    def holds(self, at: datetime) -> bool:
        """Say whether a moment lies among them."""
        hour = at.astimezone(ZoneInfo(self.zone)).hour
        if self.start <= self.end:
            return self.start <= hour < self.end
        return hour >= self.start or hour < self.end

    def over_at(self, at: datetime) -> datetime:
        """Return when the quiet hours that a moment lies in are over; the moment itself if none."""
        if not self.holds(at):
            return at
        place = ZoneInfo(self.zone)
        local = at.astimezone(place)
        day = local.date() + timedelta(days=1 if self.start > self.end <= local.hour else 0)
        return datetime.combine(day, time(self.end), tzinfo=place)
