"""One page of questions: what is refused, what is kept, rows, two tabs."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, update

from exchange.records import Cycle
from exchange.records.session import open_session
from tests.web.signup.way import STUDENT, begin, fill_in, send_off, task_states
from tests.web.visitor import Page, Visitor
from tests.web.world import World

REQUIRED = 25
"""More questions that must be answered, nobody should be asked."""


@pytest.fixture
def place(visitor: Visitor, world: World) -> str:
    """The address of a sign-up that this visitor began."""
    begin(visitor, world.own.cycle)
    return f"/signup/{world.own.cycle}/student"


def send(visitor: Visitor, path: str, answers: dict[str, Any]) -> Page:
    visitor.get(path)
    return visitor.send(answers)


def test_whole_sign_up_is_kept_as_it_was_answered(visitor: Visitor, world: World) -> None:
    answers = {
        **STUDENT,
        "about-you": {"given_name": "Ngũgĩ", "family_name": "", "preferred_name": "Gĩ"},
        "nationality": {"nationalities-0-code": "KE"},
        "open-to": {**STUDENT["open-to"], "single_adult": "no"},
        "nations": {"ranked_nations-0-code": "IS"},
    }
    check = fill_in(visitor, begin(visitor, world.own.cycle), answers)
    for words in ("Ngũgĩ", "Kenya", "1 February 2000", "English", "Iceland", "+47 22 00 00 00"):
        assert words in check.text
    assert send_off(visitor, check).heading == "Thank you, we have it"


def test_student_has_to_answer_at_most_so_many_questions(visitor: Visitor, place: str) -> None:
    guardian = {"guardian_name": "Ann", "guardian_email": "ann@example.org"}
    born = {**STUDENT["birth-date"], "birth_on-year": "2011"}
    answers = {**STUDENT, "birth-date": born, "guardian": guardian}
    asked: list[str] = []
    for section in ("about-you", "languages", "dates", "needs", "guardian", "letter"):
        page = visitor.get(f"{place}/{section}")
        while page.path != f"{place}/tasks":
            slug = page.path.rsplit("/", 1)[1]
            page = visitor.send()
            if page.faults:
                asked += page.faults
                page = visitor.send(answers[slug])
                assert page.status == 200, (slug, page.faults)
    assert set(task_states(page).values()) == {"Done", "Not started", "Cannot start yet"}
    # Of a language its level is asked, too.
    assert 15 <= len(asked) + 1 <= REQUIRED, asked


def test_page_with_faults_tells_all_of_them_and_keeps_what_was_typed(
    visitor: Visitor, place: str
) -> None:
    page = send(
        visitor,
        f"{place}/emergency",
        {"emergency_name": "👩", "emergency_relation": "aunt", "emergency_phone": "none"},
    )
    assert page.status == 422
    assert page.faults == [
        "Remove the pictures; a name is written in letters",
        "Write the phone number in digits, such as +49 30 901820.",
    ]
    kept = page.values()
    assert [kept[f"emergency_{one}"] for one in ("name", "relation", "phone")] == [
        "👩",
        "aunt",
        "none",
    ]
    assert page.tree.all("div", class_="error-summary")[0].attrs["tabindex"] == "-1"


def test_person_of_one_name_needs_no_other(visitor: Visitor, place: str) -> None:
    page = send(visitor, f"{place}/about-you", {"given_name": "Suharto"})
    assert page.path == f"{place}/contact"


def test_several_nationalities_are_added_and_removed(visitor: Visitor, place: str) -> None:
    path = f"{place}/nationality"
    page = send(visitor, path, {"nationalities-0-code": "LB", "do": "add"})
    page = visitor.send({"nationalities-1-code": "FR", "do": "add"})
    page = visitor.send({"nationalities-2-code": "BR"})
    assert page.path == f"{place}/home-school"
    page = send(visitor, path, {"do": "remove-1"})
    assert [v for n, v in page.values().items(multi=True) if n.endswith("-code")] == ["LB", "BR"]


def test_nationalities_are_added_up_to_five(visitor: Visitor, place: str) -> None:
    visitor.get(f"{place}/nationality")
    for _ in range(7):
        page = visitor.send({"do": "add"})
    assert sum(name.endswith("-code") for name in page.values()) == 5


def test_nations_are_not_asked_where_the_rules_give_them_no_weight(
    visitor: Visitor, world: World, engine: sa.Engine
) -> None:
    with open_session(engine) as session:
        session.connection().execute(
            update(Cycle)
            .where(col(Cycle.public_id) == world.own.cycle)
            .values(rules={"term_weights": {"preference": 0.0}})
        )
        session.commit()
    begin(visitor, world.own.cycle)
    assert visitor.get(f"/signup/{world.own.cycle}/student/nations").status == 404
    assert visitor.get(f"/signup/{world.own.cycle}/student/home").status == 200


def test_guardian_who_is_the_student_is_refused(visitor: Visitor, place: str) -> None:
    send(visitor, f"{place}/birth-date", {**STUDENT["birth-date"], "birth_on-year": "2011"})
    send(visitor, f"{place}/contact", {"email": "Anna@example.org"})
    page = send(
        visitor,
        f"{place}/guardian",
        {"guardian_name": "Anna", "guardian_email": "anna@EXAMPLE.org"},
    )
    assert page.faults == ["Enter an address of their own, which nobody else has here"]


def test_page_changed_in_two_tabs_shows_both(visitor: Visitor, place: str) -> None:
    path = f"{place}/about-you"
    first = {**visitor.get(path).values().to_dict(), "given_name": "Anna"}
    send(visitor, path, {"given_name": "Änna"})
    page = visitor.post(path, first)
    assert page.status == 409
    assert "Änna" in page.text
    assert page.values()["given_name"] == "Anna"
    assert visitor.send().path == f"{place}/contact"


@pytest.mark.parametrize("button", ["", "later"])
def test_page_without_its_token_keeps_what_was_typed(
    visitor: Visitor, place: str, button: str
) -> None:
    values = {**visitor.get(f"{place}/about-you").values().to_dict(), "given_name": "Anna"}
    values |= {"csrf_token": "stale"} | ({"do": button} if button else {})
    page = visitor.post(f"{place}/about-you", values)
    assert page.status == 403
    assert page.values()["given_name"] == "Anna"
    assert task_states(visitor.get(f"{place}/tasks"))["About you"] == "Not started"


@pytest.mark.parametrize("typed", ["a\0b", "\u202eabc", "\ufffd", "x" * 3000, "</textarea><b>"])
def test_whatever_was_typed_is_kept_for_later(visitor: Visitor, place: str, typed: str) -> None:
    page = send(visitor, f"{place}/about-you", {"given_name": typed, "do": "later"})
    assert page.path == f"{place}/tasks"
    page = visitor.get(f"{place}/about-you")
    assert page.status == 200
    assert typed.strip("\0\u202e\ufffd")[:2] in page.values()["given_name"]
