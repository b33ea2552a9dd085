"""Whatever is typed or sent, a form answers with a sentence: no failure, and nothing half kept."""

import re
import time
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.test import EnvironBuilder
from wtforms import Form

from exchange.web.fields import DayField, LongTextField, NameField, WholeNumberField
from tests.web.conftest import Enter
from tests.web.signup.way import begin
from tests.web.visitor import HOST, Visitor
from tests.web.world import World

MOST_TO_REFUSE_S = 0.1
NO_IDS = (
    "1" + "0" * 30,
    "9" * 400,
    *("-1", "1_0", "0x10", "1e400", "nan", "sNaN", "٣", "%00", "%F0%9F%98%80"),
)
"""Numbers, and what some languages take for one."""


class Questions(Form):
    """A form with a field of each kind that reads what was typed."""

    name = NameField("Name")
    number = WholeNumberField("Number", low=0, high=100)
    day = DayField("Day")
    letter = LongTextField("Letter", max_length=3000)


def answered(app: Flask, typed: dict[str, str]) -> Questions:
    with app.test_request_context():
        form = Questions(MultiDict(typed))
        form.validate()
        return form


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "1_0",
            "1e400",
            "1e1",
            "nan",
            "sNaN",
            "inf",
            "0x10",
            "1.0",
            "1,5",
            "+5",
            "--5",
            "²",
            "½",
            "Ⅴ",
        ),
        *("五", "5 5", "9" * 400, "-1", "101", "\u202e5", "5\0"),
    ],
)
def test_what_is_no_whole_number_is_refused(app: Flask, typed: str) -> None:
    form = answered(app, {"number": typed})
    assert len(form.number.errors) == 1
    assert form.number.data is None
    assert form.number._value() == typed


@pytest.mark.parametrize("typed", ["12", " 12 ", "012", "١٢", "۱۲", "१२", "১২", "๑๒", "１２", "𝟏𝟐"])
def test_digits_of_every_script_make_a_number(app: Flask, typed: str) -> None:
    assert answered(app, {"number": typed}).number.data == 12


@pytest.mark.parametrize(
    ("day", "month", "year"),
    [
        ("29", "2", "2007"),
        ("31", "4", "2007"),
        ("2", "29", "2008"),
        ("0", "1", "2008"),
        ("1", "1", "08"),
        ("1", "1", "1899"),
        ("1", "1", "10000"),
        ("1_0", "1", "2008"),
        ("nan", "1", "2008"),
        ("1", "", "2008"),
        ("9" * 300, "1", "2008"),
        ("1", "März", "2008"),
    ],
)
def test_what_is_no_day_is_refused(app: Flask, day: str, month: str, year: str) -> None:
    form = answered(app, {"day-day": day, "day-month": month, "day-year": year})
    assert len(form.day.errors) == 1
    assert form.day.typed == {"day": day, "month": month, "year": year}


@pytest.mark.parametrize(
    ("day", "month", "year"), [("29", "2", "2008"), ("٢٩", "٢", "٢٠٠٨"), (" 29", "02 ", "2008")]
)
def test_leap_day_is_a_day(app: Flask, day: str, month: str, year: str) -> None:
    form = answered(app, {"day-day": day, "day-month": month, "day-year": year})
    assert str(form.day.data) == "2008-02-29"


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "\u202eabc",
            "a\u2066b",
            "a\u200bb",
            "An\u200dna",
            "\ufeffAnna",
            "A\U000e0041",
            "A" * 201,
        ),
        *("A" + "\u0301" * 6, "\ud800", "\ufffd", "A\0", "A\x1b[0m", "A\nB", "😀", "\ue000"),
    ],
)
def test_name_that_hides_or_breaks_is_refused_and_kept_in_its_box(app: Flask, typed: str) -> None:
    form = answered(app, {"name": typed})
    assert len(form.name.errors) == 1
    assert form.name.data is None
    assert form.name._value() == typed


