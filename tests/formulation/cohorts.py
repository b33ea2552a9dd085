"""Small cohorts for tests: drawn at random by hypothesis, or built by hand with defaults."""

from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from exchange.domain.attributes import Gender, LanguageSkill, Level, Lifestyle
from exchange.domain.nation import NationPair
from exchange.domain.rules import TERM_WEIGHTS, Rules
from exchange.domain.snapshot import HostEntry, Snapshot, StudentEntry

unhurried = settings(deadline=None, max_examples=60)
"""For properties of small cohorts: a busy machine may take its time over one example."""
NATIONS = ("DE", "FR", "IN", "NA", "PK")
STUDENT_COLUMNS = frozenset(item.name for item in fields(StudentEntry))
HOST_COLUMNS = frozenset(item.name for item in fields(HostEntry))
ALWAYS = frozenset({"id", "nationalities", "nation", "capacity", "cleared"})
STUDENT_IDS = tuple(f"s{number}" for number in range(6))
HOST_IDS = tuple(f"h{number}" for number in range(6))


def _some(values: Any, most: int = 3) -> st.SearchStrategy[Any]:
    return st.lists(st.sampled_from(tuple(values)), max_size=most).map(tuple)


_tags = st.sampled_from(("en", "en-GB", "fr", "zh-Hans", "zh-Hant", "ur"))
_languages = st.lists(
    st.builds(LanguageSkill, _tags, st.sampled_from(tuple(Level))), max_size=3
).map(tuple)
_days = st.none() | st.integers(0, 6).map(lambda day: date(2026, 7, 1) + timedelta(days=day))
_ages = st.none() | st.integers(14, 30)
_lifestyles = st.none() | st.sampled_from(tuple(Lifestyle))
_offers = _some(("pets", "step_free", "children", "diet:halal"))
_wanted = _some(
    (
        "no_pets",
        "pets",
        "step_free",
        "children",
        "no_children",
        "no_single_adult",
        "no_other_students",
        "diet:halal",
    )
)
_interests = _some(("art", "chess", "music", "film", "books"), most=5)
_fields = st.none() | st.sampled_from(("01", "02", "07"))

_student = st.builds(
    StudentEntry,
    id=st.just(""),
    nationalities=st.lists(st.sampled_from(NATIONS), min_size=1, max_size=2, unique=True).map(
        tuple
    ),
    languages=_languages,
    age=_ages,
    gender=st.none() | st.sampled_from(tuple(Gender)),
    interests=_interests,
    field=_fields,
    arrive_on=_days,
    depart_on=_days,
    needs=_wanted,
    wishes=_wanted,
    lifestyle=_lifestyles,
    waiting_since=_days,
    host_gender=_some(Gender),
    ranked_hosts=_some(HOST_IDS, most=4),
    ranked_nations=_some(NATIONS, most=3),
    never=_some(HOST_IDS, most=2),
    cleared=st.sampled_from((True, True, True, False)),
)
_host = st.builds(
    HostEntry,
    id=st.just(""),
    nation=st.sampled_from(NATIONS),
    capacity=st.integers(0, 3),
    languages=_languages,
    available_from=_days,
    available_to=_days,
    offers=_offers,
    interests=_interests,
    field=_fields,
    adults=st.none() | st.integers(1, 2),
    children=st.none() | st.integers(0, 2),
    child_ages=st.lists(st.integers(0, 20), max_size=3).map(tuple),
    household_genders=_some(Gender),
    lifestyle=_lifestyles,
    genders_accepted=_some(Gender),
    min_age=_ages,
    max_age=_ages,
    never=_some(STUDENT_IDS, most=2),
    cleared=st.sampled_from((True, True, True, False)),
)

