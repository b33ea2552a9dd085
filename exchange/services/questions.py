"""The questions of a cycle: added, edited, put in order, translated, and taken away again."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlmodel import Session, col, func, or_, select, update

from exchange.domain.cycle import ApplicationKind
from exchange.domain.question import (
    LONGEST_CHOICE,
    LONGEST_HINT,
    LONGEST_LABEL,
    MOST_QUESTIONS,
    AnswerKind,
    MatchUse,
    Texts,
    code_for,
)
from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.records import Cycle, Question, QuestionAnswer
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.asked_questions import choices_of, list_questions
from exchange.services.authority import require
from exchange.services.locks import hold_cycle
from exchange.services.question_wording import Wording, checked_columns, clean_words
from exchange.translations import LANGUAGES, Sentence


def get_question(session: Session, actor: Actor, public_id: str) -> tuple[Question, Cycle]:
    """Return a question that the actor may change, with its cycle; NotFound for any other."""
    found = session.exec(
        select(Question, Cycle)
        .join(Cycle, col(Cycle.id) == col(Question.cycle_id))
        .where(Question.public_id == public_id)
    ).one_or_none()
    if found is None:
        raise NotFound("There is nothing at this address.")
    require(actor, Permission.MANAGE_CYCLES, found[1].programme_id)
    return found[0], found[1]


def add_question(
    session: Session,
    actor: Actor,
    cycle: Cycle,
    *,
    kind: ApplicationKind,
    answer: AnswerKind,
    wording: Wording,
    at: datetime,
    counterpart: Question | None = None,
) -> Question:
    """Ask something more, after all other questions.

    Parameters
    ----------
    counterpart : Question, optional
        The question to hosts whose choices one to students shares, to be matched by.

    Raises
    ------
    InvalidInput
        With what is wrong in which field.
    Conflict
        When enough is asked already.
    """
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    hold_cycle(session, cycle.id)
    everything = list_questions(session, cycle.id)
    known = [one for one in everything if one.kind is kind]
    if sum(one.retired_at is None for one in known) >= MOST_QUESTIONS:
        raise Conflict("This form has enough questions. Remove one before you add another.")
    question = Question(
        cycle_id=cycle.id,
        kind=kind,
        answer=answer_kind(answer, counterpart),
        code="",
        position=max((one.position for one in known), default=0) + 1,
        label="",
        counterpart_id=None if counterpart is None else counterpart.id,
        created_at=at,
    )
    values = checked_columns(question, wording, known=everything, counterpart=counterpart)
    taken = {one.code for one in known}
    question.sqlmodel_update({**values, "code": code_for(values["label"], taken, "question")})
    session.add(question)
    session.flush()
    _tell(session, actor, "question:add", question, cycle, at)
    return question


def answer_kind(answer: AnswerKind, counterpart: Question | None) -> AnswerKind:
    """Return how a question is answered; what homes offer, students tick."""
    if counterpart is None:
        return answer
    is_offer = counterpart.match_use is MatchUse.OFFER
    return AnswerKind.SOME if is_offer else counterpart.answer


def edit_question(
    session: Session,
    actor: Actor,
    question: Question,
    wording: Wording,
    *,
    expected_version: int,
    at: datetime,
) -> None:
    """Change how a question is put; how it is answered stays, and so do all codes.

    Raises
    ------
    InvalidInput
        With what is wrong in which field.
    Conflict
        When somebody else has changed it since version `expected_version`.
    """
    cycle = _held(session, actor, question)
    known = list_questions(session, cycle.id)
    counterpart = next((one for one in known if one.id == question.counterpart_id), None)
    values = checked_columns(question, wording, known=known, counterpart=counterpart)
    if values["match_use"] is not question.match_use and _referring(known, question, matched=True):
        sentence = Sentence("A question to students shares these choices. Remove that one first")
        raise InvalidInput(f"{sentence}.", {"match_use": [sentence]})
    _swap(session, question, expected_version, **values)
    _tell(session, actor, "question:edit", question, cycle, at)


def translate_question(
    session: Session,
    actor: Actor,
    question: Question,
    *,
    language: str,
    texts: Texts,
    expected_version: int,
    at: datetime,
) -> None:
    """Give a question in another language; empty texts take the translation away."""
    cycle = _held(session, actor, question)
    if language not in LANGUAGES or language == question.language:
        raise NotFound("There is nothing at this address.")
    faults: dict[str, list[str]] = {}
    label = clean_words(faults, "label", texts.label, LONGEST_LABEL)
    hint = clean_words(faults, "hint", texts.hint, LONGEST_HINT)
    known = {one.code for one in choices_of(question)}
    choices = {
        code: words
        for code, typed in (texts.choices or {}).items()
        if code in known
        and (words := clean_words(faults, f"choice_{code}", typed, LONGEST_CHOICE)) is not None
    }
    if faults:
        raise InvalidInput("Check what was given for the question.", faults)
    others = {tag: one for tag, one in question.translations.items() if tag != language}
    if label or hint or choices:
        others[language] = asdict(Texts(label or "", hint, choices))
    _swap(session, question, expected_version, translations=others)
    _tell(session, actor, "question:translate", question, cycle, at, language=language)


def move_question(
    session: Session, actor: Actor, question: Question, *, up: bool, at: datetime
) -> None:
    """Change places with the question above or below; at the end it stays where it is.

    Raises
    ------
    Conflict
        When one of both depends on the other.
    """
    cycle = _held(session, actor, question)
    known = [one for one in list_questions(session, cycle.id, question.kind) if not one.retired_at]
    place = next((n for n, one in enumerate(known) if one.id == question.id), None)
    target = None if place is None else place + (-1 if up else 1)
    if place is None or target is None or not 0 <= target < len(known):
        return
    other = known[target]
    if question.depends_on_id == other.id or other.depends_on_id == question.id:
        raise Conflict("One of these questions depends on the other, so their order must stay.")
    here, there = question.position, other.position
    _swap(session, question, question.version, position=there)
    _swap(session, other, other.version, position=here)
    _tell(session, actor, "question:move", question, cycle, at)


def remove_question(session: Session, actor: Actor, question: Question, at: datetime) -> None:
    """Ask it no more: one that nobody answered is deleted, any other is retired with its answers.

    Raises
    ------
    Conflict
        When another question refers to it.
    """
    cycle = _held(session, actor, question)
    if _referring(list_questions(session, cycle.id), question):
        raise Conflict("Another question refers to this one. Change or remove that one first.")
    if has_answers(session, question) or _is_referred_to(session, question):
        if question.retired_at is None:
            _swap(session, question, question.version, retired_at=at)
            _tell(session, actor, "question:retire", question, cycle, at)
        return
    session.delete(question)
    session.flush()
    _tell(session, actor, "question:delete", question, cycle, at)


def has_answers(session: Session, question: Question) -> bool:
    """Say whether anybody who has signed up answered it."""
    query = select(QuestionAnswer.id).where(QuestionAnswer.question_id == question.id)
    return session.exec(query.limit(1)).first() is not None


def _referring(
    known: Sequence[Question], question: Question, *, matched: bool = False
) -> list[Question]:
    """Return the questions asked now that refer to this one; only counterparts if `matched`."""
    return [
        one
        for one in known
        if one.retired_at is None
        and (
            one.counterpart_id == question.id or (one.depends_on_id == question.id and not matched)
        )
    ]


def _is_referred_to(session: Session, question: Question) -> bool:
    """Whether any question names it, one that was retired too: the database keeps it then."""
    count = session.exec(
        select(func.count()).where(
            or_(
                col(Question.depends_on_id) == question.id,
                col(Question.counterpart_id) == question.id,
            )
        )
    ).one()
    return count > 0


def _held(session: Session, actor: Actor, question: Question) -> Cycle:
    cycle = hold_cycle(session, question.cycle_id)
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    session.refresh(question)
    return cycle


def _swap(session: Session, question: Question, version: int, **values: object) -> None:
    changed = session.connection().execute(
        update(Question)
        .where(col(Question.id) == question.id, col(Question.version) == version)
        .values(version=version + 1, **values)
    )
    if changed.rowcount != 1:
        raise Conflict("Somebody else has just changed this question. Look at it again.")
    session.refresh(question)


def _tell(
    session: Session,
    actor: Actor,
    action: str,
    question: Question,
    cycle: Cycle,
    at: datetime,
    **facts: object,
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind="question",
        subject_id=question.public_id,
        programme_id=cycle.programme_id,
        facts=facts,
        at=at,
    )
