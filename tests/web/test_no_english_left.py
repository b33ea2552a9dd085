"""Every page and mail in a language of another script: no sentence of ours is left in English.

What people typed stands in `<bdi>`, what is typed exactly in `<code>`, and what is in another
language says so with `lang`. Any other Latin word is of a sentence that nobody wrapped.
"""

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from exchange.config import Settings
from exchange.domain.cycle import ApplicationKind
from exchange.domain.screening import sections_of
from exchange.notices.texts import Template, write_notice
from exchange.translations import LANGUAGES as NAMES_OF_LANGUAGES
from exchange.web.signup.steps import STEPS
from tests.web import page as pages
from tests.web.conftest import Enter
from tests.web.offered import add_offers
from tests.web.page import Element
from tests.web.test_permissions import MAIL, SENT, arguments, of_blueprint
from tests.web.visitor import HOST, Visitor
from tests.web.world import Realm, World

LANGUAGE = "ar"
"""One is enough: another test holds that each catalogue has every sentence."""
WHO = ("anonymous", "applicant", "guardian", "coordinator", "administrator")
WORD = re.compile(r"[A-Za-z][A-Za-z’'-]*[A-Za-z]")
SAME_EVERYWHERE = frozenset(
    {"Exchange", "Excel", "fr", "OpenAPI", "ETag", "Link", "next"}
    | {"If-Match", "If-None-Match", "Idempotency-Key", "Retry-After"}
)
"""Names of products, what a file holds, and words that programs send."""
OF_FILES = re.compile(
    r"^[A-Z]\w+(/[\w+-]+)+$|^(kind|outcome|person)\b|\bhost_id\b|\bbackground\.$|\bpt-BR\b|(?<!\w)en(?!\w)"
)
"""Columns and values of the file of checks and codes, in the sentences that explain them; names of
time zones."""
OF_LANGUAGES = re.compile("|".join(NAMES_OF_LANGUAGES.values()))
"""Each is named in itself."""
TYPED = re.compile(
    r"\S+@\S+|\b(Canary-Own( question| cycle)?|Guard Ian|Lyon|Sal|mother)\b"
    "|exports/scheduled|Erasmus Without Paper"
    "|An answer, so that the question is never deleted|The neighbours called"
)
"""What people of the world typed, a folder, a network; it may be of our words too."""
NOT_READ = frozenset({"head", "script", "style", "code", "bdi", "textarea"})
NOT_ASKED = frozenset(
    {
        "static",
        "accounts.sign_out",
        "application.close",
        "application.redeem",
        "guardian.close",
        "guardian.redeem",
    }
)
"""After these the visitor is somebody else."""
SPOKEN = ("aria-label", "alt", "title", "placeholder")


def english_words(html: str) -> set[str]:
    """The Latin words that a reader of the page would meet; abbreviations and codes are none."""
    texts = [
        OF_FILES.sub("", OF_LANGUAGES.sub("", TYPED.sub("", text)))
        for text in _texts(pages.read(html), "")
    ]
    found = {word for text in texts for word in WORD.findall(text) if not word.isupper()}
    return found - SAME_EVERYWHERE


def _texts(element: Element, language: str) -> Iterator[str]:
    own = element.attrs.get("lang", language)
    if element.tag in NOT_READ or (language and own != language):
        return
    yield from (element.attrs[name] for name in SPOKEN if name in element.attrs)
    for child in element.children:
        if isinstance(child, str):
            yield child
        else:
            yield from _texts(child, own)


def test_english_words_are_found_where_people_read_them() -> None:
    html = (
        '<html lang="ar"><head><title>Head</title></head><p title="Said aloud">A sentence '
        '<bdi>Sal</bdi> <code>max</code> <b lang="en">English</b> name@example.org CSV</p></html>'
    )
    assert english_words(html) == {"Said", "aloud", "sentence"}


@pytest.mark.parametrize("who", WHO)
def test_page_shows_no_english(
    app: Flask, enter: Enter, world: World, settings: Settings, who: str
) -> None:
    _write_mail(settings)
    visitor = _enter(enter, world, who)
    visitor.get(f"/?lang={LANGUAGE}")
    shown = 0
    left: dict[tuple[str, str, int], set[str]] = {}
    for method, path, data in _addresses(app, world):
        answer = _ask(visitor, method, path, data)
        if answer.mimetype == "text/html":
            shown += 1
            words = english_words(answer.get_data(as_text=True))
            left |= {(method, path, answer.status_code): words} if words else {}
    assert not left, sorted((*one, *words) for one, words in left.items())
    assert shown > 100


