"""The coded words of a profile: levels, genders, needs and offers, interests, fields of study."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Level(StrEnum):
    """CEFR level of a language; `NATIVE` stands above C2."""

    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"
    C1 = "C1"
    C2 = "C2"
    NATIVE = "native"

    @property
    def rank(self) -> int:
        """1 for A1 … 6 for C2, 7 for native."""
        return list(Level).index(self) + 1


UNSTATED_LEVEL = Level.B2
"""Level of a language given without one, unless it is the first such: that one is native."""

LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
"""BCP 47, the part programmes use: language, script, region. Case as written by CLDR."""


@dataclass(frozen=True, slots=True, order=True)
class LanguageSkill:
    """A language that a person speaks, and how well."""

    tag: str
    level: Level


class Gender(StrEnum):
    """Gender as the person states it; an empty answer is None, never a guess."""

    FEMALE = "female"
    MALE = "male"
    NON_BINARY = "non_binary"


class Lifestyle(StrEnum):
    """How a home feels."""

    QUIET = "quiet"
    LIVELY = "lively"


OFFERS: frozenset[str] = frozenset(
    {
        "children",
        "diet:gluten_free",
        "diet:halal",
        "diet:kosher",
        "diet:vegan",
        "diet:vegetarian",
        "garden",
        "internet",
        "own_bathroom",
        "own_room",
        "pets",
        "public_transport",
        "quiet_study",
        "smoking",
        "step_free",
    }
)
"""What a host may state about its home."""

PLACEMENT_KINDS: tuple[str, ...] = ("other_students", "single_adult", "children", "pets")
"""Whom a student may share the home with, and is asked about one by one: another guest at the same
time, one adult who lives alone, children, animals. Who does not say yes is not placed there."""

NEEDS: frozenset[str] = (
    OFFERS | {"no_smoking"} | frozenset(f"no_{kind}" for kind in PLACEMENT_KINDS)
)
"""What a student may need (hard) or wish (soft)."""

INTERESTS: tuple[str, ...] = (
    "animals",
    "art",
    "board_games",
    "books",
    "chess",
    "cooking",
    "cycling",
    "dance",
    "film",
    "football",
    "gardening",
    "hiking",
    "history",
    "languages",
    "music",
    "nature",
    "photography",
    "politics",
    "programming",
    "science",
    "singing",
    "swimming",
    "team_sports",
    "theatre",
    "travel",
    "video_games",
    "volunteering",
    "water_sports",
    "winter_sports",
    "writing",
)

FIELDS: tuple[str, ...] = (
    "00",
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "07",
    "08",
    "09",
    "10",
)
"""Broad fields of ISCED-F 2013 (00 generic, 01 education, 02 arts and humanities, 03 social
sciences, 04 business and law, 05 natural sciences, 06 ICT, 07 engineering, 08 agriculture,
09 health, 10 services). A finer code is cut to its first two digits."""


def is_met(need: str, offers: frozenset[str]) -> bool:
    """Say whether a need (or wish) holds at a host: `no_X` where X is absent, else where listed."""
    if need.startswith("no_"):
        return need.removeprefix("no_") not in offers
    return need in offers


def age_on(birth_on: date, day: date) -> int:
    """Whole years of age on a day; who is born on 29 February ages on 1 March in common years."""
    return day.year - birth_on.year - ((day.month, day.day) < (birth_on.month, birth_on.day))
