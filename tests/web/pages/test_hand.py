"""The board of placements in a browser: by pointer and by keyboard to the same price."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from tests.web.conftest import Enter
from tests.web.season import Season, make_season
from tests.web.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def season(engine: sa.Engine, world: World) -> Season:
    return make_season(engine, world)


@pytest.fixture
def desk(url: str, browser: Browser, enter: Enter, world: World) -> Iterator[Page]:
    """The coordinator's browser."""
    visitor = enter(account_id=world.accounts["coordinator"])
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    cookie = visitor.client.get_cookie("session", domain="127.0.0.1")
    assert cookie is not None
    context.add_cookies([{"name": "session", "value": cookie.value, "url": url}])
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert faults == []


def _heading(page: Page) -> str:
    return page.locator("h1").inner_text()


def test_a_row_dragged_onto_another_shows_the_price_of_their_swap(
    desk: Page, url: str, season: Season
) -> None:
    desk.goto(f"{url}/runs/{season.run}/hand")
    salma = desk.locator(f'tr[data-student="{season.ids["Salma"]}"]')
    omar = desk.locator(f'tr[data-student="{season.ids["Omar"]}"]')
    salma.locator("td").nth(0).drag_to(omar.locator("td").nth(0))
    desk.wait_for_url("**/hand/price?*")
    assert f"other={season.ids['Omar']}" in desk.url
    assert _heading(desk) == "What this change costs"


def test_a_row_dragged_onto_a_free_place_shows_the_price_of_the_move(
    desk: Page, url: str, season: Season
) -> None:
    desk.goto(f"{url}/runs/{season.run}/hand")
    free = season.ids[season.free()]
    place = desk.locator(f'li[data-host="{free}"]')
    desk.locator(f'tr[data-student="{season.ids["Nour"]}"]').locator("td").nth(0).drag_to(place)
    desk.wait_for_url("**/hand/price?*")
    assert f"host={free}" in desk.url


def test_a_change_is_made_and_undone_by_keyboard_alone(
    desk: Page, url: str, season: Season
) -> None:
    desk.goto(f"{url}/runs/{season.run}/hand")
    row = desk.locator(f'tr[data-student="{season.ids["Salma"]}"]')
    for link, heading in (
        (row.locator("td a").last, "Where could this student go?"),
        (desk.locator("main table a", has_text="See the price").first, "What this change costs"),
    ):
        link.focus()
        desk.keyboard.press("Enter")
        desk.wait_for_load_state()
        assert _heading(desk) == heading
    desk.locator("#reason").focus()
    desk.keyboard.type("They asked for it")
    desk.locator("main button", has_text="Make this change").focus()
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/changes")
    assert _heading(desk) == "What this run changes"
    desk.locator("main button", has_text="Undo this change").focus()
    desk.keyboard.press("Enter")
    desk.wait_for_url(f"**/runs/{season.run}")
    assert _heading(desk) == "Match run"
