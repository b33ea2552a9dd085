"""What a coordinator writes about a question, and what may be written."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from exchange.domain.cycle import ApplicationKind
from exchange.domain.question import (
    HOST_USES,
    LONGEST_CHOICE,
    LONGEST_HINT,
    LONGEST_LABEL,
    MOST_CHOICES,
    STUDENT_USES,
    AnswerKind,
    Choice,
    MatchUse,
    revise_choices,
)
from exchange.errors import InvalidInput
from exchange.intake.text import clean_text
from exchange.records import Question
from exchange.services.asked_questions import as_asked, choices_of
from exchange.translations import ENGLISH, LANGUAGES, Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a coordinator writes about a question; names are those of the form."""

    label: str
    hint: str | None = None
    language: str = ENGLISH
    choices: Sequence[str | None] = ()
    """What stands in the boxes, in their order; see `revise_choices`."""
    is_required: bool = False
    condition: tuple[str, str] | None = None
    """(code of an earlier question, code of its choice)."""
    lowest: int | None = None
    highest: int | None = None
    match_use: MatchUse | None = None


def checked_columns(
    question: Question,
    wording: Wording,
    *,
    known: Sequence[Question],
    counterpart: Question | None,
) -> dict[str, Any]:
    """Return the values of the columns that a wording sets.

    Parameters
    ----------
    known : sequence of Question
        All questions of the cycle.
    counterpart : Question or None
        The question to hosts whose choices are shared.

    Raises
    ------
    InvalidInput
        With every fault at once.
    """
    faults: dict[str, list[str]] = {}
    label = clean_words(faults, "label", wording.label, LONGEST_LABEL)
    if not label and "label" not in faults:
        faults["label"] = [Sentence("Enter the question")]
    hint = clean_words(faults, "hint", wording.hint, LONGEST_HINT)
    choices: tuple[Choice, ...] = ()
    if question.answer.has_choices and counterpart is None:
        choices = _checked_choices(faults, question, wording)
    low, high = wording.lowest, wording.highest
    if low is not None and high is not None and low > high:
        faults["highest"] = [Sentence("The highest number has to be at least the lowest")]
    before = _condition(faults, question, wording, known)
    if not _may_match(question, wording.match_use, counterpart):
        faults["match_use"] = [Sentence("Choose one of the answers on the page.")]
    if wording.language not in LANGUAGES:
        faults["language"] = [Sentence("Choose one of the answers on the page.")]
    if faults:
        raise InvalidInput("Check what was given for the question.", faults)
    return {
        "label": label,
        "hint": hint,
        "language": wording.language,
        "choices": [asdict(one) for one in choices],
        "is_required": wording.is_required,
        "depends_on_id": None if before is None else before.id,
        "depends_on_choice": wording.condition[1] if before and wording.condition else None,
        "lowest": low,
        "highest": high,
        "match_use": wording.match_use,
    }


def _checked_choices(
    faults: dict[str, list[str]], question: Question, wording: Wording
) -> tuple[Choice, ...]:
    boxes = list(wording.choices)[:MOST_CHOICES]
    cleaned = [
        clean_words(faults, f"choice_{number}", one, LONGEST_CHOICE)
        for number, one in enumerate(boxes, start=1)
    ]
    given = [one for one in cleaned if one]
    if len(given) < (2 if question.answer is AnswerKind.ONE else 1) and not faults:
        faults["choice_1"] = [Sentence("Enter the choices, at least two where one is chosen")]
    for number, one in enumerate(cleaned, start=1):
        if one and one in cleaned[: number - 1]:
            faults[f"choice_{number}"] = [Sentence("This choice is there already")]
    return revise_choices(choices_of(question), cleaned)


def conditions_for(
    known: Sequence[Question], kind: ApplicationKind, before: Question | None
) -> list[Question]:
    """Return what a question may depend on: those with choices that stand before it."""
    return [
        one
        for one in known
        if one.kind is kind
        and one.retired_at is None
        and one.answer.has_choices
        and (before is None or _place(one) < _place(before))
    ]


def _place(question: Question) -> tuple[int, int]:
    return question.position, question.id


def _condition(
    faults: dict[str, list[str]], question: Question, wording: Wording, known: Sequence[Question]
) -> Question | None:
    if wording.condition is None:
        return None
    code, choice = wording.condition
    before = None if question.id is None else question
    for one in conditions_for(known, question.kind, before):
        if one.code == code and choice in as_asked(one, known).offered:
            return one
    faults["condition"] = [Sentence("Choose one of the answers on the page.")]
    return None


def _may_match(question: Question, use: MatchUse | None, counterpart: Question | None) -> bool:
    if question.kind is ApplicationKind.STUDENT:
        if counterpart is None:
            return use is None
        is_fit = counterpart.kind is ApplicationKind.HOST and counterpart.match_use is not None
        return is_fit and use in STUDENT_USES[counterpart.match_use or MatchUse.OFFER]
    return use is None or (question.answer.has_choices and use in HOST_USES)


def clean_words(
    faults: dict[str, list[str]], field: str, typed: str | None, longest: int
) -> str | None:
    try:
        return clean_text(typed or "", longest) or None
    except ValueError as error:
        # The sentence itself, so that it can still be translated.
        faults[field] = [error.args[0]]
        return None
