"""Whatever is typed or sent, a form answers with a sentence: no failure, and nothing half kept."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import Form

from exchange.web.fields import DayField, LongTextField, NameField, WholeNumberField
from tests.web.signup.way import begin
from tests.web.visitor import HOST, Visitor
from tests.web.world import World


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
    answer = visitor.client.post(path, data=data, base_url=HOST, buffered=True)
    assert answer.status_code == 413


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
