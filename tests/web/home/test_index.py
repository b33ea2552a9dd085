"""The home page: what is open, how it goes, and what happens to data; nothing about anybody."""

from tests.web.visitor import Visitor
from tests.web.world import World


def test_home_page_leads_to_every_open_cycle_and_says_what_happens_to_data(
    visitor: Visitor, world: World
) -> None:
    page = visitor.get("/")
    hrefs = {a.attrs["href"] for a in page.tree.all("a")}
    for realm in (world.own, world.other):
        assert f"/signup/{realm.cycle}/student" in hrefs
        assert f"/signup/{realm.cycle}/host" in hrefs
    assert "/privacy" in hrefs
    for words in ("How it goes", "If you travel", "If you host", "What happens to your data"):
        assert words in page.text
    assert "Idrissi" not in page.text and "Lea Martin" not in page.text


def test_home_page_without_an_open_cycle_says_so(visitor: Visitor) -> None:
    page = visitor.get("/")
    assert "Nothing is open just now" in page.text
    assert not [a for a in page.tree.all("a") if a.attrs["href"] == "#open"]
