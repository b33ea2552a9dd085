"""A page of the sign-up is light: for an old phone, and a slow line paid for by the byte."""

import pytest

from exchange.domain.cycle import ApplicationKind
from exchange.web.signup.journey import STEPS
from tests.web.signup.way import STUDENT, begin
from tests.web.visitor import HOST, Page, Visitor
from tests.web.world import World

MOST_BYTES = 60_000
"""Of a page with its styles and pictures, on a first visit, uncompressed."""
NOT_ASKED = {ApplicationKind.STUDENT: "consents", ApplicationKind.HOST: "organisation"}
"""Of the minor and the household here; the other of the two is asked the first."""


def weight(visitor: Visitor, page: Page) -> int:
    """All bytes that a browser without a cache is sent for a page."""
    files = {
        element.attrs[name]
        for tag, name in (("link", "href"), ("img", "src"), ("script", "src"))
        for element in page.tree.all(tag)
        if name in element.attrs
    }
    assert all(file.startswith("/static/") for file in files)
    bodies = [visitor.client.get(file, base_url=HOST, buffered=True).data for file in files]
    assert len(bodies) >= 5 and all(bodies)
    return len(page.response.data) + sum(map(len, bodies))


@pytest.mark.parametrize("kind", list(ApplicationKind))
def test_every_page_is_light_and_runs_no_script(
    visitor: Visitor, world: World, kind: ApplicationKind
) -> None:
    place = f"/signup/{world.own.cycle}/{kind.value}"
    pages = [visitor.get("/"), visitor.get(place), begin(visitor, world.own.cycle, kind.value)]
    if kind is ApplicationKind.STUDENT:
        visitor.get(f"{place}/birth-date")
        visitor.send({**STUDENT["birth-date"], "birth_on-year": "2011"})
    pages += [
        visitor.get(f"{place}/{step.slug}") for step in STEPS[kind] if step.slug != NOT_ASKED[kind]
    ]
    pages.append(visitor.get(f"{place}/check"))
    assert {page.status for page in pages} == {200}
    heavy = {page.path: weight(visitor, page) for page in pages}
    assert {path: size for path, size in heavy.items() if size > MOST_BYTES} == {}
    assert not [page.path for page in pages if page.tree.all("script")]
