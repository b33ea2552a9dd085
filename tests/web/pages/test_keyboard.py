"""A student signs up with the keys alone, from the home page to the reference, script or no script.

At each press of Tab it has to be plain where the keyboard is, and the place in sight.
"""

import pytest
from playwright.sync_api import Browser, Page

from tests.web.signup.way import STUDENT
from tests.web.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

MOST_TABS = 80
"""A person gives up before."""

FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  return {
    name: at.name || "", kind: at.type || at.tagName.toLowerCase(), value: at.value || "",
    words: at.innerText || "", link: at.getAttribute("href") || "",
    options: [...(at.options || [])].map((option) => [option.value, option.text]),
    isPlain: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    isInSight: box.bottom > 0 && box.top < innerHeight,
  };
}"""
UNDONE = """() => [...document.querySelectorAll(".task:has(.task__link)")]
  .find((task) => !task.querySelector(".task__state--done")).querySelector("a").getAttribute("href")
"""


class Keyboard:
    """A person at a page, who has nothing but keys."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def tab(self, keys: str = "Tab") -> dict[str, object]:
        """Go one place on, and say what is there."""
        self.page.keyboard.press(keys)
        at: dict[str, object] = self.page.evaluate(FOCUSED)
        assert at["kind"] == "body" or (at["isPlain"] and at["isInSight"]), at
        return at

    def enter(self, *, words: str = "", link: str = "") -> None:
        """Go to the button of these words, or the link to that address, and press Enter."""
        self.fill({}, words=words, link=link)

    def fill(self, answers: dict[str, str], *, words: str = "", link: str = "") -> None:
        """Answer what is met on the way to a button or a link, and press Enter there."""
        left = dict(answers)
        for _ in range(MOST_TABS):
            at = self.tab()
            if str(at["words"]).strip() == words != "" or at["link"] == link != "":
                assert left == {}, (self.page.url, left)
                back = self.tab("Shift+Tab")
                assert back != at
                assert self.tab() == at
                with self.page.expect_navigation():
                    self.page.keyboard.press("Enter")
                return
            if at["name"] in left:
                self._answer(at, left.pop(str(at["name"])))
        raise AssertionError(f"{words or link} is not reached on {self.page.url}")

    def _answer(self, at: dict[str, object], value: str) -> None:
        keys = self.page.keyboard
        if at["kind"] == "checkbox":
            keys.press("Space")
        elif at["kind"] == "radio":
            keys.press("Space")
            while self.page.evaluate(FOCUSED)["value"] != value:
                keys.press("ArrowDown")
        elif at["kind"] == "select-one":
            options: list[list[str]] = at["options"]  # type: ignore[assignment]
            keys.type(dict(options)[value])
            assert self.page.evaluate(FOCUSED)["value"] == value
        else:
            keys.type(value)


@pytest.mark.parametrize("scripts", [True, False])
def test_student_signs_up_with_the_keys_alone(
    browser: Browser, url: str, world: World, scripts: bool
) -> None:
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    keyboard = Keyboard(page)
    place = f"/signup/{world.own.cycle}/student"
    page.goto(url)
    keyboard.enter(link=place)
    keyboard.enter(words="Start now")
    pages = 0
    while True:
        task = page.evaluate(UNDONE)
        keyboard.enter(link=task)
        while not page.url.endswith(("/tasks", "/check")):
            keyboard.fill(STUDENT.get(page.url.rsplit("/", 1)[1], {}), words="Continue")
            pages += 1
        if page.url.endswith("/check"):
            break
    keyboard.enter(words="Everything is right")
    keyboard.fill({"is_true": "yes", "agrees": "yes"}, words="Agree and send")
    assert page.url == f"{url}{place}/reference"
    assert page.locator(".reference strong").inner_text()
    assert pages > len(STUDENT)
    context.close()
