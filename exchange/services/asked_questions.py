"""The questions of a cycle as they are asked: in order, with choices and translations."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, bindparam, col, select

from exchange.domain.cycle import ApplicationKind
from exchange.domain.question import Asked, Choice, Texts, complete_texts
from exchange.records import Question
from exchange.translations import LANGUAGES

# Asked by every page of a sign-up, and built once.
_OF_CYCLE = (
    select(Question)
    .where(col(Question.cycle_id) == bindparam("cycle_id"))
    .order_by(col(Question.position), col(Question.id))
)


def list_questions(
    session: Session, cycle_id: int, kind: ApplicationKind | None = None
) -> list[Question]:
    """Return the questions of a cycle in order, those that are not asked any more included."""
    found = session.exec(_OF_CYCLE, params={"cycle_id": cycle_id})
    return [one for one in found if kind is None or one.kind is kind]


def list_asked(session: Session, cycle_id: int, kind: ApplicationKind) -> tuple[Asked, ...]:
    """Return what is asked now, in order: one statement."""
    known = list_questions(session, cycle_id)
    return tuple(
        as_asked(one, known) for one in known if one.kind is kind and one.retired_at is None
    )


def as_asked(question: Question, known: Sequence[Question]) -> Asked:
    """Return a question as it is asked, with its choices wherever they are kept."""
    by_id = {one.id: one for one in known}
    source = by_id.get(question.counterpart_id or 0, question)
    before = by_id.get(question.depends_on_id or 0)
    original = original_texts(question, source)
    others = {
        language: Texts(
            label=own.get("label") or "",
            hint=own.get("hint"),
            choices=_choices_in(source, language, original),
        )
        for language in LANGUAGES
        if language != question.language and (own := question.translations.get(language))
    }
    return Asked(
        code=question.code,
        answer=question.answer,
        language=question.language,
        texts={**complete_texts(original, others), question.language: original},
        is_required=question.is_required,
        condition=None if before is None else (before.code, question.depends_on_choice or ""),
        lowest=question.lowest,
        highest=question.highest,
    )


def original_texts(question: Question, source: Question) -> Texts:
    """Return a question as it was written; `source` is the question that keeps its choices."""
    own = {one.code: one.label for one in choices_of(source) if one.is_offered}
    translated = _choices_in(source, question.language, Texts("", choices=own))
    choices = {code: translated.get(code) or label for code, label in own.items()}
    return Texts(question.label, question.hint, choices)


def _choices_in(source: Question, language: str, like: Texts) -> dict[str, str]:
    if language == source.language:
        return {one.code: one.label for one in choices_of(source) if one.is_offered}
    known: Mapping[str, Any] = source.translations.get(language, {}).get("choices") or {}
    return {code: known[code] for code in like.choices or {} if known.get(code)}


def choices_of(question: Question) -> tuple[Choice, ...]:
    """Return the choices that a question keeps, those included that are not offered any more."""
    return tuple(Choice(**one) for one in question.choices)
