"""Who gets an announcement: the filter of a list, and how far somebody is with a place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from exchange.domain.queues import Queue


class Placing(StrEnum):
    """How far somebody is with a place, as offers say it."""

    UNPLACED = "unplaced"
    """Approved, and without an offer."""
    OFFERED = "offered"
    """With an offer that is not confirmed yet."""
    UNANSWERED = "unanswered"
    """With an offer that they have not answered themselves."""
    PLACED = "placed"
    """With a confirmed placement."""


@dataclass(frozen=True, slots=True)
class Recipients:
    """A filter; what is None lets everything through, but nobody who has left."""

    queue: Queue = field(default_factory=Queue)
    placing: Placing | None = None

    @classmethod
    def from_words(cls, words: Mapping[str, str]) -> "Recipients":
        """Read a filter; a word that means nothing filters nothing."""
        word = words.get("placing")
        placing = next((one for one in Placing if one.value == word), None)
        # An announcement has no order, and is not searched for by a name.
        kept = {name: one for name, one in words.items() if name not in ("search", "order")}
        return cls(Queue.from_words(kept), placing)

    def to_words(self) -> dict[str, str]:
        """Return what `from_words` reads; without what filters nothing."""
        words = self.queue.to_words()
        return words | ({"placing": self.placing.value} if self.placing else {})
