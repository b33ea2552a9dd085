"""The checklist of one placement and its form, as pages of all three sides show it."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask, get_template_attribute
from werkzeug.datastructures import MultiDict

from exchange.clock import now
from exchange.domain.placement_consents import (
    PAIR_TEXTS,
    PairConsent,
    PairFacts,
    PairGiver,
    needed_consents,
)
from exchange.domain.rule_packs import PLAIN
from exchange.records import PlacementConsent
from exchange.services.placement_consents import ChecklistLine
from exchange.web.consents.placement_form import PlacementConsentForm, checklist_words

PARTIAL = "consents/_placement_checklist.html"
SINGLE, CONTESTED = PairConsent.SINGLE_ADULT, PairConsent.CONTESTED_NATIONS


def _lines(given: PairConsent | None = None, at: datetime | None = None) -> list[ChecklistLine]:
    facts = PairFacts(is_minor=False, has_single_adult=True, is_contested=True)
    row = PlacementConsent(code=given, given_at=at) if given else None
    return [
        ChecklistLine(one, PairGiver.STUDENT, None, row if one.code is given else None)
        for one in needed_consents(PLAIN, facts)
    ]


@pytest.fixture
def page(app: Flask) -> Iterator[None]:
    with app.test_request_context("/"):
        app.preprocess_request()
        yield
        app.do_teardown_request()


def test_boxes_are_those_that_are_asked_and_none_is_ticked_beforehand(page: None) -> None:
    form = PlacementConsentForm(formdata=None)
    form.ask(_lines())
    html = get_template_attribute(PARTIAL, "boxes")(form, "/answer")
    assert html.count('type="checkbox"') == 2
    assert "checked" not in html
    assert 'action="/answer"' in html
    assert PAIR_TEXTS[SINGLE].text in html
    assert form.texts() == {one: PAIR_TEXTS[one].text for one in (SINGLE, CONTESTED)}
    form = PlacementConsentForm(formdata=None)
    form.ask([])
    assert get_template_attribute(PARTIAL, "boxes")(form, "/").strip() == ""


def test_form_reads_what_was_ticked_and_shows_what_was_given(page: None) -> None:
    form = PlacementConsentForm(formdata=MultiDict({"single_adult": "yes", "mixed_ages": "yes"}))
    form.ask(_lines())
    assert form.wanted() == {SINGLE}
    form = PlacementConsentForm(formdata=None)
    form.ask(_lines())
    form.tick(_lines(CONTESTED, now()))
    assert form.wanted() == {CONTESTED}


def test_checklist_says_who_has_agreed_to_what(page: None) -> None:
    words = checklist_words(_lines(SINGLE, now()))
    assert [(str(what), str(who), given) for what, who, given in words] == [
        ("A home with one adult", "The student", True),
        ("Two nations in conflict", "The student", False),
    ]
    html = get_template_attribute(PARTIAL, "checklist")(words)
    assert html.count("Not agreed yet") == 1
    assert "tag--good" in html
    assert "no further agreement" in get_template_attribute(PARTIAL, "checklist")([])
