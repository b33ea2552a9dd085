"""Numbers with decimals, as people of many countries type them."""

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from exchange.web.base_form import BaseForm
from exchange.web.number_fields import DecimalField


class _Form(BaseForm):
    size = DecimalField("Size", low=0.5, high=1000.0)


@pytest.mark.parametrize(
    ("typed", "value"),
    [("0.5", 0.5), (" 1,25 ", 1.25), ("٢", 2.0), ("1000", 1000.0), ("", None)],
)
def test_number_typed_in_any_script_is_read(app: Flask, typed: str, value: float | None) -> None:
    with app.test_request_context():
        form = _Form(MultiDict({"size": typed}), meta={"csrf": False})
        assert form.validate()
        assert form.size.data == value


@pytest.mark.parametrize("typed", ["0.4", "1000.1", "nan", "inf", "1e2", "-1", "1.2.3", "9" * 13])
def test_what_is_no_number_within_bounds_is_refused_and_kept(app: Flask, typed: str) -> None:
    with app.test_request_context():
        form = _Form(MultiDict({"size": typed}), meta={"csrf": False})
        assert not form.validate()
        assert form.size.errors == ["Enter a number from 0.5 to 1,000."]
        assert form.size._value() == typed
