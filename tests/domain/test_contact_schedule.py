"""Contact clocks: examples at each edge, and ten thousand calendars against a count day by day."""

import random
from datetime import date, timedelta

import pytest

from exchange.domain.contact_schedule import (
    ClockKind,
    Contact,
    ContactKind,
    Home,
    Side,
    Stage,
    clocks_of,
    next_look_on,
    schedule_of,
)
from exchange.domain.rule_packs import PLAIN, RULE_PACKS, PackName

DAY = timedelta(days=1)
START = date(2027, 9, 1)
YEAR = Home(START, START, date(2028, 6, 15))
PLAIN_TIMES = schedule_of(PLAIN)
US_TIMES = schedule_of(RULE_PACKS[PackName.US_J1])
CALENDARS = 10_000


def _stages(home: Home, contacts: list[Contact], day: date) -> dict[ClockKind, Stage]:
    return {one.kind: one.stage for one in clocks_of(home, contacts, PLAIN_TIMES, day)}


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        (0, Stage.IN_TIME),
        (27, Stage.IN_TIME),
        (28, Stage.REMIND),
        (30, Stage.REMIND),
        (31, Stage.OVERDUE),
        (34, Stage.OVERDUE),
        (35, Stage.ESCALATED),
    ],
)
def test_clocks_remind_are_overdue_and_escalate_on_their_day(days: int, stage: Stage) -> None:
    found = _stages(YEAR, [], START + days * DAY)
    assert found[ClockKind.STUDENT_MONTHLY] is found[ClockKind.HOST_MONTHLY] is stage


def test_only_a_meeting_counts_as_the_first_contact_with_a_student() -> None:
    call = Contact(Side.STUDENT, ContactKind.PHONE, START + 20 * DAY)
    meeting = Contact(Side.STUDENT, ContactKind.IN_PERSON, START + 25 * DAY)
    later = Contact(Side.STUDENT, ContactKind.MESSAGE, START + 50 * DAY)
    day = START + 40 * DAY
    assert _stages(YEAR, [call], day)[ClockKind.STUDENT_MONTHLY] is Stage.ESCALATED
    assert _stages(YEAR, [call, meeting], day)[ClockKind.STUDENT_MONTHLY] is Stage.IN_TIME
    found = _stages(YEAR, [call, meeting, later], START + 79 * DAY)
    assert found[ClockKind.STUDENT_MONTHLY] is Stage.REMIND


def test_nothing_runs_before_the_move_or_after_the_stay() -> None:
    home = Home(START, START + 40 * DAY, START + 90 * DAY)
    assert clocks_of(home, [], PLAIN_TIMES, START + 39 * DAY) == ()
    assert clocks_of(home, [], PLAIN_TIMES, START + 91 * DAY) == ()
    assert len(clocks_of(home, [], PLAIN_TIMES, START + 90 * DAY)) == 3


def test_second_visit_is_by_somebody_else_and_sooner_in_a_welcome_home() -> None:
    own = Contact(Side.HOST, ContactKind.IN_PERSON, START + 10 * DAY, is_independent=False)
    other = Contact(Side.HOST, ContactKind.IN_PERSON, START + 11 * DAY)

    def stage(home: Home, contacts: list[Contact], days: int) -> Stage | None:
        found = clocks_of(home, contacts, US_TIMES, START + days * DAY)
        return next((one.stage for one in found if one.kind is ClockKind.SECOND_VISIT), None)

    assert [stage(YEAR, [own], days) for days in (52, 53, 60, 61, 65)] == [
        Stage.IN_TIME,
        Stage.REMIND,
        Stage.REMIND,
        Stage.OVERDUE,
        Stage.ESCALATED,
    ]
    assert stage(YEAR, [own, other], 61) is None
    welcome = Home(START, START, START + 60 * DAY)
    assert stage(welcome, [own], 31) is Stage.OVERDUE


def test_the_most_overdue_stands_first_and_says_since_when() -> None:
    contacts = [Contact(Side.HOST, ContactKind.PHONE, START + 10 * DAY)]
    first, *_rest = clocks_of(YEAR, contacts, PLAIN_TIMES, START + 45 * DAY)
    assert (first.kind, first.since_on, first.due_on, first.days_over) == (
        ClockKind.STUDENT_MONTHLY,
        START,
        START + 30 * DAY,
        15,
    )


