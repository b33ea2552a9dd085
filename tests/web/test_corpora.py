"""Nobody is turned away for how they are called, where they live, or where mail reaches them.

Each corpus goes through the field that a page has for it, as it was typed, and through the profile
that files share; both keep it as it is, but for NFC and space around it.
"""

import unicodedata
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from flask import Flask
from pydantic import TypeAdapter
from werkzeug.datastructures import MultiDict
from wtforms import Form

from exchange.intake.answers import Mail, Name, text
from exchange.web.fields import EmailField, LongTextField, NameField, TextField
from tests.corpora import lines_of

NAMES = lines_of("names")
ADDRESSES = [line.replace("|", "\n") for line in lines_of("addresses")]
EMAILS = lines_of("emails")

ADDRESS: TypeAdapter[Any] = TypeAdapter(Annotated[str, text(500, lines=True)])


class Everything(Form):
    """A form with a field of each kind."""

    name = NameField("Name")
    town = TextField("Town")
    address = LongTextField("Address", max_length=500)
    email = EmailField("E-mail address")


def altered(
    app: Flask, field: str, corpus: list[str], change: Callable[[str], str]
) -> list[tuple[str, Any]]:
    """Return what a field refuses or keeps otherwise than as it was typed."""
    found = []
    with app.test_request_context():
        for one in corpus:
            form = Everything(MultiDict({field: change(one)}))
            form.validate()
            kept = form[field]
            if kept.errors or kept.data != unicodedata.normalize("NFC", one):
                found.append((one, kept.errors or kept.data))
    return found


def decomposed(typed: str) -> str:
    return unicodedata.normalize("NFD", typed)


def in_space(typed: str) -> str:
    return f"\u00a0 {typed} "


def as_typed(typed: str) -> str:
    return typed


WAYS = pytest.mark.parametrize("change", [as_typed, in_space, decomposed])


def test_corpora_are_as_large_as_promised() -> None:
    sizes = [(len(corpus), len(set(corpus))) for corpus in (NAMES, ADDRESSES, EMAILS)]
    assert all(size == distinct for size, distinct in sizes)
    assert min(sizes[0]) >= 500 and min(sizes[1]) >= 300 and min(sizes[2]) >= 100


@WAYS
def test_every_name_is_kept_as_it_is_written(app: Flask, change: Callable[[str], str]) -> None:
    assert altered(app, "name", NAMES, change) == []


@WAYS
def test_every_address_is_kept_as_it_is_written(app: Flask, change: Callable[[str], str]) -> None:
    assert altered(app, "address", ADDRESSES, change) == []


@WAYS
def test_every_email_address_is_kept_as_it_is_written(
    app: Flask, change: Callable[[str], str]
) -> None:
    assert altered(app, "email", EMAILS, change) == []


def test_files_keep_what_pages_keep() -> None:
    name: TypeAdapter[Any] = TypeAdapter(Name)
    mail: TypeAdapter[Any] = TypeAdapter(Mail)
    for adapter, corpus in ((name, NAMES), (ADDRESS, ADDRESSES), (mail, EMAILS)):
        kept = [adapter.validate_python(one) for one in corpus]
        assert kept == [unicodedata.normalize("NFC", one) for one in corpus]
