"""A programme's own questions: asked, answered, matched by, exported, erased, and nothing more."""

from typing import Any

import pytest
from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationKind
from exchange.domain.eligibility import Gate, active_gates, closed_gates
from exchange.domain.question import AnswerKind, Asked, MatchUse, Texts, stored_answer
from exchange.domain.rules import Rules
from exchange.errors import Conflict, InvalidInput
from exchange.exports.csv_file import csv_bytes
from exchange.intake.dialect import read_table
from exchange.intake.header_words import guess_map
from exchange.records import Application, Question, QuestionAnswer
from exchange.services import (
    enrolment,
    erasure,
    exports,
    import_files,
    my_data,
    questions,
    snapshots,
)
from exchange.services.actor import Actor
from exchange.services.asked_questions import list_asked, list_questions
from exchange.services.question_answers import shown_answers
from exchange.services.question_wording import Wording
from tests.services.people import AT, Office, approve, host, make_office, student

STUDENT, HOST = ApplicationKind.STUDENT, ApplicationKind.HOST
CANARY = "Canary free words"


@pytest.fixture
def office(session: Session) -> Office:
    return make_office(session)


def ask(
    session: Session,
    office: Office,
    kind: ApplicationKind,
    answer: AnswerKind,
    label: str,
    counterpart: Question | None = None,
    **wording: Any,
) -> Question:
    return questions.add_question(
        session,
        office.actor,
        office.cycle,
        kind=kind,
        answer=answer,
        wording=Wording(label=label, **wording),
        counterpart=counterpart,
        at=AT,
    )


def sign_up(
    session: Session, office: Office, profile: Any, answers: dict[str, object]
) -> Application:
    application = enrolment.submit_profile(
        session,
        Actor(),
        cycle_id=office.cycle.id,
        kind=STUDENT if "given_name" in type(profile).model_fields else HOST,
        profile=profile,
        idempotency_key=str(profile.email),
        answers=answers,
        at=AT,
    )
    approve(session, office, application)
    return application


def asked(session: Session, office: Office, kind: ApplicationKind = STUDENT) -> tuple[Asked, ...]:
    return list_asked(session, office.cycle.id, kind)


def test_ticked_choices_reach_the_snapshot_as_codes_and_close_the_gate(
    session: Session, office: Office
) -> None:
    offer = ask(
        session, office, HOST, AnswerKind.SOME, "Which instruments are in your home?",
        choices=["Grand piano", "鋼琴"], match_use=MatchUse.OFFER,
    )  # fmt: skip
    need = ask(
        session, office, STUDENT, AnswerKind.SOME, "Which must there be?", offer,
        match_use=MatchUse.NEED,
    )  # fmt: skip
    free = ask(session, office, STUDENT, AnswerKind.TEXT, "Anything else?")
    plain = ask(session, office, STUDENT, AnswerKind.ONE, "Shirt size", choices=["S", "M"])
    with_piano = sign_up(session, office, host(1), {offer.code: ["grand_piano", "choice_1"]})
    without = sign_up(session, office, host(2), {})
    pupil = sign_up(
        session, office, student(1),
        {need.code: ["grand_piano"], free.code: CANARY, plain.code: "m"},
    )  # fmt: skip
    body = snapshots.take_snapshot(session, office.actor, office.cycle.id, AT).body
    answers = session.exec(select(QuestionAnswer.value)).all()
    assert CANARY in answers and ["m"] in answers
    assert CANARY not in body and "shirt" not in body and "must there be" not in body
    frozen = snapshots.freeze(session, office.cycle, AT)
    word = f"q:{offer.code}:grand_piano"
    entries = {one.id: one for one in (*frozen.students, *frozen.hosts)}
    one: Any = entries[pupil.public_id]
    offering: Any = entries[with_piano.public_id]
    assert one.needs == (word,)
    assert set(offering.offers) == {word, f"q:{offer.code}:choice_1"}
    gates = active_gates(frozen.student_columns, frozen.host_columns)
    lacking: Any = entries[without.public_id]
    assert Gate.NEEDS not in closed_gates(one, offering, Rules(), gates)
    assert Gate.NEEDS in closed_gates(one, lacking, Rules(), gates)
    questions.remove_question(session, office.actor, need, AT)
    assert "q:" not in str(snapshots.freeze(session, office.cycle, AT).students)