def test_length_counts_characters_of_every_script_alike(app: Flask) -> None:
    for letter in ("a", "ж", "王", "𠮷", "😀"):
        assert answered(app, {"letter": letter * 3000}).letter.data == letter * 3000
        assert len(answered(app, {"letter": letter * 3001}).letter.errors) == 1


@pytest.mark.parametrize(
    "data",
    [
        {"given_name": "A" * 1_000_000},
        {"given_name": "ж" * 400_000},
        {"given_name": "A", "letter": "x" * 5_000_000},
        {f"field-{number}": "x" for number in range(10_000)},
    ],
)
def test_form_that_is_far_too_large_is_refused_unread(
    visitor: Visitor, world: World, data: dict[str, Any]
) -> None:
    begin(visitor, world.own.cycle)
    path = f"/signup/{world.own.cycle}/student/about-you"
    sent = EnvironBuilder(path=path, method="POST", data=data, base_url=HOST).get_environ()
    began = time.process_time()
    answer = visitor.client.open(sent, buffered=True)
    assert answer.status_code == 413
    # It is refused by what it says of its length: how long it is makes no difference.
    assert time.process_time() - began < MOST_TO_REFUSE_S


def test_letter_of_the_greatest_length_is_sent_in_every_script(
    visitor: Visitor, world: World
) -> None:
    begin(visitor, world.own.cycle)
    for letter in ("a", "王", "😀"):
        visitor.get(f"/signup/{world.own.cycle}/student/letter")
        page = visitor.send({"letter": letter * 3000})
        assert page.path.endswith("/tasks"), page.faults


@pytest.mark.parametrize(
    ("raw", "status", "shown"),
    [("%ED%A0%80", 303, ""), ("%FF%FE", 303, ""), ("%00", 422, "cannot be shown")],
)
def test_bytes_that_are_no_text_break_nothing(
    visitor: Visitor, world: World, raw: str, status: int, shown: str
) -> None:
    begin(visitor, world.own.cycle)
    path = f"/signup/{world.own.cycle}/student/about-you"
    values = visitor.get(path).values()
    answer = visitor.client.post(
        path,
        data=f"given_name={raw}&seen={values['seen']}&csrf_token={values['csrf_token']}",
        content_type="application/x-www-form-urlencoded",
        base_url=HOST,
        buffered=True,
    )
    assert answer.status_code == status
    assert shown in answer.get_data(as_text=True)


@pytest.mark.parametrize("one", NO_IDS)
def test_id_in_an_address_that_is_none_is_absent(enter: Enter, world: World, one: str) -> None:
    visitor = enter(account_id=world.accounts["administrator"])
    asked = 0
    for rule in visitor.client.application.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or not re.search("<(id|int):", rule.rule):
            continue
        path = re.sub(r"<[^>]+>", one, rule.rule)
        answer = visitor.client.get(path, base_url=HOST, buffered=True)
        # The offers of somebody who is not signed in as themselves: a sign-in is asked for first.
        is_number_of_own = "<int:" in rule.rule and answer.status_code == 303
        assert is_number_of_own or answer.status_code == 404, rule.rule
        asked += 1
    assert asked > 40


@pytest.mark.parametrize("one", NO_IDS)
def test_number_of_an_offer_that_is_none_is_absent(enter: Enter, world: World, one: str) -> None:
    visitor = enter(application_id=world.own.application_id)
    answer = visitor.client.get(f"/application/offers/{one}", base_url=HOST, buffered=True)
    # A number that no offer has leads back to the list of them.
    is_back = answer.location == "/application/offers"
    assert is_back or answer.status_code == 404


@pytest.mark.parametrize("page", NO_IDS)
def test_number_of_a_page_that_is_none_shows_a_page_that_is(
    enter: Enter, world: World, page: str
) -> None:
    visitor = enter(account_id=world.accounts["coordinator"])
    for path in (
        f"/cycles/{world.own.cycle}/applications",
        f"/runs/{world.own.run}/placements",
        f"/runs/{world.own.run}/unplaced",
    ):
        answer = visitor.client.get(f"{path}?page={page}", base_url=HOST, buffered=True)
        assert answer.status_code == 200, (path, answer.status_code)
