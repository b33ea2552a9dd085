"""Help in two actions with the keys alone, script or no script."""

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser
from sqlmodel import select

from exchange.domain.incident import Reporter
from exchange.records import Incident
from exchange.records.session import open_session
from tests.web.conftest import Enter
from tests.web.pages.test_keyboard import Keyboard
from tests.web.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.mark.parametrize("has_script", [True, False])
def test_help_is_asked_for_by_two_presses_of_enter(
    browser: Browser, url: str, enter: Enter, engine: sa.Engine, world: World, has_script: bool
) -> None:
    visitor = enter(application_id=world.own.minor_id)
    cookie = visitor.client.get_cookie("session", domain="127.0.0.1")
    assert cookie is not None
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=True)
    context.add_cookies([{"name": "session", "value": cookie.value, "url": url}])
    if not has_script:
        # The keyboard's own look at the page needs scripts; the page's are kept away instead.
        context.route("**/*.js*", lambda route: route.abort())
    page = context.new_page()
    page.goto(f"{url}/application")
    keyboard = Keyboard(page)
    keyboard.enter(link="/application/help")
    page.wait_for_url("**/application/help")
    keyboard.enter(words="Ask for help now")
    page.wait_for_url("**/application/help/sent")
    assert page.locator("h1").inner_text() == "You asked for help"
    context.close()
    with open_session(engine, writes=False) as session:
        asked = select(Incident).where(Incident.reporter == Reporter.STUDENT)
        assert session.exec(asked).one().about_id == world.own.minor_id