def test_ten_thousand_calendars_have_no_gap_that_goes_unseen() -> None:
    chance = random.Random(5)
    days_late = checked = short = moved = 0
    for number in range(CALENDARS):
        us = number % 3 == 0
        schedule = US_TIMES if us else PLAIN_TIMES
        length = chance.choice((5, 20, 29, 30, 31, 34, 35, 60, 61, 90, 140, 200))
        homes = _homes(chance, length)
        contacts = _contacts(chance, homes, length)
        short += length < 31
        moved += len(homes) > 1
        for index, home in enumerate(homes):
            mine = [one for host, one in contacts if host in (None, index)]
            late = _late_day_by_day(home, mine, us=us)
            last = homes[index + 1].moved_in_on - DAY if index + 1 < len(homes) else home.ends_on
            span = (last - home.moved_in_on).days + 1
            # Every day of the late ones and their neighbours, and some of the rest.
            near = {d + n for days in late.values() for d in days for n in (-1, 0, 1)}
            asked = near | {chance.randrange(span) for _ in range(4)} | {0, span - 1}
            for day in asked & set(range(span)):
                found = clocks_of(home, mine, schedule, home.moved_in_on + day * DAY)
                stages = {one.kind for one in found if one.days_over}
                assert stages == {kind for kind, days in late.items() if day in days}, number
                checked += 1
                days_late += bool(stages)
    assert (short > 1_000, moved > 1_000, days_late > 50_000, checked > 100_000) == (True,) * 4


def test_nothing_needs_anybody_before_the_next_look() -> None:
    chance = random.Random(3)
    looked = 0
    for _ in range(1_000):
        length = chance.choice((20, 31, 90, 200))
        home = Home(START, START + chance.choice((0, 0, 10)) * DAY, START + length * DAY)
        contacts = [one for _host, one in _contacts(chance, [home], length)]
        today = START + chance.randrange(-5, length + 5) * DAY
        known = [one for one in contacts if one.on <= today]
        look = next_look_on(home, known, US_TIMES, today)
        for later in range(60):
            day = today + later * DAY
            found = clocks_of(home, known, US_TIMES, day)
            if any(one.stage is not Stage.IN_TIME for one in found):
                assert look <= day
                looked += 1
                break
    assert looked > 300


def _homes(chance: random.Random, length: int) -> list[Home]:
    ends = START + length * DAY
    moves = sorted({0, *(chance.randrange(1, length) for _ in range(chance.choice((0, 0, 1, 2))))})
    return [Home(START, START + one * DAY, ends) for one in moves]


def _contacts(
    chance: random.Random, homes: list[Home], length: int
) -> list[tuple[int | None, Contact]]:
    """Contacts a little before, in, and after the stay: of the student, or of one of the homes."""
    every = chance.choice((7, 20, 29, 33, 60))
    made: list[tuple[int | None, Contact]] = []
    for day in range(-10, length + 10):
        if chance.randrange(every) == 0:
            kind = chance.choice(list(ContactKind))
            host = chance.choice((None, None, *range(len(homes))))
            side = Side.STUDENT if host is None else Side.HOST
            other = bool(chance.randrange(2))
            made.append((host, Contact(side, kind, START + day * DAY, other)))
    chance.shuffle(made)
    return made


def _late_day_by_day(home: Home, contacts: list[Contact], *, us: bool) -> dict[ClockKind, set[int]]:
    """Walk through the calendar as a person with a tear-off pad does: a count for each clock.

    It knows the rules only as words: 30 days, a term of 120, 60 days for a second visit, 30 in a
    home of at most 60. Days are counted from the move.
    """
    by_day: dict[date, list[Contact]] = {}
    for one in contacts:
        by_day.setdefault(one.on, []).append(one)
    late: dict[ClockKind, set[int]] = {kind: set() for kind in ClockKind}
    student = host = meeting = 0
    was_met = was_visited = False
    most_visit = 30 if (home.ends_on - home.moved_in_on).days <= 60 else 60
    day = home.starts_on
    while day <= home.ends_on:
        lives_here = day >= home.moved_in_on
        today = by_day.get(day, [])
        student += 1
        host, meeting = host + lives_here, meeting + lives_here
        if day == home.starts_on:
            student = 0
        if day == home.moved_in_on:
            host = meeting = 0
        in_person = [one for one in today if one.kind is ContactKind.IN_PERSON]
        was_met = was_met or any(one.side is Side.STUDENT for one in in_person)
        if was_met and any(one.side is Side.STUDENT for one in today):
            student = 0
        if lives_here and any(one.side is Side.HOST for one in today):
            host = 0
        for one in in_person:
            if lives_here and one.side is Side.HOST:
                meeting = 0
                was_visited = was_visited or one.is_independent
        if lives_here:
            number = (day - home.moved_in_on).days
            if student > 30:
                late[ClockKind.STUDENT_MONTHLY].add(number)
            if host > 30:
                late[ClockKind.HOST_MONTHLY].add(number)
            if meeting > 120:
                late[ClockKind.HOST_IN_PERSON].add(number)
            if us and not was_visited and number > most_visit:
                late[ClockKind.SECOND_VISIT].add(number)
        day += DAY
    return late
