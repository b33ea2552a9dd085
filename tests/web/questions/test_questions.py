"""A coordinator writes questions; whoever signs up answers them in their own language."""

import sqlalchemy as sa
from sqlmodel import select

from exchange.records import Application, Cycle, Question, QuestionAnswer
from exchange.records.session import open_session
from tests.web.conftest import Enter
from tests.web.signup.way import STUDENT, begin, fill_in, links_of_tasks, send_off
from tests.web.visitor import Visitor
from tests.web.world import World

LABEL = "<b>Diet</b> & more?"


def _write(enter: Enter, world: World) -> Visitor:
    """Add a choice and a text that one of its choices makes required."""
    desk = enter(account_id=world.accounts["coordinator"])
    index = f"/cycles/{world.own.cycle}/questions"
    desk.get(f"{index}/student/one/new")
    desk.send({"label": LABEL, "choice_1": "Yes", "choice_2": "No", "is_required": "yes"})
    desk.get(f"{index}/student/text/new")
    page = desk.send({"label": "Which diet?", "condition": "b_diet_b_more:yes"})
    assert page.path == index
    return desk


def test_list_shows_labels_as_they_were_typed_and_buttons_change_the_order(
    enter: Enter, world: World
) -> None:
    desk = _write(enter, world)
    index = f"/cycles/{world.own.cycle}/questions"
    page = desk.get(index)
    assert [h.text() for h in page.tree.all("h3")][:2] == [LABEL, "Which diet?"]
    assert "Which diet?" in desk.get(f"{index}/student/preview").text
    shown = desk.get(f"/cycles/{world.own.cycle}")
    assert any(a.attrs.get("href") == index for a in shown.tree.all("a"))


def test_form_that_is_refused_keeps_what_was_typed_and_names_every_fault(
    enter: Enter, world: World
) -> None:
    desk = enter(account_id=world.accounts["coordinator"])
    desk.get(f"/cycles/{world.own.cycle}/questions/host/some/new")
    page = desk.send({"hint": "kept", "choice_1": "a\u202eb"})
    assert page.status == 422
    assert page.values()["hint"] == "kept"
    assert page.faults == [
        "Enter the question",
        "Remove the hidden character, then try again",
        "Say what the match makes of the answers",
    ]


def test_question_changed_by_somebody_else_is_a_conflict_that_keeps_the_words(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    desk = _write(enter, world)
    with open_session(engine) as db:
        one = db.exec(select(Question.public_id).where(Question.label == "Which diet?")).one()
    desk.get(f"/questions/{one}")
    desk.post(f"/questions/{one}/move", {"do": "up"})
    page = desk.post(f"/questions/{one}", {"label": "New", "language": "en", "seen": "7"})
    assert page.status == 409
    assert page.values()["label"] == "New"


def test_applicant_answers_in_their_language_and_staff_read_it(
    enter: Enter, world: World, visitor: Visitor, engine: sa.Engine
) -> None:
    desk = _write(enter, world)
    with open_session(engine) as db:
        one = db.exec(select(Question.public_id).where(Question.label == LABEL)).one()
    desk.get(f"/questions/{one}/words/fr")
    words = {"label": "Régime ?", "choice_yes": "Oui, un", "choice_no": "Aucun"}
    assert desk.send(words).path.endswith("/questions")
    tasks = begin(visitor, world.own.cycle)
    visitor.get(links_of_tasks(tasks)["Questions of the programme"])
    page = visitor.send()
    assert page.faults == [f"Answer the question \u2068{LABEL}\u2069"]
    page = visitor.send({"q_b_diet_b_more": "yes"})
    assert page.faults == ["Answer the question \u2068Which diet?\u2069"]
    visitor.client.set_cookie("x", "y", domain="127.0.0.1")
    french = visitor.get(page.path, headers={"Accept-Language": "fr"})
    assert "Régime ?" in french.text and "Aucun" in french.text
    assert [e.attrs["lang"] for e in french.tree.all("bdi") if "lang" in e.attrs][-2:] == [
        "en",
        "en",
    ]
    answers = {**STUDENT, "questions": {"q_b_diet_b_more": "yes", "q_which_diet": "=Vegan"}}
    check = fill_in(visitor, visitor.get(f"/signup/{world.own.cycle}/student/tasks"), answers)
    assert "=Vegan" in check.text and LABEL in check.text
    send_off(visitor, check)
    with open_session(engine) as db:
        kept = db.exec(
            select(Application.public_id, QuestionAnswer.value)
            .join(QuestionAnswer, QuestionAnswer.application_id == Application.id)  # type: ignore[arg-type]
            .join(Cycle, Cycle.id == Application.cycle_id)  # type: ignore[arg-type]
            .where(Cycle.public_id == world.own.cycle)
            .order_by(QuestionAnswer.id)  # type: ignore[arg-type]
        ).all()
    assert [value for _id, value in kept] == [["yes"], "=Vegan"]
    assert "=Vegan" in desk.get(f"/applications/{kept[0][0]}").text
