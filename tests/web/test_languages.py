"""Pages in the reader's language: chosen at the top, kept, and never at the cost of an answer."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page as BrowserPage
from sqlmodel import Session, select

from exchange.domain.cycle import ApplicationState
from exchange.records import Account, Application, Draft, OutboxMail, Student, WebSession
from exchange.records.session import open_session
from exchange.services import applications
from exchange.translations import LANGUAGES, catalogue
from exchange.web import i18n
from tests.web.conftest import Enter
from tests.web.visitor import Page, Visitor
from tests.web.world import World

AT = datetime(2027, 3, 5, 12, tzinfo=UTC)


def _language(page: Page) -> tuple[str, str]:
    html = page.tree.all("html")[0]
    return html.attrs["lang"], html.attrs["dir"]


def _switch(page: Page) -> dict[str, str]:
    """The languages that the switch offers, by tag: the tag of the element that offers each."""
    nav = next(e for e in page.tree.all("nav") if e.attrs.get("class") == "languages")
    return {e.attrs["lang"]: e.tag for e in nav.walk() if "lang" in e.attrs and e.text() in NAMES}


NAMES = set(LANGUAGES.values())


@pytest.mark.parametrize(
    ("asked", "language", "direction"),
    [
        ("", "en", "ltr"),
        ("de, fr;q=0.8, en;q=0.5", "fr", "ltr"),
        ("ar-EG, en;q=0.9", "ar", "rtl"),
        ("he-IL", "he", "rtl"),
        ("zh-CN, en", "zh-Hans", "ltr"),
        ("ru", "ru", "ltr"),
        ("es-MX", "es", "ltr"),
    ],
)
def test_first_page_is_in_the_language_that_the_browser_asks_for(
    visitor: Visitor, asked: str, language: str, direction: str
) -> None:
    page = visitor.get("/", headers={"Accept-Language": asked})
    assert _language(page) == (language, direction)
    heading = "Live with people you would never have met"
    expected = catalogue(language.replace("-", "_")).gettext(heading)
    assert page.heading == expected
    assert (expected == heading) is (language == "en")


def test_link_of_the_switch_is_kept_and_leaves_no_trace_in_the_address(
    visitor: Visitor, engine: sa.Engine
) -> None:
    page = visitor.get("/privacy")
    assert _switch(page) == {tag: "a" for tag in _tags() if tag != "en"} | {"en": "span"}
    page = visitor.get("/privacy?lang=ar")
    assert page.path == "/privacy" and page.response.request.query_string == b""
    assert _language(page) == ("ar", "rtl")
    assert _language(visitor.get("/")) == ("ar", "rtl")
    with open_session(engine) as session:
        assert session.exec(select(WebSession)).one().data["language"] == "ar"


def _tags() -> list[str]:
    return [language.replace("_", "-") for language in LANGUAGES]


def test_link_of_the_switch_keeps_what_else_stands_in_the_address(
    enter: Enter, world: World
) -> None:
    staff = enter(account_id=world.accounts["coordinator"])
    path = f"/cycles/{world.own.cycle}/applications"
    page = staff.get(f"{path}?kind=host&lang=he")
    assert _language(page) == ("he", "rtl")
    assert page.response.request.args.to_dict() == {"kind": "host"}


@pytest.mark.parametrize("sent", ["xx", "", "en-GB-oed", "../../etc"])
def test_language_that_there_is_not_changes_nothing(visitor: Visitor, sent: str) -> None:
    page = visitor.get(f"/?lang={sent}")
    assert page.status == 200 and _language(page) == ("en", "ltr")


def test_page_that_is_not_there_is_told_in_the_language_chosen(visitor: Visitor) -> None:
    page = visitor.get("//nowhere.example/x?lang=ru", follow=False)
    page = visitor.get("/nowhere?lang=ru")
    assert page.status == 404 and _language(page) == ("ru", "ltr")
    assert page.heading == catalogue("ru").gettext("Page not found")


def _begin(visitor: Visitor, world: World, kind: str = "host") -> Page:
    """Begin a draft, and open its first page of questions."""
    visitor.get(f"/signup/{world.own.cycle}/{kind}")
    visitor.send()
    return visitor.get(f"/signup/{world.own.cycle}/{kind}/about-you")


def test_switch_on_a_form_keeps_what_was_typed_and_saves_nothing(
    visitor: Visitor, world: World, engine: sa.Engine
) -> None:
    page = _begin(visitor, world)
    first = page.heading
    assert set(_switch(page).values()) == {"button", "span"}
    typed = {"name": "Zoë <b>", "email": "not an address"}
    page = visitor.send(typed | {"lang": "fr"})
    assert page.status == 200
    assert _language(page) == ("fr", "ltr")
    assert page.heading == catalogue("fr").gettext(first) != first
    assert page.faults == [] and not _marked(page)
    assert {name: page.values()[name] for name in typed} == typed
    with open_session(engine) as session:
        draft = session.exec(select(Draft)).one()
        assert draft.data == {} and draft.language == "fr"
    # What was typed can be sent from there, and its fault is told in the new language.
    page = visitor.send()
    assert page.status == 422
    sentence = "Write the e-mail address in full, such as name@example.org."
    assert catalogue("fr").gettext(sentence) in page.faults
    assert sentence not in page.faults


def _marked(page: Page) -> bool:
    return any("aria-invalid" in e.attrs or "wrong" in e.attrs.get("class", "")
               for e in page.tree.walk())  # fmt: skip


def test_refusal_of_the_text_itself_is_told_in_the_language_of_the_page(
    visitor: Visitor, world: World
) -> None:
    _begin(visitor, world)
    visitor.get("/?lang=es")
    visitor.get(f"/signup/{world.own.cycle}/host/about-you")
    page = visitor.send({"name": "a\u202eb", "email": "a@example.org"})
    sentence = "Remove the hidden character, then try again"
    assert catalogue("es").gettext(sentence) in page.faults
    assert sentence not in page.faults


def test_enter_key_on_a_form_presses_no_language(visitor: Visitor, world: World) -> None:
    page = _begin(visitor, world)
    form = page.form().attrs["id"]
    mine = [
        e
        for e in page.tree.walk()
        if e.tag == "button" and (e.attrs.get("form") == form or e in list(page.form().walk()))
    ]
    assert "name" not in mine[0].attrs
    assert [e.attrs.get("name") for e in mine].count("lang") == len(LANGUAGES) - 1


def test_switch_presses_no_button_of_a_page_without_boxes(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    applicant = enter(application_id=world.own.application_id)
    page = applicant.get("/application/withdraw")
    assert set(_switch(page).values()) == {"a", "span"}
    page = applicant.send({"lang": "ru"})
    assert page.path == "/application/withdraw" and _language(page) == ("ru", "ltr")
    with open_session(engine) as session:
        application = session.get(Application, world.own.application_id)
        assert application is not None
        assert application.state is not ApplicationState.WITHDRAWN
        assert application.language == "ru"


def test_switch_without_the_token_of_the_page_does_not_pass_for_one(
    visitor: Visitor, world: World
) -> None:
    _begin(visitor, world)
    page = visitor.send({"name": "Zoë", "lang": "fr", "csrf_token": "forged"})
    assert page.status == 403 and page.faults != []


def test_account_keeps_its_language_for_the_next_sign_in(
    app: Flask, enter: Enter, world: World, engine: sa.Engine
) -> None:
    account_id = world.accounts["reviewer"]
    enter(account_id=account_id).get("/cycles?lang=zh-Hans")
    with open_session(engine) as session:
        account = session.get(Account, account_id)
        assert account is not None and account.language == "zh_Hans"


def test_opened_application_is_shown_in_its_own_language(
    visitor: Visitor, world: World, engine: sa.Engine
) -> None:
    with open_session(engine) as session:
        application = session.get(Application, world.own.application_id)
        assert application is not None
        application.language = "he"
        session.add(application)
        session.commit()
    visitor.get(f"/application/open/{world.own.link}")
    page = visitor.send()
    assert page.path == "/application" and _language(page) == ("he", "rtl")


def test_mail_is_in_the_language_of_the_application(session: Session, world: World) -> None:
    application = session.get(Application, world.own.application_id)
    assert application is not None
    student = session.get(Student, application.student_id)
    assert student is not None and student.email is not None
    application.language = "ru"
    session.add(application)
    session.flush()
    applications.request_link(session, reference=application.reference, email=student.email, at=AT)
    mail = session.exec(select(OutboxMail).order_by(sa.desc("id"))).first()
    assert mail is not None
    assert mail.subject == "Ссылка, которую вы просили"
    assert mail.body.startswith("Здравствуйте!\n") and "{base_url}/application/open/" in mail.body


@pytest.mark.parametrize("language", ["ar", "zh-Hans"])
def test_form_in_another_script_takes_its_digits_and_shows_them_back(
    visitor: Visitor, world: World, language: str
) -> None:
    _begin(visitor, world, "student")
    visitor.get(f"/?lang={language}")
    visitor.get(f"/signup/{world.own.cycle}/student/birth-date")
    digits = "٠١٢٣٤٥٦٧٨٩" if language == "ar" else "０１２３４５６７８９"
    native = str.maketrans("0123456789", digits)
    born = {"birth_on-day": "27", "birth_on-month": "3", "birth_on-year": "1999"}
    page = visitor.send({name: value.translate(native) for name, value in born.items()})
    assert page.faults == [] and page.status == 200
    page = visitor.get(f"/signup/{world.own.cycle}/student/check")
    shown = "27 مارس 1999" if language == "ar" else "1999年3月27日"
    assert shown in page.text


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_names_stand_in_the_order_of_the_language(
    page: BrowserPage, app: Flask, language: str
) -> None:
    """A browser carries the collations of CLDR; ours must be no other."""
    with app.test_request_context(headers={"Accept-Language": language.replace("_", "-")}):
        lists = [
            [name for _code, name in choices]
            for choices in (i18n.country_choices(), i18n.language_choices())
        ]
    for ours in lists:
        theirs = page.evaluate(
            "([tag, names]) => names.sort(new Intl.Collator(tag).compare)",
            [language.replace("_", "-"), list(ours)],
        )
        assert len(ours) > 200
        assert ours == theirs
