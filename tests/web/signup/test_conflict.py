"""Two windows on one page: both answers side by side, and each of them can be kept."""

import pytest

from tests.web.signup.way import begin
from tests.web.visitor import Page, Visitor
from tests.web.world import World

NAMES = {"given_name": "Anna", "family_name": "Berg"}


def _open(visitor: Visitor, world: World, step: str = "about-you") -> tuple[str, Page]:
    begin(visitor, world.own.cycle)
    path = f"/signup/{world.own.cycle}/student/{step}"
    return path, visitor.get(path)


def _in_two_windows(
    visitor: Visitor, path: str, first: dict[str, str], second: dict[str, str], **more: str
) -> Page:
    """Open a page twice; send the one, then the other."""
    values = visitor.get(path).values()
    one, other = values.copy(), values.copy()
    for name, value in first.items():
        one[name] = value
    for name, value in {**second, **more}.items():
        other[name] = value
    assert visitor.post(path, one).status == 200
    return visitor.post(path, other, follow=False)


def _choices(page: Page) -> list[str]:
    return sorted({e.attrs["name"] for e in page.tree.all("input", type="radio")})


def test_second_window_shows_only_what_differs_side_by_side(visitor: Visitor, world: World) -> None:
    path, _page = _open(visitor, world)
    page = _in_two_windows(visitor, path, NAMES, {**NAMES, "given_name": "Änne"})
    assert page.status == 409
    assert _choices(page) == ["keep:given_name"]
    assert "Anna" in page.text and "Änne" in page.text


@pytest.mark.parametrize(
    ("choice", "kept"), [("typed", "Änne"), ("saved", "Anna"), ("nonsense", "Änne")]
)
def test_answer_that_is_chosen_is_kept(
    visitor: Visitor, world: World, choice: str, kept: str
) -> None:
    path, _page = _open(visitor, world)
    _in_two_windows(
        visitor, path, NAMES, {**NAMES, "given_name": "Änne", "family_name": "Berg-Lund"}
    )
    assert visitor.send({"keep:given_name": choice}).status == 200
    values = visitor.get(path).values()
    assert (values["given_name"], values["family_name"]) == (kept, "Berg-Lund")


def test_saved_again_while_choosing_is_asked_again(visitor: Visitor, world: World) -> None:
    path, page = _open(visitor, world)
    before = page.values()
    page = _in_two_windows(visitor, path, NAMES, {**NAMES, "given_name": "Änne"})
    choosing = page.values()
    third = visitor.get(path).values()
    third["given_name"] = "Anneke"
    assert visitor.post(path, third).status == 200
    page = visitor.post(path, choosing, follow=False)
    assert page.status == 409
    assert "Anneke" in page.text and "Änne" in page.text
    assert before["seen"] != page.values()["seen"]


def test_what_is_faulty_is_not_taken_for_seen(visitor: Visitor, world: World) -> None:
    path, page = _open(visitor, world)
    old = page.values()
    faulty = old.copy()
    faulty["given_name"] = ""
    page = visitor.post(path, faulty, follow=False)
    assert (page.status, page.values()["seen"]) == (422, old["seen"])
    after_fault = page.values()
    in_other_window = old.copy()
    for name, value in NAMES.items():
        in_other_window[name] = value
    assert visitor.post(path, in_other_window).status == 200
    after_fault["given_name"] = "Olga"
    assert visitor.post(path, after_fault, follow=False).status == 409
    assert visitor.get(path).values()["given_name"] == "Anna"


def test_same_answers_twice_are_no_conflict(visitor: Visitor, world: World) -> None:
    path, _page = _open(visitor, world)
    assert _in_two_windows(visitor, path, NAMES, NAMES).status == 303


def test_row_added_in_an_older_window_overwrites_nothing(visitor: Visitor, world: World) -> None:
    path, _page = _open(visitor, world, "languages")
    first = {"languages-0-tag": "en", "languages-0-level": "C1"}
    second = {"languages-0-tag": "ar", "languages-0-level": "B1"}
    page = _in_two_windows(visitor, path, first, second, do="add")
    assert page.status == 409
    assert _choices(page) == ["keep:languages"]
    assert "English" in page.text and "Arabic" in page.text
    visitor.send({"keep:languages": "saved"})
    assert visitor.get(path).values()["languages-0-tag"] == "en"


def test_later_keeps_what_is_faulty_as_it_was_typed(visitor: Visitor, world: World) -> None:
    path, _page = _open(visitor, world)
    page = visitor.send({"given_name": "7", "family_name": "Berg", "do": "later"})
    assert page.path.endswith("/tasks")
    values = visitor.get(path).values()
    assert (values["given_name"], values["family_name"]) == ("7", "Berg")
    first = {**NAMES, "do": "later"}
    page = _in_two_windows(visitor, path, NAMES, {**first, "given_name": "77"})
    assert page.status == 409
    assert "77" in page.text
