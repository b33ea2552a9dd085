"""When somebody has to speak with a student and with a host during a stay, by the rule pack.

A clock runs from a day: the last contact that counts, or the day on which it began. It is pure:
the same contacts and the same day give the same answer. Lists look for what *may* be late in the
database and ask here; nothing else decides it.

A student is spoken with every month, the first time in person: until then no call or message
counts. A host is spoken with every month too, and met in person once in a term. Where the pack
says so, the home is visited soon after the guest has moved in, by somebody who did not judge it
before. When a student changes host the new home's clocks begin, and the student's run on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from exchange.domain.rule_packs import RulePack


class Side(StrEnum):
    """With whom somebody spoke."""

    STUDENT = "student"
    HOST = "host"


class ContactKind(StrEnum):
    """How."""

    IN_PERSON = "in_person"
    VIDEO = "video"
    PHONE = "phone"
    MESSAGE = "message"


class ContactOutcome(StrEnum):
    """What came of it."""

    ALL_WELL = "all_well"
    WATCH = "watch"
    """Nothing is wrong, but somebody should ask again soon."""
    ACT = "act"
    """Something has to be done."""
    NOT_HELD = "not_held"
    """Corrects an entry: this contact did not take place, so it counts for nothing."""


class ClockKind(StrEnum):
    """What is to happen in time."""

    STUDENT_MONTHLY = "student_monthly"
    HOST_MONTHLY = "host_monthly"
    HOST_IN_PERSON = "host_in_person"
    SECOND_VISIT = "second_visit"

    @property
    def side(self) -> Side:
        """With whom."""
        return Side.STUDENT if self is ClockKind.STUDENT_MONTHLY else Side.HOST


class Stage(StrEnum):
    """How a clock stands on a day."""

    IN_TIME = "in_time"
    REMIND = "remind"
    OVERDUE = "overdue"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True)
class Times:
    """Days after the last contact on which somebody is reminded, is late, and a lead is told."""

    remind: int
    overdue: int
    escalate: int

    def stage(self, days: int) -> Stage:
        """Return how a clock stands that began so many days ago."""
        if days >= self.escalate:
            return Stage.ESCALATED
        if days >= self.overdue:
            return Stage.OVERDUE
        return Stage.REMIND if days >= self.remind else Stage.IN_TIME


@dataclass(frozen=True, slots=True)
class Schedule:
    """The times of a rule pack; None where it does not ask for that."""

    student: Times
    host: Times
    host_in_person: Times
    second_visit: Times | None = None
    second_visit_short: Times | None = None
    short_home_days: int = 0
    """A home for at most so many days is a welcome home, which is visited sooner."""

    @property
    def first_reminder(self) -> int:
        """The fewest days after which any clock needs somebody."""
        several = (self.student, self.host, self.host_in_person)
        visits = (self.second_visit, self.second_visit_short)
        return min(one.remind for one in (*several, *visits) if one is not None)


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody spoke with one side on a day.

    Attributes
    ----------
    is_independent : bool
        Whoever did it has not judged the home before the stay.
    """

    side: Side
    kind: ContactKind
    on: date
    is_independent: bool = True


@dataclass(frozen=True, slots=True)
class Home:
    """The days of a stay, and from when on the student lives with this host."""

    starts_on: date
    moved_in_on: date
    ends_on: date

    @property
    def days(self) -> int:
        """How long the student lives there."""
        return (self.ends_on - self.moved_in_on).days


@dataclass(frozen=True, slots=True)
class Clock:
    """How one clock stands on a day.

    Attributes
    ----------
    since_on : date
        The day it runs from.
    remind_on : date
        The first day on which it needs somebody.
    due_on : date
        The last day in time.
    days_over : int
        Days since then; 0 while there is time.
    """

    kind: ClockKind
    since_on: date
    remind_on: date
    due_on: date
    stage: Stage
    days_over: int


