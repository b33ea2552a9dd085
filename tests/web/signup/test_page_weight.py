"""A page of the sign-up is light: for an old phone, and a slow line paid for by the byte."""

import pytest

from exchange.domain.cycle import ApplicationKind
from exchange.translations import LANGUAGES
from exchange.web.signup.steps import STEPS
from tests.web.signup.way import STUDENT, begin
from tests.web.visitor import HOST, Page, Visitor
from tests.web.world import World

MOST_BYTES = 60_000
"""Of a page with its styles, pictures and headers, on a first visit, uncompressed."""
NOT_ASKED = {
    ApplicationKind.STUDENT: {"consents", "questions"},
    ApplicationKind.HOST: {"organisation", "questions"},
}
"""Of the minor and the household here; the other of the two is asked the first, and a cycle has
no questions of its own."""


def weight(visitor: Visitor, page: Page) -> int:
    """All bytes that a browser without a cache is sent for a page."""
    files = {
        element.attrs[name]
        for tag, name in (("link", "href"), ("img", "src"), ("script", "src"))
        for element in page.tree.all(tag)
        if name in element.attrs
    }
    assert all(file.startswith("/static/") for file in files)
    answers = [visitor.client.get(file, base_url=HOST, buffered=True) for file in files]
    assert len(answers) >= 5 and all(answer.data for answer in answers)
    return sum(len(a.data) + len(str(a.headers)) for a in (page.response, *answers))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(ApplicationKind))
def test_every_page_is_light_and_runs_no_script(
    visitor: Visitor, world: World, kind: ApplicationKind, language: str
) -> None:
    visitor.get(f"/?lang={language.replace('_', '-')}")
    place = f"/signup/{world.own.cycle}/{kind.value}"
    pages = [visitor.get("/"), visitor.get(place), begin(visitor, world.own.cycle, kind.value)]
    if kind is ApplicationKind.STUDENT:
        visitor.get(f"{place}/birth-date")
        visitor.send({**STUDENT["birth-date"], "birth_on-year": "2011"})
    pages += [
        visitor.get(f"{place}/{step.slug}")
        for step in STEPS[kind]
        if step.slug not in NOT_ASKED[kind]
    ]
    pages.append(visitor.get(f"{place}/check"))
    assert {page.status for page in pages} == {200}
    tag = language.replace("_", "-")
    assert {page.tree.all("html")[0].attrs["lang"] for page in pages} == {tag}
    heavy = {page.path: weight(visitor, page) for page in pages}
    assert {path: size for path, size in heavy.items() if size > MOST_BYTES} == {}
    assert not [page.path for page in pages if page.tree.all("script")]
