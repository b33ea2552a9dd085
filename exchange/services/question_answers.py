"""What people answered to the questions of a programme: kept, shown, exported, matched by."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from sqlmodel import Session, col, delete, select

from exchange.domain.question import ENTRY_FIELDS, AnswerKind, match_word, stored_answer
from exchange.domain.snapshot import HostEntry, StudentEntry
from exchange.errors import Conflict, InvalidInput
from exchange.records import Application, Question, QuestionAnswer
from exchange.services.asked_questions import as_asked, choices_of, list_questions

E = TypeVar("E", StudentEntry, HostEntry)


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """A question with its answer, for whoever may read it: a line each."""

    question: str
    language: str
    answer: tuple[str | date, ...]


def keep_answers(
    session: Session, application: Application, answers: Mapping[str, object], at: datetime
) -> list[str]:
    """Put answers to what is asked now in place of earlier ones; return the codes that changed.

    Answers to questions that are not asked any more stay. One to a question that was taken away
    while the form was open is let go.

    Raises
    ------
    Conflict
        When an answer does not fit its question, because that was changed meanwhile.
    """
    known = list_questions(session, application.cycle_id)
    asked = {
        one.id: one for one in known if one.kind is application.kind and one.retired_at is None
    }
    if not asked:
        return []
    query = select(QuestionAnswer).where(
        QuestionAnswer.application_id == application.id,
        col(QuestionAnswer.question_id).in_(asked),
    )
    before = {asked[row.question_id].code: row.value for row in session.exec(query)}
    try:
        now = {
            one.code: stored_answer(as_asked(one, known), answers[one.code])
            for one in asked.values()
            if one.code in answers
        }
    except InvalidInput as error:
        # The question was changed while the form was open.
        raise Conflict("Some answers have changed. Check them once more.") from error
    changed = sorted(
        code for code in before.keys() | now.keys() if before.get(code) != now.get(code)
    )
    if not changed:
        return []
    gone = [row_id for row_id, one in asked.items() if one.code in changed]
    session.exec(
        delete(QuestionAnswer).where(
            col(QuestionAnswer.application_id) == application.id,
            col(QuestionAnswer.question_id).in_(gone),
        )
    )
    session.add_all(
        QuestionAnswer(
            application_id=application.id, question_id=row_id, value=now[one.code], created_at=at
        )
        for row_id, one in asked.items()
        if one.code in changed and one.code in now
    )
    session.flush()
    return changed


def shown_answers(session: Session, application: Application, reader: str) -> list[ShownAnswer]:
    """Return the answers of one application in the reader's language, in the order of the form."""
    rows = session.exec(
        select(QuestionAnswer).where(QuestionAnswer.application_id == application.id)
    )
    values = {row.question_id: row.value for row in rows}
    if not values:
        return []
    known = list_questions(session, application.cycle_id)
    return [_shown(one, known, values[one.id], reader) for one in known if one.id in values]


def _shown(question: Question, known: Sequence[Question], value: Any, reader: str) -> ShownAnswer:
    asked = as_asked(question, known)
    texts = asked.texts_for(reader)
    language = asked.language_for(reader)
    if isinstance(value, list):
        # Choices that are not offered any more are still told in the words they had.
        source = next((one for one in known if one.id == question.counterpart_id), question)
        words = {one.code: one.label for one in choices_of(source)}
        words.update(texts.choices or {})
        return ShownAnswer(texts.label, language, tuple(words.get(one, str(one)) for one in value))
    if question.answer is AnswerKind.DATE:
        return ShownAnswer(texts.label, language, (date.fromisoformat(value),))
    return ShownAnswer(texts.label, language, tuple(str(value).splitlines()))


def answers_by_application(
    session: Session, questions: Sequence[Question]
) -> dict[int, dict[str, Any]]:
    """Return the answers to questions by the row id of the application, and by code."""
    codes = {one.id: one.code for one in questions}
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    if codes:
        query = select(QuestionAnswer).where(col(QuestionAnswer.question_id).in_(codes))
        for row in session.exec(query):
            found[row.application_id][codes[row.question_id]] = row.value
    return found


@dataclass(frozen=True, slots=True)
class MatchWords:
    """What ticked choices add to the entries of a snapshot, by the row id of the application."""

    by_application: Mapping[int, Mapping[str, tuple[str, ...]]]

    def add_to(self, entry: E, application: Application) -> E:
        """Return the entry with them; codes only, never what somebody typed."""
        added = self.by_application.get(application.id, {})
        if not added:
            return entry
        changes: dict[str, Any] = {}
        for name, codes in added.items():
            changes[name] = getattr(entry, name) + codes
        return replace(entry, **changes)


def match_words(session: Session, cycle_id: int) -> MatchWords:
    """Read what the choices of a cycle add to its snapshot: two statements at most.

    Only questions that are marked for matching count, and only while they are asked.
    """
    known = list_questions(session, cycle_id)
    codes = {one.id: one.code for one in known}
    matched = {one.id: one for one in known if one.match_use is not None and one.retired_at is None}
    found: dict[int, dict[str, set[str]]] = {}
    if matched:
        query = select(QuestionAnswer).where(col(QuestionAnswer.question_id).in_(matched))
        for row in session.exec(query):
            question = matched[row.question_id]
            assert question.match_use is not None
            key = codes[question.counterpart_id or question.id]
            name = ENTRY_FIELDS[question.match_use]
            words = found.setdefault(row.application_id, {}).setdefault(name, set())
            words |= {match_word(key, choice) for choice in _chosen(row.value)}
    return MatchWords(
        {
            application_id: {name: tuple(sorted(words)) for name, words in added.items()}
            for application_id, added in found.items()
        }
    )


def _chosen(value: Any) -> Iterable[str]:
    return value if isinstance(value, list) else ()