rules_drawn = st.builds(
    Rules,
    term_weights=st.fixed_dictionaries(
        {name: st.sampled_from((0.0, 0.5, 1.0, 3.0)) for name in TERM_WEIGHTS}
    ),
    working_languages=st.sampled_from(((), ("en",), ("zh-Hant", "fr"))),
    working_level=st.sampled_from(tuple(Level)),
)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Draw a cohort; about a tenth of its optional columns were not asked, and are then empty."""
    students = draw(st.lists(_student, max_size=len(STUDENT_IDS)))
    hosts = draw(st.lists(_host, max_size=len(HOST_IDS)))
    unasked = draw(st.sets(st.sampled_from(sorted(STUDENT_COLUMNS - ALWAYS)), max_size=3))
    unasked_of_hosts = draw(st.sets(st.sampled_from(sorted(HOST_COLUMNS - ALWAYS)), max_size=3))
    return Snapshot(
        students=tuple(
            _blank(replace(entry, id=STUDENT_IDS[row]), unasked)
            for row, entry in enumerate(students)
        ),
        hosts=tuple(
            _blank(replace(entry, id=HOST_IDS[row]), unasked_of_hosts)
            for row, entry in enumerate(hosts)
        ),
        student_columns=STUDENT_COLUMNS - unasked,
        host_columns=HOST_COLUMNS - unasked_of_hosts,
        pairs=(NationPair("DE", "FR", 0.2, 2, 0), NationPair("IN", "PK", 0.6, 2, 4)),
    )


def _blank(entry: Any, names: set[str]) -> Any:
    defaults = {item.name: item.default for item in fields(entry)}
    return replace(entry, **{name: defaults[name] for name in names})


def student(student_id: str = "s1", nation: str = "IN", **attributes: Any) -> StudentEntry:
    """Build a student with nothing but a nation."""
    return StudentEntry(student_id, (nation,), **attributes)


def host(host_id: str = "h1", nation: str = "PK", capacity: int = 1, **more: Any) -> HostEntry:
    """Build a host with nothing but a nation and one place."""
    return HostEntry(host_id, nation, capacity, **more)


def snapshot(*entries: StudentEntry | HostEntry, pairs: tuple[NationPair, ...] = ()) -> Snapshot:
    """Put people into a snapshot for which every column was asked."""
    return Snapshot(
        students=tuple(entry for entry in entries if isinstance(entry, StudentEntry)),
        hosts=tuple(entry for entry in entries if isinstance(entry, HostEntry)),
        student_columns=STUDENT_COLUMNS,
        host_columns=HOST_COLUMNS,
        pairs=pairs,
    )


def large_snapshot(people: int, *, seed: int = 0) -> Snapshot:
    """Build a full cohort of students and hosts, one place each, every column filled."""
    random = np.random.default_rng(seed)
    nations = [f"{first}{second}" for first in "ABCDE" for second in "AEIOU"]
    words = ("pets", "garden", "internet", "own_room", "step_free")
    interests = ("art", "books", "chess", "dance", "film", "music", "nature", "science", "travel")

    def pick(values: Any, most: int) -> tuple[Any, ...]:
        count = int(random.integers(1, most + 1))
        return tuple(values[place] for place in random.choice(len(values), count, replace=False))

    def shared() -> dict[str, Any]:
        tags = pick(("en", "fr", "de", "es", "ar", "hi", "ur"), 3)
        return {
            "languages": tuple(LanguageSkill(tag, pick(tuple(Level)[2:], 1)[0]) for tag in tags),
            "interests": pick(interests, 5),
            "field": pick(("01", "02", "03", "04", "05"), 1)[0],
            "lifestyle": pick(tuple(Lifestyle), 1)[0],
        }

    today = date(2026, 3, 1)
    students = tuple(
        StudentEntry(
            f"s{row:05}",
            pick(nations, 1),
            age=int(random.integers(15, 19)),
            gender=pick(tuple(Gender), 1)[0],
            needs=pick(words, 1) if row % 20 == 0 else (),
            wishes=pick(words, 2),
            waiting_since=today - timedelta(days=int(random.integers(400))),
            ranked_hosts=tuple(f"h{place:05}" for place in random.choice(people, 3)),
            arrive_on=today,
            depart_on=today + timedelta(days=90),
            **shared(),
        )
        for row in range(people)
    )
    hosts = tuple(
        HostEntry(
            f"h{row:05}",
            pick(nations, 1)[0],
            1,
            available_from=today - timedelta(days=int(random.integers(9))),
            available_to=today + timedelta(days=100),
            offers=pick(words, 4),
            child_ages=(int(random.integers(3, 20)),),
            children=1,
            min_age=14,
            max_age=int(random.integers(17, 30)),
            **shared(),
        )
        for row in range(people)
    )
    return snapshot(*students, *hosts)
