"""The way through a sign-up for tests: the task list, page by page, up to sending."""

from collections.abc import Mapping
from typing import Any

from tests.web.page import Element
from tests.web.visitor import Page, Visitor

Answers = Mapping[str, Mapping[str, Any]]

STUDENT: dict[str, dict[str, Any]] = {
    "about-you": {"given_name": "Anna", "email": "anna@example.org"},
    "birth-date": {"birth_on-day": "1", "birth_on-month": "2", "birth_on-year": "2000"},
    "nationality": {"first": "NO"},
    "languages": {"languages-0-tag": "en", "languages-0-level": "C1"},
    "dates": {
        "arrive_on-day": "1",
        "arrive_on-month": "7",
        "arrive_on-year": "2027",
        "depart_on-day": "20",
        "depart_on-month": "7",
        "depart_on-year": "2027",
    },
}
"""What an adult student has to answer, page by page; all else may be left as it is."""


def task_states(page: Page) -> dict[str, str]:
    """The tasks of the list by their words, each with its state."""
    found = {}
    for item in page.tree.all("li", class_="task"):
        words, state = (e for e in item.children if isinstance(e, Element))
        title = next(e for e in words.children if isinstance(e, Element))
        found[title.text()] = state.text()
    return found


def links_of_tasks(page: Page) -> dict[str, str]:
    """The tasks that can be started, each with its address."""
    return {a.text(): a.attrs["href"] for a in page.tree.all("a", class_="task__link")}


def begin(visitor: Visitor, cycle_id: str, kind: str = "student") -> Page:
    """Start a sign-up; return its task list."""
    visitor.get(f"/signup/{cycle_id}/{kind}")
    return visitor.send()


def fill_in(visitor: Visitor, tasks: Page, answers: Answers) -> Page:
    """Do every task, the list in between; return the page that shows all answers."""
    assert tasks.path.endswith("/tasks"), tasks.path
    while True:
        states, links = task_states(tasks), links_of_tasks(tasks)
        todo = next(title for title in links if states[title] != "Done")
        page = visitor.get(links[todo])
        if page.path.endswith("/check"):
            return page
        while not page.path.endswith("/tasks"):
            slug = page.path.rsplit("/", 1)[1]
            page = visitor.send(dict(answers.get(slug, {})))
            assert page.status == 200, (slug, page.faults)
        tasks = page


def send_off(visitor: Visitor, check: Page) -> Page:
    """Confirm the answers, agree, and send; return the page with the reference."""
    assert check.path.endswith("/check"), check.path
    declaration = visitor.send()
    assert declaration.path.endswith("/declaration"), declaration.path
    return visitor.send({"is_true": "yes", "agrees": "yes"})
