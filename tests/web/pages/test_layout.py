"""The checks of the layout find what they are there to find."""

import pytest
from playwright.sync_api import Page

from tests.web.pages.walk import LAYOUT, SUMMARY

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

FRAME = """<html lang="en" dir="ltr"><title>{title} – Exchange</title>
<body style="font: 16px sans-serif"><main>{main}</main></body></html>"""
SOUND = """<h1>Name</h1>
<div class="field field--wrong" style="border-left: 5px solid">
<label for="box">Name</label><p class="field-error" style="margin: 0">Enter it</p>
<input id="box" style="display: block; height: 44px"></div>
<button style="height: 44px">Continue</button>"""
BROKEN = (
    ("</h1>", "</h1><h1>Again</h1>", "2 h1"),
    ("<h1>Name", "<h1>Other", 'title "Name – Exchange" over heading "Other"'),
    ("border-left", "border-right", "no bar where the lines begin"),
    ("display: block", "display: block; margin-top: 99px", "a box is apart from its words"),
    ("display: block", "display: block; margin-left: 9px", "a box begins elsewhere"),
    ("display: block", "display: block; width: 999px", "px wide on 320"),
    ('<input id="box"', '<input id="box" type="checkbox"', "a tick box is apart"),
    ('<p class="field-error" style="margin: 0">Enter it</p>', "", "no words of what is wrong"),
    ('<button style="height: 44px"', '<button style="height: 30px"', "only 30 px high"),
    ('<button style="', '<button style="position: absolute; top: 0; ', "Tab goes up"),
    ("<button", '<button tabindex="2"', "a made-up tab order"),
)


@pytest.fixture
def narrow(page: Page) -> Page:
    """A page as wide as a small phone."""
    page.set_viewport_size({"width": 320, "height": 700})
    return page


def test_sound_page_has_no_fault(narrow: Page) -> None:
    narrow.set_content(FRAME.format(title="Name", main=SOUND))
    assert narrow.evaluate(LAYOUT, {"lang": "en", "dir": "ltr"}) == []
    found = narrow.evaluate(LAYOUT, {"lang": "ar", "dir": "rtl"})
    assert "in en ltr" in found and any("no bar" in fault for fault in found)


@pytest.mark.parametrize(("sound", "broken", "fault"), BROKEN)
def test_broken_page_is_found_out(narrow: Page, sound: str, broken: str, fault: str) -> None:
    assert sound in SOUND
    narrow.set_content(FRAME.format(title="Name", main=SOUND.replace(sound, broken, 1)))
    found = narrow.evaluate(LAYOUT, {"lang": "en", "dir": "ltr"})
    assert any(fault in sentence for sentence in found), found


def test_summary_that_leads_nowhere_is_found_out(narrow: Page) -> None:
    summary = '<div class="error-summary" tabindex="-1"><a href="#nowhere">Enter it</a></div>'
    narrow.set_content(FRAME.format(title="Name", main=summary + SOUND))
    assert narrow.evaluate(SUMMARY) == [
        "the focus is not in the summary",
        "#nowhere does not take the focus",
    ]
