"""What a list of applications holds, and in which order: the words of a filter, and how it is kept.

A filter travels as plain words in the address of a page, and is saved as the same words.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.nation import NATIONS

LONGEST_SEARCH = 100
LONGEST_KEY = 700
CHECK_ENDS_WITHIN = timedelta(days=30)
LONG_WAIT = timedelta(days=14)

E = TypeVar("E", bound=StrEnum)


class Attention(StrEnum):
    """Why somebody should look at an application."""

    UNTOUCHED = "untouched"
    """Waiting for a decision, and nobody has judged any section."""
    ANSWERED = "answered"
    """A section that was returned is open again: the applicant has answered."""
    SECOND_APPROVAL = "second_approval"
    """A colleague approved a section that a rule wants approved twice."""
    CHECK_ENDS = "check_ends"
    """The latest of its checks of a kind lapses within `CHECK_ENDS_WITHIN`, or has lapsed."""
    LONG_WAIT = "long_wait"
    """Waiting for a decision for longer than `LONG_WAIT`."""


class Order(StrEnum):
    """Which application stands first."""

    LATEST = "latest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class Queue:
    """A filter: what is None lets everything through."""

    kind: ApplicationKind | None = None
    state: ApplicationState | None = None
    attention: Attention | None = None
    nation: str | None = None
    search: str = ""
    order: Order = Order.LATEST

    @classmethod
    def from_words(cls, words: Mapping[str, str]) -> "Queue":
        """Read a filter; a word that means nothing filters nothing."""
        nation = words.get("nation", "")
        return cls(
            kind=_member(ApplicationKind, words.get("kind")),
            state=_member(ApplicationState, words.get("state")),
            attention=_member(Attention, words.get("attention")),
            nation=nation if nation in NATIONS else None,
            search=words.get("search", "").strip()[:LONGEST_SEARCH],
            order=_member(Order, words.get("order")) or Order.LATEST,
        )

    def to_words(self) -> dict[str, str]:
        """Return what `from_words` reads; without what filters nothing."""
        words = {
            "kind": self.kind,
            "state": self.state,
            "attention": self.attention,
            "nation": self.nation,
            "search": self.search,
            "order": self.order if self.order is not Order.LATEST else None,
        }
        return {name: str(word) for name, word in words.items() if word}


def search_key(*names: str | None) -> str:
    """Return names so that case and marks count for nothing, as they are searched."""
    plain = unicodedata.normalize("NFKD", " ".join(name for name in names if name)).casefold()
    plain = unicodedata.normalize("NFKD", plain)
    return "".join(one for one in plain if not unicodedata.combining(one))[:LONGEST_KEY]


def born_at_latest(age: int, on: date) -> date:
    """Return the last birth date of those who have an age on a day.

    Who was born on 29 February has the age on 1 March of a year without that day.
    """
    try:
        return on.replace(year=on.year - age)
    except ValueError:
        return date(on.year - age, 2, 28)


def _member(kind: type[E], word: str | None) -> E | None:
    return next((one for one in kind if one.value == word), None)
