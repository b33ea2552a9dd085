"""The handbook is true: its words are those of the pages, and what it points at is there."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask
from markdown_it.token import Token
from werkzeug.exceptions import HTTPException

from exchange.translations import LANGUAGES, catalogue
from exchange.web.handbook import contents, pages
from tests import catalogues
from tests.web.conftest import Enter
from tests.web.pages.places import routes_of_pages
from tests.web.visitor import HOST
from tests.web.world import World

FOLDER = Path(str(pages.folder()))
SLUGS = contents.slugs()
HEADINGS = (
    "When you need this",
    "Steps",
    "What happens next",
    "What cannot be done, and why",
    "See also",
)
"""Every page has these in this order, so that a reader knows where to look."""


def _tokens(slug: str) -> Iterator[Token]:
    for _heading, tokens in pages.read(slug).sections:
        yield from tokens


@cache
def _words_of_the_application() -> frozenset[str]:
    """Every sentence of pages; titles of the handbook do not count for themselves."""
    found = catalogues.sentences()
    ours = [one for one in found if not one.path.startswith("handbook/")]
    return frozenset(form for one in ours for form in one.forms)


def test_index_names_every_page_once_and_no_other() -> None:
    assert sorted(SLUGS) == sorted(path.stem for path in FOLDER.glob("*.md"))
    assert len(SLUGS) == len(set(SLUGS))


@pytest.mark.parametrize("slug", SLUGS)
def test_page_is_short_and_has_the_same_parts_as_every_other(slug: str) -> None:
    text = (FOLDER / f"{slug}.md").read_text(encoding="utf-8")
    assert text.startswith("# ") and text.endswith("\n")
    assert 20 <= len(text.splitlines()) <= 75
    page = pages.read(slug)
    assert tuple(heading for heading, _said in page.sections) == HEADINGS
    assert page.title and not page.title.endswith(".")
    assert all(said for _heading, said in page.sections)
    steps = dict(page.sections)["Steps"]
    assert any(token.type == "ordered_list_open" for token in steps)


@pytest.mark.parametrize("slug", SLUGS)
def test_bold_words_stand_on_a_page_of_the_application(slug: str) -> None:
    said = [text.content for _tag, text in pages.quoted(list(_tokens(slug)))]
    assert said and not [words for words in said if "%(" in words]
    assert [words for words in said if words not in _words_of_the_application()] == []


@pytest.mark.parametrize("slug", SLUGS)
def test_links_lead_to_pages_that_there_are(app: Flask, slug: str) -> None:
    for token in pages.inline(list(_tokens(slug)), "link_open"):
        assert _leads_somewhere(app, str(token.attrGet("href"))), token.attrGet("href")
    assert pages.read(slug).neighbours


def _leads_somewhere(app: Flask, target: str) -> bool:
    if target.startswith("/"):
        try:
            app.url_map.bind("127.0.0.1").match(target, method="GET")
        except HTTPException:
            return False
        return True
    name, _, part = target.partition("#")
    anchors = {pages.anchor(heading) for heading in HEADINGS}
    return name in SLUGS and (not part or part in anchors)


@pytest.mark.parametrize("slug", SLUGS)
def test_link_to_a_page_says_the_title_of_that_page(slug: str) -> None:
    """A link may sit in a sentence, but in "See also" its words are the title, to be translated."""
    said = dict(pages.read(slug).sections)[pages.SEE_ALSO]
    found = []
    for token in said:
        found += [
            (str(before.attrGet("href")), words.content)
            for before, words in pairwise(token.children or ())
            if before.type == "link_open"
        ]
    assert found == [(name, pages.read(name).title) for name, _words in found]
    assert {token.type for token in said} <= {
        "bullet_list_open",
        "bullet_list_close",
        "list_item_open",
        "list_item_close",
        "paragraph_open",
        "paragraph_close",
        "inline",
    }


def test_every_page_is_a_neighbour_of_another() -> None:
    named = {other for slug in SLUGS for other in pages.read(slug).neighbours if other != slug}
    assert set(SLUGS) - named == set()


def test_every_picture_is_there_and_shown_and_described() -> None:
    shown = set()
    for slug in SLUGS:
        for token in pages.inline(list(_tokens(slug)), "image"):
            source = str(token.attrGet("src"))
            assert source.startswith(pages.PICTURES)
            shown.add(source.removeprefix(pages.PICTURES))
            assert re.fullmatch(r"[A-Z].{20,}\.", token.content), (slug, token.content)
    kept = {path.name for path in (FOLDER / "pictures").iterdir()}
    assert shown - kept == set()
    assert kept - shown == set()


def test_picture_is_kept_by_browsers_and_changes_its_address(app: Flask) -> None:
    client = app.test_client()
    page = client.get("/handbook/start-a-run", base_url=HOST).get_data(as_text=True)
    address = re.findall(r'src="(/handbook/pictures/[^"]+)"', page)[0]
    assert re.search(r"\?v=[0-9a-f]{12}$", address)
    answer = client.get(address, base_url=HOST)
    assert answer.status_code == 200 and answer.mimetype == "image/webp"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.get_data()[8:12] == b"WEBP"


@pytest.mark.parametrize(
    "name", ["nothing.webp", "..", "%2e%2e%2fstart-a-run.md", "start-a-run.md"]
)
def test_nothing_but_pictures_is_given_out(app: Flask, name: str) -> None:
    assert app.test_client().get(f"/handbook/pictures/{name}", base_url=HOST).status_code == 404


@pytest.mark.parametrize("slug", ["nothing", "pages", "start-a-run.md", "..%2f..%2fREADME"])
def test_page_that_is_not_in_the_index_is_not_there(app: Flask, slug: str) -> None:
    assert app.test_client().get(f"/handbook/{slug}", base_url=HOST).status_code == 404


def test_index_leads_to_every_page_and_each_passes_the_checks_of_pages(enter: Enter) -> None:
    visitor = enter()
    index = visitor.get("/handbook")
    links = [a.attrs["href"] for a in index.tree.all("main")[0].all("a")]
    assert links == [f"/handbook/{slug}" for slug in SLUGS]
    for address in links:
        page = visitor.get(address)
        assert page.status == 200
        assert [h.text() for h in page.tree.all("main")[0].all("h2")] == list(HEADINGS)


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_text_is_marked_english_and_words_of_the_pages_are_translated(
    enter: Enter, language: str
) -> None:
    tag = language.replace("_", "-")
    visitor = enter()
    visitor.get(f"/?lang={tag}")
    page = visitor.get("/handbook/start-a-run")
    body = [e for e in page.tree.walk() if e.attrs.get("class") == "handbook"]
    assert body and all((e.attrs["lang"], e.attrs["dir"]) == ("en", "ltr") for e in body)
    start = catalogue(language).gettext("Start a match run")
    said = [e for one in body for e in one.all("strong") if e.text() == start]
    assert said and said[0].attrs["lang"] == tag
    assert said[0].attrs["dir"] == ("rtl" if language in ("ar", "he") else "ltr")


def test_english_page_says_nothing_of_languages(enter: Enter) -> None:
    page = enter().get("/handbook/start-a-run")
    assert "in English so far" not in page.text
    bodies = [e for e in page.tree.walk() if e.attrs.get("class") == "handbook"]
    assert bodies and not [e for e in bodies if "lang" in e.attrs]


def test_html_in_a_page_is_shown_and_never_obeyed(app: Flask) -> None:
    tokens = pages.parse("<script>alert(1)</script> **Start** <b>x</b> [x](javascript:alert)\n")
    with app.test_request_context("/handbook"):
        html = pages._html(tokens)
    assert "&lt;script&gt;" in html and "<strong" in html
    assert not [tag for tag in ("<script", "<b>", "<a") if tag in html]


def test_every_page_of_the_site_has_a_page_that_helps(app: Flask) -> None:
    """A new page of the site goes into the table `HELP`, or its folder does."""
    endpoints = {one for one in routes_of_pages(app) if not one.startswith("handbook.")}
    assert sorted(one for one in endpoints if contents.help_for(one) not in SLUGS) == []
    blueprints = {one.split(".")[0] for one in endpoints}
    assert set(contents.HELP) - endpoints - blueprints == set()
    # What says the same as its blueprint only makes the table longer.
    same = [
        one
        for one, slug in contents.HELP.items()
        if "." in one and contents.HELP.get(one.split(".")[0]) == slug
    ]
    assert same == []


@pytest.mark.parametrize(
    ("who", "path", "slug"),
    [
        ("coordinator", "/cycles/{cycle}", "read-the-desk"),
        ("coordinator", "/cycles/{cycle}/runs/new", "start-a-run"),
        ("coordinator", "/applications/{application}/checks/new", "checks-and-blockers"),
        ("coordinator", "/account", "sign-in"),
        ("anonymous", "/", "apply"),
    ],
)
def test_page_links_to_the_page_that_helps(
    enter: Enter, world: World, who: str, path: str, slug: str
) -> None:
    visitor = enter(account_id=world.accounts[who]) if who != "anonymous" else enter()
    own = world.own
    page = visitor.get(path.format(cycle=own.cycle, application=own.host_application))
    assert page.status == 200
    [link] = [a for a in page.tree.all("a") if a.text() == "Help with this page"]
    assert link.attrs["href"] == f"/handbook/{slug}"


def test_handbook_is_reached_from_the_foot_of_every_page_and_offers_no_help_of_its_own(
    enter: Enter,
) -> None:
    page = enter().get("/handbook/start-a-run")
    links = {a.text(): a.attrs["href"] for a in page.tree.all("a")}
    assert links["Handbook"] == links["All pages of the handbook"] == "/handbook"
    assert "Help with this page" not in links
