"""The questions of a programme: listed, added, edited, put in order, translated, taken away."""

from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.cycle import ApplicationKind
from exchange.domain.question import AnswerKind, Texts
from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput
from exchange.records import Cycle, Question
from exchange.services import asked_questions, cycles, questions
from exchange.services.question_wording import conditions_for
from exchange.translations import LANGUAGES
from exchange.web.guards import permit
from exchange.web.i18n import current_language
from exchange.web.questions.forms import MoveForm, QuestionForm, WordsForm, words_form
from exchange.web.questions.words import ANSWERS, AUDIENCES, USES
from exchange.web.signup.question_form import questions_form

blueprint = Blueprint("questions", __name__)

Page = str | Response | tuple[str, int]
OF_CYCLE = "/cycles/<id:cycle_id>/questions"
ONE = "/questions/<id:question_id>"
AUDIENCE = "<any(student,host):kind>"
ANSWER = "<any(text,one,some,number,date):answer>"


@blueprint.get(OF_CYCLE)
@permit(Permission.MANAGE_CYCLES)
def index(cycle_id: str) -> Page:
    """What is asked of students and of hosts, in order."""
    cycle = _cycle(cycle_id)
    known = asked_questions.list_questions(g.db, cycle.id)
    reader = current_language()
    lines: dict[ApplicationKind, list[Any]] = {kind: [] for kind in AUDIENCES}
    for one in known:
        lines[one.kind].append((one, asked_questions.as_asked(one, known)))
    return render_template(
        "questions/index.html",
        cycle=cycle,
        audiences=[
            (
                kind,
                words,
                [line for line in lines[kind] if line[0].retired_at is None],
                [line for line in lines[kind] if line[0].retired_at is not None],
            )
            for kind, words in AUDIENCES.items()
        ],
        answers=ANSWERS,
        uses=USES,
        languages=LANGUAGES,
        reader=reader,
        form=MoveForm(formdata=None),
    )


@blueprint.get(f"{OF_CYCLE}/{AUDIENCE}/preview")
@permit(Permission.MANAGE_CYCLES)
def preview(cycle_id: str, kind: str) -> Page:
    """The page as whoever signs up sees it; nothing can be sent from here."""
    cycle = _cycle(cycle_id)
    asked = asked_questions.list_asked(g.db, cycle.id, ApplicationKind(kind))
    form = questions_form(asked)(formdata=None)
    return render_template("questions/preview.html", cycle=cycle, form=form)


@blueprint.get(f"{OF_CYCLE}/{AUDIENCE}/{ANSWER}/new")
@permit(Permission.MANAGE_CYCLES)
def new(cycle_id: str, kind: str, answer: str) -> Page:
    """An empty question."""
    cycle = _cycle(cycle_id)
    counterpart = _counterpart(cycle, kind)
    question = _blank(cycle, kind, answer, counterpart)
    form = QuestionForm(formdata=None)
    form.language.data = current_language()
    _suit(form, question, counterpart)
    return _edit_page(cycle, question, form, counterpart)