def test_only_choices_shared_with_hosts_may_be_matched_by(session: Session, office: Office) -> None:
    for kind, answer, use in (
        (HOST, AnswerKind.TEXT, MatchUse.OFFER),
        (HOST, AnswerKind.SOME, MatchUse.NEED),
        (STUDENT, AnswerKind.SOME, MatchUse.NEED),
    ):
        with pytest.raises(InvalidInput, match="Check what was given") as refusal:
            ask(session, office, kind, answer, "Q", choices=["a", "b"], match_use=use)
        assert set(refusal.value.faults) == {"match_use"}


@pytest.mark.parametrize("label", ["a\u202eb", "a\u0000b", "\u2066a", " ", "x" * 301])
def test_labels_with_hidden_or_too_many_signs_are_refused(
    session: Session, office: Office, label: str
) -> None:
    with pytest.raises(InvalidInput, match="Check what was given") as refusal:
        ask(session, office, STUDENT, AnswerKind.ONE, label, choices=[label, "b"])
    assert "label" in refusal.value.faults


def test_codes_stay_when_words_change_and_old_answers_keep_theirs(
    session: Session, office: Office
) -> None:
    one = ask(session, office, STUDENT, AnswerKind.ONE, "Shirt size", choices=["Small", "Large"])
    pupil = sign_up(session, office, student(1), {one.code: "small"})
    wording = Wording(label="T-shirt", choices=["", "Big", "Huge"])
    questions.edit_question(session, office.actor, one, wording, expected_version=1, at=AT)
    (now,) = asked(session, office)
    assert (now.code, now.offered) == ("shirt_size", ("large", "huge"))
    assert now.texts_for("en").choices == {"large": "Big", "huge": "Huge"}
    (shown,) = shown_answers(session, pupil, "en")
    assert (shown.question, shown.answer) == ("T-shirt", ("Small",))
    with pytest.raises(Conflict, match="Somebody else"):
        questions.edit_question(session, office.actor, one, wording, expected_version=1, at=AT)


def test_translation_shows_only_when_nothing_is_missing(session: Session, office: Office) -> None:
    one = ask(session, office, STUDENT, AnswerKind.ONE, "Size", hint="Hm", choices=["S", "L"])
    half = Texts("Taille", "Hm", {"s": "P"})
    whole = Texts("Taille", "Hm", {"s": "P", "l": "G"})
    for version, texts, expected in ((1, half, "Size"), (2, whole, "Taille"), (3, half, "Size")):
        questions.translate_question(
            session, office.actor, one, language="fr", texts=texts, expected_version=version, at=AT
        )
        assert asked(session, office)[0].texts_for("fr").label == expected
    assert asked(session, office)[0].language_for("he") == "en"


def test_question_with_answers_is_retired_and_one_without_is_deleted(
    session: Session, office: Office
) -> None:
    kept = ask(session, office, STUDENT, AnswerKind.NUMBER, "Shoe size")
    unused = ask(session, office, STUDENT, AnswerKind.DATE, "Arrival")
    sign_up(session, office, student(1), {kept.code: 41})
    for one in (kept, unused):
        questions.remove_question(session, office.actor, one, AT)
    assert asked(session, office) == ()
    assert [one.code for one in list_questions(session, office.cycle.id)] == ["shoe_size"]


