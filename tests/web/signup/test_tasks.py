"""The task list: states, where each task leads, and what has to wait."""

import pytest

from exchange.domain.cycle import ApplicationKind
from exchange.web.signup.steps import SECTIONS, STEPS
from tests.web.signup.way import (
    STUDENT,
    begin,
    fill_in,
    links_of_tasks,
    send_off,
    task_states,
)
from tests.web.visitor import Visitor
from tests.web.world import World


@pytest.mark.parametrize("kind", list(ApplicationKind))
def test_steps_follow_the_order_of_the_sections(kind: ApplicationKind) -> None:
    sections = [section.slug for section in SECTIONS[kind]]
    places = [sections.index(step.section) for step in STEPS[kind]]
    assert places == sorted(places)
    assert set(places) == set(range(len(sections)))
    slugs = [step.slug for step in STEPS[kind]]
    assert len(set(slugs)) == len(slugs)
    assert not {"tasks", "check", "declaration", "reference"} & set(slugs)


@pytest.mark.parametrize("kind", ["student", "host"])
def test_new_list_has_nothing_started_and_sending_waits(
    visitor: Visitor, world: World, kind: str
) -> None:
    page = begin(visitor, world.own.cycle, kind)
    assert page.path.endswith("/tasks")
    states = task_states(page)
    waiting = {"Check your answers", "Agree and send"}
    assert {title for title, state in states.items() if state == "Cannot start yet"} == waiting
    assert {state for title, state in states.items() if title not in waiting} == {"Not started"}
    assert links_of_tasks(page).keys() == states.keys() - waiting


def test_section_leads_page_by_page_and_back_to_the_list(visitor: Visitor, world: World) -> None:
    page = begin(visitor, world.own.cycle)
    visitor.get(links_of_tasks(page)["About you"])
    seen = []
    for _ in range(20):
        assert visitor.page is not None
        if visitor.page.path.endswith("/tasks"):
            break
        slug = visitor.page.path.rsplit("/", 1)[1]
        seen.append(slug)
        visitor.send(STUDENT.get(slug, {}))
    assert seen == [s.slug for s in STEPS[ApplicationKind.STUDENT] if s.section == "you"]
    assert task_states(visitor.page)["About you"] == "Done"


def test_section_half_answered_is_in_progress_and_goes_on_where_it_stopped(
    visitor: Visitor, world: World
) -> None:
    page = begin(visitor, world.own.cycle)
    visitor.get(links_of_tasks(page)["About you"])
    visitor.send(STUDENT["about-you"])
    page = visitor.get(f"/signup/{world.own.cycle}/student/tasks")
    assert task_states(page)["About you"] == "In progress"
    assert links_of_tasks(page)["About you"].endswith("/contact")


def test_page_saved_for_later_keeps_what_was_typed_and_shows_that_something_is_missing(
    visitor: Visitor, world: World
) -> None:
    page = begin(visitor, world.own.cycle)
    visitor.get(links_of_tasks(page)["About you"])
    visitor.send({"given_name": "Zoë"})
    page = visitor.send({"email": "not yet", "do": "later"})
    assert page.path.endswith("/tasks")
    assert "What you typed is saved" in page.text
    assert task_states(page)["About you"] == "Something is missing"
    page = visitor.get(links_of_tasks(page)["About you"])
    assert page.path.endswith("/contact")
    assert page.values()["email"] == "not yet"


def test_birth_date_of_a_minor_adds_the_guardian(visitor: Visitor, world: World) -> None:
    page = begin(visitor, world.own.cycle)
    assert links_of_tasks(page)["People we can turn to"].endswith("/emergency")
    visitor.get(f"/signup/{world.own.cycle}/student/birth-date")
    visitor.send({**STUDENT["birth-date"], "birth_on-year": "2012"})
    page = visitor.get(f"/signup/{world.own.cycle}/student/tasks")
    assert links_of_tasks(page)["People we can turn to"].endswith("/guardian")


def test_sending_opens_when_all_is_done_and_then_checked(visitor: Visitor, world: World) -> None:
    tasks = f"/signup/{world.own.cycle}/student/tasks"
    fill_in(visitor, begin(visitor, world.own.cycle), STUDENT)
    states = task_states(visitor.get(tasks))
    assert states["Check your answers"] == "Not started"
    assert states["Agree and send"] == "Cannot start yet"
    assert visitor.get(tasks.replace("tasks", "declaration")).path.endswith("/check")
    visitor.send()
    states = task_states(visitor.get(tasks))
    assert states["Check your answers"] == "Done"
    assert states["Agree and send"] == "Not started"


def test_answer_changed_after_the_check_has_to_be_checked_again(
    visitor: Visitor, world: World
) -> None:
    place = f"/signup/{world.own.cycle}/student"
    fill_in(visitor, begin(visitor, world.own.cycle), STUDENT)
    declaration = visitor.send()
    sent = declaration.values()
    visitor.get(f"{place}/nationality")
    visitor.send({"nationalities-0-code": "SE"})
    assert task_states(visitor.get(f"{place}/tasks"))["Check your answers"] == "Not started"
    page = visitor.post(f"{place}/declaration", {**sent, "is_true": "yes", "agrees": "yes"})
    assert page.path.endswith("/check")
    page = send_off(visitor, page)
    assert page.heading == "Thank you, we have it"


def test_answers_confirmed_in_a_tab_that_shows_older_ones_are_shown_again(
    visitor: Visitor, world: World
) -> None:
    place = f"/signup/{world.own.cycle}/student"
    check = fill_in(visitor, begin(visitor, world.own.cycle), STUDENT)
    older = check.values()
    visitor.get(f"{place}/nationality")
    visitor.send({"nationalities-0-code": "SE"})
    page = visitor.post(f"{place}/check", older)
    assert page.path.endswith("/check")
    assert "Sweden" in page.text


def test_change_from_the_check_leads_back_to_it(visitor: Visitor, world: World) -> None:
    place = f"/signup/{world.own.cycle}/student"
    page = fill_in(visitor, begin(visitor, world.own.cycle), STUDENT)
    change = next(a for a in page.tree.all("a") if "/nationality" in a.attrs["href"])
    page = visitor.get(change.attrs["href"])
    values = {**page.values().to_dict(), "nationalities-0-code": "SE"}
    answer = visitor.post(change.attrs["href"], values, follow=False)
    assert answer.response.headers["Location"] == f"{place}/check#nationality"