@blueprint.post(f"{OF_CYCLE}/{AUDIENCE}/{ANSWER}/new")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def add(cycle_id: str, kind: str, answer: str) -> Page:
    """Ask it after all others."""
    cycle = _cycle(cycle_id)
    counterpart = _counterpart(cycle, kind)
    question = _blank(cycle, kind, answer, counterpart)
    form = QuestionForm()
    _suit(form, question, counterpart)
    if not form.validate() or form.fault_lines():
        return _edit_page(cycle, question, form, counterpart)
    try:
        questions.add_question(
            g.db,
            g.actor,
            cycle,
            kind=question.kind,
            answer=question.answer,
            wording=form.wording(),
            counterpart=counterpart,
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _edit_page(cycle, question, form, counterpart)
    g.db.commit()
    return redirect(url_for("questions.index", cycle_id=cycle_id), 303)


@blueprint.get(ONE)
@permit(Permission.MANAGE_CYCLES)
def edit(question_id: str) -> Page:
    """A question, to be changed."""
    question, cycle = questions.get_question(g.db, g.actor, question_id)
    counterpart = _stored_counterpart(question)
    form = QuestionForm(formdata=None)
    known = _suit(form, question, counterpart)
    before = next((one for one in known if one.id == question.depends_on_id), None)
    condition = "" if before is None else f"{before.code}:{question.depends_on_choice}"
    form.fill(question, condition, asked_questions.choices_of(question))
    return _edit_page(cycle, question, form, counterpart)


@blueprint.post(ONE)
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def save(question_id: str) -> Page:
    """Change it, unless somebody else has in the meantime."""
    question, cycle = questions.get_question(g.db, g.actor, question_id)
    counterpart = _stored_counterpart(question)
    form = QuestionForm()
    _suit(form, question, counterpart)
    if not form.validate() or form.fault_lines():
        return _edit_page(cycle, question, form, counterpart)
    try:
        questions.edit_question(
            g.db, g.actor, question, form.wording(), expected_version=_seen(), at=g.now
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _edit_page(cycle, question, form, counterpart)
    except Conflict as refusal:
        form.add_fault("", refusal.message)
        return _edit_page(cycle, question, form, counterpart)[0], 409
    g.db.commit()
    return _to_index(cycle)


@blueprint.post(f"{ONE}/move")
@permit(Permission.MANAGE_CYCLES)
def move(question_id: str) -> Page:
    """One place up or down."""
    question, cycle = questions.get_question(g.db, g.actor, question_id)
    if request.form.get("do") in ("up", "down"):
        questions.move_question(g.db, g.actor, question, up=request.form["do"] == "up", at=g.now)
        g.db.commit()
    return redirect(
        url_for("questions.index", cycle_id=cycle.public_id, _anchor=question.public_id), 303
    )


@blueprint.get(f"{ONE}/remove")
@permit(Permission.MANAGE_CYCLES)
def confirm_removal(question_id: str) -> Page:
    """What becomes of a question that is removed, and of its answers."""
    question, cycle = questions.get_question(g.db, g.actor, question_id)
    return render_template(
        "questions/confirm_removal.html",
        cycle=cycle,
        question=question,
        has_answers=questions.has_answers(g.db, question),
        form=MoveForm(formdata=None),
    )


@blueprint.post(f"{ONE}/remove")
@permit(Permission.MANAGE_CYCLES)
def remove(question_id: str) -> Page:
    """Ask it no more."""
    question, cycle = questions.get_question(g.db, g.actor, question_id)
    questions.remove_question(g.db, g.actor, question, g.now)
    g.db.commit()
    return _to_index(cycle)


@blueprint.get(f"{ONE}/words/<language>")
@permit(Permission.MANAGE_CYCLES)
def words(question_id: str, language: str) -> Page:
    """The question in another language."""
    question, cycle = questions.get_question(g.db, g.actor, question_id)
    form = _words_form(question, language)(formdata=None)
    stored = question.translations.get(language, {})
    form.label.data = stored.get("label")
    for name, field in form._fields.items():
        if name == "hint":
            field.data = stored.get("hint")
        elif name.startswith("choice_"):
            field.data = (stored.get("choices") or {}).get(name.removeprefix("choice_"))
    return _words_page(cycle, question, language, form)


@blueprint.post(f"{ONE}/words/<language>")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def save_words(question_id: str, language: str) -> Page:
    """Keep a translation; empty boxes take it away."""
    question, cycle = questions.get_question(g.db, g.actor, question_id)
    form = _words_form(question, language)()
    if not form.validate() or form.fault_lines():
        return _words_page(cycle, question, language, form)
    try:
        questions.translate_question(
            g.db,
            g.actor,
            question,
            language=language,
            texts=form.texts(),
            expected_version=_seen(),
            at=g.now,
        )
    except Conflict as refusal:
        form.add_fault("", refusal.message)
        return _words_page(cycle, question, language, form)[0], 409
    g.db.commit()
    return _to_index(cycle)


def _cycle(cycle_id: str) -> Cycle:
    found: Cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.MANAGE_CYCLES)
    return found


def _to_index(cycle: Cycle) -> Response:
    return redirect(url_for("questions.index", cycle_id=cycle.public_id), 303)


def _counterpart(cycle: Cycle, kind: str) -> Question | None:
    """The question to hosts that the address names, whose choices one to students shares."""
    code = request.args.get("of")
    if code is None:
        return None
    found = next(
        (
            one
            for one in asked_questions.list_questions(g.db, cycle.id, ApplicationKind.HOST)
            if one.code == code and one.match_use is not None and one.retired_at is None
        ),
        None,
    )
    if found is None or kind != ApplicationKind.STUDENT.value:
        abort(404)
    return found


def _stored_counterpart(question: Question) -> Question | None:
    found: Question | None = (
        g.db.get(Question, question.counterpart_id) if question.counterpart_id else None
    )
    return found


def _blank(cycle: Cycle, kind: str, answer: str, counterpart: Question | None) -> Question:
    return Question(
        cycle_id=cycle.id,
        kind=ApplicationKind(kind),
        answer=questions.answer_kind(AnswerKind(answer), counterpart),
        code="",
        position=0,
        label="",
    )


def _suit(form: QuestionForm, question: Question, counterpart: Question | None) -> list[Question]:
    known = asked_questions.list_questions(g.db, question.cycle_id)
    before = None if question.id is None else question
    form.suit(
        question.kind,
        question.answer,
        counterpart=counterpart,
        conditions=[
            asked_questions.as_asked(one, known)
            for one in conditions_for(known, question.kind, before)
        ],
        reader=current_language(),
    )
    return known


def _edit_page(
    cycle: Cycle, question: Question, form: QuestionForm, counterpart: Question | None
) -> tuple[str, int]:
    body = render_template(
        "questions/edit.html",
        cycle=cycle,
        question=question,
        form=form,
        counterpart=counterpart,
        shared=[]
        if counterpart is None
        else [one.label for one in asked_questions.choices_of(counterpart) if one.is_offered],
        audience=AUDIENCES[question.kind],
        answer=ANSWERS[question.answer],
        seen=request.form.get("seen") or question.version,
    )
    return body, form.status()


def _words_form(question: Question, language: str) -> type[WordsForm]:
    if language not in LANGUAGES or language == question.language:
        abort(404)
    own = {one.code: one.label for one in asked_questions.choices_of(question) if one.is_offered}
    return words_form(Texts(question.label, question.hint, own))


def _words_page(
    cycle: Cycle, question: Question, language: str, form: WordsForm
) -> tuple[str, int]:
    body = render_template(
        "questions/words.html",
        cycle=cycle,
        question=question,
        language=LANGUAGES[language],
        tag=language.replace("_", "-"),
        form=form,
        seen=request.form.get("seen") or question.version,
    )
    return body, form.status()


def _seen() -> int:
    """The version that the page was made from; 0, which no question has, if it says none."""
    version = request.form.get("seen", "")
    return int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0