def test_order_changes_but_never_across_a_condition(session: Session, office: Office) -> None:
    first = ask(session, office, STUDENT, AnswerKind.ONE, "Diet", choices=["Yes", "No"])
    second = ask(session, office, STUDENT, AnswerKind.TEXT, "Which", condition=("diet", "yes"))
    third = ask(session, office, STUDENT, AnswerKind.TEXT, "Other")
    with pytest.raises(Conflict, match="depends on the other"):
        questions.move_question(session, office.actor, first, up=False, at=AT)
    with pytest.raises(Conflict, match="Another question refers"):
        questions.remove_question(session, office.actor, first, AT)
    questions.move_question(session, office.actor, third, up=True, at=AT)
    assert [one.code for one in asked(session, office)] == ["diet", "other", "which"]
    assert asked(session, office)[2].condition == ("diet", "yes")
    session.refresh(second)


def test_export_has_a_stable_column_each_and_import_leaves_it_alone(
    session: Session, office: Office
) -> None:
    one = ask(session, office, STUDENT, AnswerKind.TEXT, "=HYPERLINK(1)")
    some = ask(session, office, STUDENT, AnswerKind.SOME, "Days", choices=["Mon", "Tue"])
    sign_up(session, office, student(1), {one.code: "=1+1", some.code: ["mon", "tue"]})
    table = exports.export_table(
        session, office.actor, "participants", cycle_id=office.cycle.id, at=AT
    )
    assert table.columns[-2:] == ("q_hyperlink_1", "q_days")
    assert table.rows[0][-2:] == ("=1+1", "mon|tue")
    assert "'=1+1" in csv_bytes(table, for_="spreadsheets").decode("utf-8-sig")
    read = read_table(csv_bytes(table, for_="programs"), name="file")
    mapping = guess_map(read.header, import_files.layout_of(STUDENT))
    sheet = import_files.read_file_rows(read, name="file", kind=STUDENT, mapping=mapping)
    prepared = import_files.prepare_sheet(
        session, office.actor, cycle=office.cycle, kind=STUDENT, sheet=sheet, at=AT
    )
    import_files.import_sheet(session, office.actor, sheet, prepared)
    assert session.exec(select(QuestionAnswer.value).order_by(col(QuestionAnswer.id))).all() == [
        "=1+1",
        ["mon", "tue"],
    ]


def test_person_gets_the_answers_and_erasure_takes_them(session: Session, office: Office) -> None:
    one = ask(session, office, STUDENT, AnswerKind.TEXT, "Anything else?")
    pupil = sign_up(session, office, student(1), {one.code: CANARY})
    owner = Actor(application_id=pupil.id)
    assert CANARY in str(my_data.everything_about(session, owner, AT))
    erasure.erase(session, owner, pupil, AT)
    assert session.exec(select(QuestionAnswer)).all() == []
    assert len(list_questions(session, office.cycle.id)) == 1


def test_answer_that_does_not_fit_is_refused_under_the_code_of_its_question(
    session: Session, office: Office
) -> None:
    ask(session, office, STUDENT, AnswerKind.NUMBER, "Shoe size")
    (one,) = asked(session, office)
    assert stored_answer(one, 41) == 41
    for value in ("41", True, None, ["41"]):
        with pytest.raises(InvalidInput, match="no answer to the question") as refused:
            stored_answer(one, value)
        assert list(refused.value.faults) == ["shoe_size"]


def test_my_data_tells_each_answer_with_its_question_in_the_persons_language(
    session: Session, office: Office
) -> None:
    one = ask(session, office, STUDENT, AnswerKind.ONE, "Size", choices=["S", "L"])
    texts = Texts("Taille", None, {"s": "Petite", "l": "Grande"})
    questions.translate_question(
        session, office.actor, one, language="fr", texts=texts, expected_version=1, at=AT
    )
    pupil = sign_up(session, office, student(1), {one.code: "s"})
    actor = Actor(application_id=pupil.id)
    told = my_data.everything_about(session, actor, AT)
    assert told["questions"] == [{"question": "Size", "answer": ["S"]}]
    pupil.language = "fr"
    told = my_data.everything_about(session, actor, AT)
    assert told["questions"] == [{"question": "Taille", "answer": ["Petite"]}]
