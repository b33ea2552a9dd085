"""Each gate: what opens it, what closes it, and what an empty cell does."""

from datetime import date

import pytest

from exchange.domain.attributes import Gender, LanguageSkill, Level
from exchange.domain.eligibility import GATE_TEXTS, Gate, active_gates, closed_gates
from exchange.domain.rules import Rules
from exchange.domain.snapshot import HostEntry, StudentEntry

ALL = frozenset(Gate)
OPEN = ALL - {Gate.LANGUAGE}
ENGLISH = (LanguageSkill("en", Level.B1),)


def student(**attributes: object) -> StudentEntry:
    return StudentEntry("s1", ("IN", "GB"), **attributes)  # type: ignore[arg-type]


def host(nation: str = "PK", **attributes: object) -> HostEntry:
    return HostEntry("h1", nation, **{"capacity": 1, **attributes})  # type: ignore[arg-type]


def test_closed_gates_of_empty_profiles_is_language_only() -> None:
    assert closed_gates(student(), host(), Rules(), ALL) == (Gate.LANGUAGE,)
    assert closed_gates(student(), host(), Rules(), OPEN) == ()


@pytest.mark.parametrize("nation", ["IN", "GB"])
def test_nation_of_any_own_nationality_closes(nation: str) -> None:
    assert closed_gates(student(), host(nation), Rules(), OPEN) == (Gate.NATION,)


@pytest.mark.parametrize(
    ("spoken", "rules", "is_open"),
    [
        (("en-GB", Level.B1), Rules(), True),
        (("en", Level.A2), Rules(), False),
        (("fr", Level.NATIVE), Rules(), False),
        (("en", Level.B1), Rules(working_languages=("fr",)), False),
        (("en", Level.B1), Rules(working_languages=("en-US",)), True),
        (("en", Level.C2), Rules(working_level=Level.B2), False),
    ],
)
def test_language_at_the_working_level_opens(
    spoken: tuple[str, Level], rules: Rules, is_open: bool
) -> None:
    other = host(languages=(LanguageSkill(*spoken),))
    closed = closed_gates(student(languages=ENGLISH), other, rules, ALL)
    assert closed == (() if is_open else (Gate.LANGUAGE,))


@pytest.mark.parametrize(
    ("arrive", "depart", "is_open"),
    [
        (2, 8, True),
        (1, 9, True),
        (None, None, True),
        (1, None, True),
        (None, 9, True),
        (0, 5, False),
        (5, 10, False),
        (10, None, False),
        (None, 0, False),
    ],
)
def test_dates_outside_availability_close(
    arrive: int | None, depart: int | None, is_open: bool
) -> None:
    first = date(2026, 7, 1).toordinal()
    stay = [None if day is None else date.fromordinal(first + day) for day in (arrive, depart)]
    other = host(
        available_from=date.fromordinal(first + 1), available_to=date.fromordinal(first + 9)
    )
    closed = closed_gates(student(arrive_on=stay[0], depart_on=stay[1]), other, Rules(), OPEN)
    assert closed == (() if is_open else (Gate.DATES,))


@pytest.mark.parametrize(
    ("needs", "attributes", "is_open"),
    [
        (("no_pets",), {}, True),
        (("no_pets",), {"offers": ("pets",)}, False),
        (("step_free",), {"offers": ("step_free", "pets")}, True),
        (("step_free",), {"offers": ("pets",)}, False),
        # Nobody may be sent where a hard need is merely not denied.
        (("step_free",), {}, False),
        (("no_children",), {"children": 1}, False),
        (("children",), {"child_ages": (7,)}, True),
        (("no_single_adult",), {"adults": 1}, False),
        (("no_single_adult",), {"adults": 1, "child_ages": (7,)}, True),
        (("no_single_adult",), {"adults": 2}, True),
        # An institution states no adults, and is nobody's home.
        (("no_single_adult",), {}, True),
        (("no_other_students",), {"capacity": 2}, False),
        (("no_other_students",), {"capacity": 1}, True),
    ],
)
def test_needs_against_offers(
    needs: tuple[str, ...], attributes: dict[str, object], is_open: bool
) -> None:
    closed = closed_gates(student(needs=needs), host(**attributes), Rules(), OPEN)  # type: ignore[arg-type]
    assert closed == (() if is_open else (Gate.NEEDS,))


@pytest.mark.parametrize(
    ("one", "other", "is_open"),
    [
        ({"host_gender": (Gender.FEMALE,)}, {"household_genders": (Gender.FEMALE,)}, True),
        ({"host_gender": (Gender.FEMALE,)}, {"household_genders": tuple(Gender)[:2]}, False),
        ({"host_gender": (Gender.FEMALE,)}, {}, True),
        ({"gender": Gender.MALE}, {"genders_accepted": (Gender.FEMALE,)}, False),
        ({"gender": Gender.FEMALE}, {"genders_accepted": (Gender.FEMALE,)}, True),
        ({}, {"genders_accepted": (Gender.FEMALE,)}, True),
    ],
)
def test_genders_of_both_sides(
    one: dict[str, object], other: dict[str, object], is_open: bool
) -> None:
    closed = closed_gates(student(**one), host(**other), Rules(), OPEN)  # type: ignore[arg-type]
    assert closed == (() if is_open else (Gate.HOST_GENDER,))


@pytest.mark.parametrize(("age", "is_open"), [(14, False), (15, True), (18, True), (19, False)])
def test_age_within_limits_opens(age: int, is_open: bool) -> None:
    closed = closed_gates(student(age=age), host(min_age=15, max_age=18), Rules(), OPEN)
    assert closed == (() if is_open else (Gate.AGE,))


def test_never_and_screening_close_from_either_side() -> None:
    assert closed_gates(student(never=("h1",)), host(), Rules(), OPEN) == (Gate.NEVER,)
    assert closed_gates(student(), host(never=("s1",)), Rules(), OPEN) == (Gate.NEVER,)
    assert closed_gates(student(cleared=False), host(), Rules(), OPEN) == (Gate.SCREENING,)
    assert closed_gates(student(), host(cleared=False), Rules(), OPEN) == (Gate.SCREENING,)


def test_active_gates_with_required_columns_only_are_nation_and_screening() -> None:
    on = active_gates(frozenset({"id", "nationalities"}), frozenset({"id", "nation", "capacity"}))
    assert on == {Gate.NATION, Gate.SCREENING}


def test_active_gates_need_a_column_on_each_side() -> None:
    assert Gate.LANGUAGE not in active_gates(frozenset({"languages"}), frozenset())
    assert Gate.LANGUAGE in active_gates(frozenset({"languages"}), frozenset({"languages"}))
    assert Gate.DATES in active_gates(frozenset({"arrive_on"}), frozenset({"available_to"}))
    assert Gate.NEVER in active_gates(frozenset({"never"}), frozenset())


def test_gate_texts_cover_every_gate() -> None:
    assert set(GATE_TEXTS) == set(Gate)
