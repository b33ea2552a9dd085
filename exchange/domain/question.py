"""What a programme asks beyond our own forms: kinds of answers, choices with codes, texts.

Answers in free words, numbers and dates are for people. Only a choice that was ticked may be
matched by, and only as a code (`match_word`): what anybody typed never leaves the records.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from exchange.errors import InvalidInput

MOST_QUESTIONS = 30
"""To students, and to hosts; who is asked more does not finish."""
MOST_CHOICES = 12
LONGEST_LABEL = 300
LONGEST_HINT = 500
LONGEST_CHOICE = 100
LONGEST_ANSWER = 2000
HIGHEST_NUMBER = 999_999_999
LONGEST_CODE = 40


class AnswerKind(StrEnum):
    """How a question is answered."""

    TEXT = "text"
    ONE = "one"
    """One of its choices."""
    SOME = "some"
    """Any number of its choices."""
    NUMBER = "number"
    DATE = "date"

    @property
    def has_choices(self) -> bool:
        """Whether it is answered by choices."""
        return self in (AnswerKind.ONE, AnswerKind.SOME)


class MatchUse(StrEnum):
    """What the choices of a question are to the match."""

    NEED = "need"
    """A hard need of the student: the home must offer it."""
    WISH = "wish"
    """A wish of the student, which counts and may stay unmet."""
    INTEREST = "interest"
    """Something that students and hosts may have in common."""
    OFFER = "offer"
    """What a home offers."""


HOST_USES = (MatchUse.OFFER, MatchUse.INTEREST)
STUDENT_USES: Mapping[MatchUse, tuple[MatchUse, ...]] = {
    MatchUse.OFFER: (MatchUse.NEED, MatchUse.WISH),
    MatchUse.INTEREST: (MatchUse.INTEREST,),
}
"""What a question to students may be, by what the question to hosts is whose choices it shares."""

ENTRY_FIELDS: Mapping[MatchUse, str] = {
    MatchUse.NEED: "needs",
    MatchUse.WISH: "wishes",
    MatchUse.INTEREST: "interests",
    MatchUse.OFFER: "offers",
}
"""The attribute of a snapshot's entry that the choices are added to; gates and terms read it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that is offered; its code stays whatever becomes of its words."""

    code: str
    label: str
    is_offered: bool = True


@dataclass(frozen=True, slots=True)
class Texts:
    """A question in one language."""

    label: str
    hint: str | None = None
    choices: Mapping[str, str] | None = None
    """Words by the code of the choice."""

    def covers(self, like: "Texts") -> bool:
        """Whether nothing of another language is missing here."""
        known = self.choices or {}
        return (
            bool(self.label)
            and (like.hint is None or bool(self.hint))
            and all(known.get(code) for code in like.choices or {})
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as it is asked now."""

    code: str
    answer: AnswerKind
    language: str
    texts: Mapping[str, Texts]
    """By language; one that lacks a part is not there, since half a translation misleads."""
    is_required: bool = False
    condition: tuple[str, str] | None = None
    """(question, choice): required where that earlier question has this answer."""
    lowest: int | None = None
    highest: int | None = None

    def language_for(self, reader: str) -> str:
        """Return the language to show: the reader's, else the one it was written in."""
        return reader if reader in self.texts else self.language

    def texts_for(self, reader: str) -> Texts:
        """Return its words for a reader."""
        return self.texts[self.language_for(reader)]

    @property
    def offered(self) -> tuple[str, ...]:
        """The codes of its choices, in order."""
        return tuple(self.texts[self.language].choices or {})


def complete_texts(original: Texts, others: Mapping[str, Texts]) -> dict[str, Texts]:
    """Return the translations that lack nothing."""
    return {language: texts for language, texts in others.items() if texts.covers(original)}


def code_for(label: str, taken: Collection[str], otherwise: str) -> str:
    """Make a code from words, for files and snapshots; unlike any that is taken.

    Letters of other scripts give none: the code is then `otherwise` with a number.
    """
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "_", plain)[:LONGEST_CODE].strip("_")
    if base and base not in taken:
        return base
    stem = base[: LONGEST_CODE - 4].strip("_") or otherwise
    numbers = (f"{stem}_{number}" for number in range(2 if base else 1, len(taken) + 3))
    return next(code for code in numbers if code not in taken)


def revise_choices(before: Sequence[Choice], labels: Sequence[str | None]) -> tuple[Choice, ...]:
    """Put new words into the boxes in which the choices stood.

    Parameters
    ----------
    before : sequence of Choice
        As stored.
    labels : sequence of str or None
        The boxes in order: first those of the choices that are offered, then new ones. A choice
        whose box is empty is not offered any more; answers keep its code and its words.
    """
    offered = [one for one in before if one.is_offered]
    gone = [one for one in before if not one.is_offered]
    boxes = [*labels, *[None] * (len(offered) - len(labels))]
    kept: list[Choice] = []
    for one, label in zip(offered, boxes, strict=False):
        if label:
            kept.append(Choice(one.code, label))
        else:
            gone.append(Choice(one.code, one.label, is_offered=False))
    for label in boxes[len(offered) :]:
        if label:
            taken = {one.code for one in (*before, *kept)}
            kept.append(Choice(code_for(label, taken, "choice"), label))
    return (*kept, *gone)


def match_word(question: str, choice: str) -> str:
    """Return the code by which a match knows a choice; that of hosts and students is the same."""
    return f"q:{question}:{choice}"


def stored_answer(asked: Asked, value: object) -> Any:
    """Return an answer as JSON keeps it.

    Raises
    ------
    InvalidInput
        When it is no answer to this question; the fault stands under the code of the question.
    """
    kind = asked.answer
    if kind is AnswerKind.TEXT and isinstance(value, str) and len(value) <= LONGEST_ANSWER:
        return value
    if kind is AnswerKind.NUMBER and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind is AnswerKind.DATE and isinstance(value, date):
        return value.isoformat()
    if kind is AnswerKind.ONE and value in asked.offered:
        return [value]
    if kind is AnswerKind.SOME and isinstance(value, list) and set(value) <= set(asked.offered):
        return value
    sentence = "This is no answer to the question."
    raise InvalidInput(sentence, {asked.code: [sentence]}, question=asked.code)
