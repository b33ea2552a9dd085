"""A draft goes on in another browser: link and code open it there, and nothing else does."""

import re

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from exchange.records import Draft, OutboxMail
from exchange.records.session import open_session
from tests.web.signup.way import STUDENT, begin
from tests.web.visitor import Page, Visitor
from tests.web.world import World

EMAIL = "anna@example.org"


def _begin(visitor: Visitor, world: World) -> str:
    """Fill in a first page; return the address of the whole sign-up."""
    begin(visitor, world.own.cycle)
    path = f"/signup/{world.own.cycle}/student"
    for step in ("about-you", "contact"):
        visitor.get(f"{path}/{step}")
        visitor.send(STUDENT[step])
    return path


def _token(engine: sa.Engine) -> str:
    """The token in the newest mail."""
    with open_session(engine, writes=False) as session:
        mail = session.exec(select(OutboxMail).order_by(col(OutboxMail.id).desc())).first()
    assert mail is not None and mail.recipient == EMAIL
    found = re.search(r"/resume/open/(\S+)", mail.body)
    assert found is not None
    return found[1]


def _code(page: Page) -> str:
    return page.tree.all("strong", dir="ltr")[0].text()


def _ask(visitor: Visitor, path: str) -> Page:
    page = visitor.get(f"{path}/later")
    assert page.values()["email"] == EMAIL
    return visitor.send()


def test_link_and_code_open_the_draft_elsewhere_and_close_it_here(
    visitor: Visitor, engine: sa.Engine, world: World
) -> None:
    path = _begin(visitor, world)
    page = _ask(visitor, path)
    assert page.path.endswith("/later")
    assert EMAIL not in page.text and "a…@example.org" in page.text
    still_open = visitor.get(f"{path}/about-you").values()
    other = Visitor(visitor.app)
    other.get(f"/resume/open/{_token(engine)}")
    opened = other.send({"code": _code(page).lower()})
    assert opened.path == f"{path}/tasks"
    assert other.get(f"{path}/about-you").values()["given_name"] == "Anna"
    still_open["given_name"] = "Lost?"
    refused = visitor.post(f"{path}/about-you", still_open)
    assert refused.status == 409
    assert "Go back to see what you typed" in refused.text
    assert visitor.get(f"{path}/tasks").path == path
    assert other.get(f"{path}/about-you").values()["given_name"] == "Anna"


def test_code_stays_the_same_when_shown_and_asked_for_again(
    visitor: Visitor, engine: sa.Engine, world: World
) -> None:
    path = _begin(visitor, world)
    code = _code(_ask(visitor, path))
    assert _code(visitor.get(f"{path}/later")) == code
    assert _code(visitor.send()) == code
    with open_session(engine, writes=False) as session:
        assert len(session.exec(select(OutboxMail).where(OutboxMail.recipient == EMAIL)).all()) == 1
        (draft,) = session.exec(select(Draft).where(Draft.email == EMAIL)).all()
    assert code.replace(" ", "") not in str(draft.model_dump())


@pytest.mark.parametrize("what", ["replayed", "unknown", "wrong code"])
def test_link_that_does_not_open_answers_the_same_whatever_the_cause(
    visitor: Visitor, engine: sa.Engine, world: World, what: str
) -> None:
    path = _begin(visitor, world)
    code = _code(_ask(visitor, path))
    token = _token(engine)
    if what == "replayed":
        other = Visitor(visitor.app)
        other.get(f"/resume/open/{token}")
        assert other.send({"code": code}).path.endswith("/tasks")
    if what == "wrong code":
        code = "ZZZ ZZZ"
    if what == "unknown":
        token = "nothing"
    third = Visitor(visitor.app)
    asked = third.get(f"/resume/open/{token}")
    assert (asked.status, asked.heading) == (200, "Go on where you stopped")
    page = third.send({"code": code})
    assert page.status == 422
    assert page.faults == ["The code is not right, or the link was used already or has expired"]
    assert page.values()["code"] == code
    assert third.get(f"{path}/tasks").path == path


def test_codes_of_one_client_are_limited(visitor: Visitor, world: World) -> None:
    statuses = []
    for _ in range(21):
        visitor.get("/resume/open/nothing")
        statuses.append(visitor.send({"code": "AAA AAA"}).status)
    assert statuses == [422] * 20 + [429]


def test_new_link_is_asked_for_and_the_answer_says_nothing(
    visitor: Visitor, engine: sa.Engine, world: World
) -> None:
    path = _begin(visitor, world)
    code = _code(_ask(visitor, path))
    first = _token(engine)
    other = Visitor(visitor.app)
    pages = []
    for email in (EMAIL, "nobody@example.org"):
        other.get("/resume")
        page = other.send({"email": email})
        pages.append((page.status, page.path, page.text))
    assert pages[0] == pages[1]
    second = _token(engine)
    assert second != first
    other.get(f"/resume/open/{second}")
    assert other.send({"code": code}).path == f"{path}/tasks"


def test_links_to_one_address_are_limited(visitor: Visitor, world: World) -> None:
    statuses = []
    for _ in range(6):
        visitor.get("/resume")
        statuses.append(visitor.send({"email": EMAIL}).status)
    assert statuses == [200] * 5 + [429]


def test_address_that_is_none_is_kept_and_refused(visitor: Visitor, world: World) -> None:
    path = _begin(visitor, world)
    for address in (f"{path}/later", "/resume"):
        visitor.get(address)
        page = visitor.send({"email": "nobody"})
        assert page.status == 422
        assert page.values()["email"] == "nobody"


def test_later_without_a_draft_leads_to_the_start(visitor: Visitor, world: World) -> None:
    page = visitor.get(f"/signup/{world.own.cycle}/student/later")
    assert page.path == f"/signup/{world.own.cycle}/student"