@pytest.mark.parametrize("who", ["coordinator", "lead"])
def test_page_of_a_stay_shows_no_english(
    app: Flask, enter: Enter, world: World, engine: sa.Engine, who: str
) -> None:
    """Those pages have something to show only where somebody lives with a host."""
    world = add_offers(engine, world)
    visitor = _enter(enter, world, who)
    visitor.get(f"/?lang={LANGUAGE}")
    left = {}
    shown = 0
    for method, path, data in _addresses(app, world, only=("stay", "incidents", "help")):
        answer = _ask(visitor, method, path, data)
        words = english_words(answer.get_data(as_text=True))
        left |= {(method, path, answer.status_code): words} if words else {}
        shown += answer.status_code == 200
    assert not left, sorted((*one, *words) for one, words in left.items())
    assert shown > 10


@pytest.mark.parametrize("who", ["local_coordinator", "partner"])
def test_page_of_ones_own_students_shows_no_english(
    app: Flask, enter: Enter, world: World, engine: sa.Engine, who: str
) -> None:
    world = add_offers(engine, world)
    visitor = _enter(enter, world, who)
    visitor.get(f"/?lang={LANGUAGE}")
    left = {}
    shown = 0
    for method, path, data in _addresses(app, world, only=("students", "cycles")):
        answer = _ask(visitor, method, path, data)
        is_page = answer.mimetype == "text/html"
        words = english_words(answer.get_data(as_text=True)) if is_page else set()
        left |= {(method, path, answer.status_code): words} if words else {}
        shown += answer.status_code == 200
    assert not left, sorted((*one, *words) for one, words in left.items())
    assert shown >= 4


def _write_mail(settings: Settings) -> None:
    folder = settings.instance_dir / "mail"
    folder.mkdir(parents=True)
    (folder / f"{MAIL}@exchange.invalid.eml").write_text("Subject: 1\n\n1\n")


def _enter(enter: Enter, world: World, who: str) -> Visitor:
    if who == "applicant":
        return enter(application_id=world.own.minor_id)
    if who == "guardian":
        return enter(guardian_id=world.own.guardian_id)
    if who != "anonymous":
        return enter(account_id=world.accounts[who])
    visitor = enter()
    for kind in ApplicationKind:
        visitor.get(f"/signup/{world.own.cycle}/{kind.value}")
        visitor.send()
    return visitor


def _ask(visitor: Visitor, method: str, path: str, data: dict[str, str]) -> TestResponse:
    return visitor.client.open(
        path,
        method=method,
        data=data | {"csrf_token": visitor.csrf or ""} if method == "POST" else None,
        base_url=HOST,
        follow_redirects=True,
        buffered=True,
    )


def _addresses(
    app: Flask, world: World, only: tuple[str, ...] = ()
) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield every page, and then every form, sent empty; of some blueprints, if they are named."""
    adapter = app.url_map.bind("127.0.0.1")
    for method in ("GET", "POST"):
        for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
            if method not in (rule.methods or ()) or rule.endpoint in NOT_ASKED:
                continue
            blueprint = rule.endpoint.split(".")[0]
            if only and blueprint not in only:
                continue
            values = arguments(world.own) | of_blueprint(blueprint, world.own)
            given = {name: values[name] for name in rule.arguments if name in values}
            for more in _variants(rule.arguments, world.own):
                path = adapter.build(rule.endpoint, given | more, method=method)
                yield method, path, SENT.get(rule.endpoint, {})


def _variants(names: set[str], realm: Realm) -> Iterator[dict[str, str]]:
    """Yield what else an address may name: every step and section, hosts, a run that goes on."""
    if "step" in names:
        for kind in ApplicationKind:
            yield from ({"kind": kind.value, "step": step.slug} for step in STEPS[kind])
    elif "section" in names:
        for name, kind in (
            (realm.application, ApplicationKind.STUDENT),
            (realm.host_application, ApplicationKind.HOST),
        ):
            yield from ({"application_id": name, "section": one.value} for one in sections_of(kind))
    elif "application_id" in names:
        yield from ({"application_id": one} for one in (realm.application, realm.host_application))
    elif "run_id" in names:
        yield from ({"run_id": one} for one in (realm.run, realm.live_run))
    else:
        yield {}


@pytest.mark.parametrize("language", ["ar", "he", "ru", "zh-Hans"])
@pytest.mark.parametrize("template", Template)
def test_mail_shows_no_english(template: Template, language: str) -> None:
    known = {"token": "1", "reference": "1"}
    notice = write_notice(template, known, language.replace("-", "_"))
    body = re.sub(r"\{base_url\}\S*", "", notice.body)
    assert WORD.findall(f"{notice.subject}\n{body}") == []