def schedule_of(pack: RulePack) -> Schedule:
    """Return the times that a rule pack asks for."""
    visit = pack.find("second_visit")
    return Schedule(
        student=_times(pack, "contact_student"),
        host=_times(pack, "contact_host"),
        host_in_person=_times(pack, "contact_host_in_person"),
        second_visit=_times(pack, "second_visit") if visit else None,
        second_visit_short=_times(pack, "second_visit_welcome") if visit else None,
        short_home_days=pack_number(pack, "second_visit_welcome", "home_days") if visit else 0,
    )


def pack_number(pack: RulePack, rule_id: str, name: str) -> int:
    """Return a number of a rule that every pack, or this one, is known to have."""
    rule = pack.find(rule_id)
    assert rule is not None, rule_id
    return rule.numbers[name]


def _times(pack: RulePack, rule_id: str) -> Times:
    return Times(
        *(pack_number(pack, rule_id, f"{name}_day") for name in ("remind", "overdue", "escalate"))
    )


def clocks_of(
    home: Home, contacts: Iterable[Contact], schedule: Schedule, today: date
) -> tuple[Clock, ...]:
    """Return the clocks that run on a day, the most overdue first.

    Parameters
    ----------
    home : Home
    contacts : iterable of Contact
        Of the student, with whichever host, and of this host; later ones than today, and those
        before the student came, count for nothing.
    today : date
        On days on which the student does not live there nothing runs.
    """
    if not home.moved_in_on <= today <= home.ends_on:
        return ()
    known = [one for one in contacts if home.starts_on <= one.on <= today]
    of_student = [one for one in known if one.side is Side.STUDENT]
    of_host = [one for one in known if one.side is Side.HOST and one.on >= home.moved_in_on]
    met = [one.on for one in of_host if one.kind is ContactKind.IN_PERSON]
    found = [
        _clock(ClockKind.STUDENT_MONTHLY, _student_base(home, of_student), schedule.student, today),
        _clock(
            ClockKind.HOST_MONTHLY,
            max((one.on for one in of_host), default=home.moved_in_on),
            schedule.host,
            today,
        ),
        _clock(
            ClockKind.HOST_IN_PERSON,
            max(met, default=home.moved_in_on),
            schedule.host_in_person,
            today,
        ),
    ]
    visit = schedule.second_visit
    if visit is not None and not _was_visited(of_host):
        if home.days <= schedule.short_home_days and schedule.second_visit_short is not None:
            visit = schedule.second_visit_short
        found.append(_clock(ClockKind.SECOND_VISIT, home.moved_in_on, visit, today))
    return tuple(sorted(found, key=urgency))


def next_look_on(home: Home, contacts: Iterable[Contact], schedule: Schedule, today: date) -> date:
    """Return the first day on which a clock can need somebody, if nobody notes anything before.

    It may be today or before. Contacts only set clocks forward, so until one of these is
    corrected nothing is due any sooner.
    """
    if today > home.ends_on:
        return date.max
    if today < home.moved_in_on:
        return home.moved_in_on
    clocks = clocks_of(home, contacts, schedule, today)
    return min(one.remind_on for one in clocks)


def urgency(clock: Clock) -> tuple[date, str]:
    """Order clocks: whatever was due first comes first."""
    return clock.due_on, clock.kind.value


def _student_base(home: Home, contacts: Sequence[Contact]) -> date:
    """Nothing counts before somebody has met the student."""
    first = min((one.on for one in contacts if one.kind is ContactKind.IN_PERSON), default=None)
    if first is None:
        return home.starts_on
    return max(one.on for one in contacts if one.on >= first)


def _was_visited(of_host: Sequence[Contact]) -> bool:
    return any(one.kind is ContactKind.IN_PERSON and one.is_independent for one in of_host)


def _clock(kind: ClockKind, since: date, times: Times, today: date) -> Clock:
    due = since + timedelta(days=times.overdue - 1)
    return Clock(
        kind=kind,
        since_on=since,
        remind_on=since + timedelta(days=times.remind),
        due_on=due,
        stage=times.stage((today - since).days),
        days_over=max(0, (today - due).days),
    )
