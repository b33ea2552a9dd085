"""Every text of a page comes through here: translation, names of countries and languages, dates.

The language of a page is the one that the reader chose, else the best of those that the browser
asks for; `language_switch` is where it is chosen. Catalogues are in `exchange.translations`.
"""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date as babel_format_date
from babel.dates import format_datetime as babel_format_datetime
from babel.dates import get_timezone_location
from babel.numbers import format_decimal
from flask import Flask, g, has_request_context, request, session
from markupsafe import Markup

from exchange.domain.nation import NATIONS
from exchange.translations import ENGLISH, LANGUAGES, Sentence, best_language, catalogue
from exchange.translations import translated as translated_into
from exchange.web.collation import sorted_names

__all__ = [
    "Sentence",
    "comma",
    "country_choices",
    "country_name",
    "current_language",
    "format_day",
    "format_moment",
    "format_number",
    "gettext",
    "init_app",
    "joined",
    "language_choices",
    "language_name",
    "lazy_gettext",
    "ngettext",
    "page_direction",
    "page_language",
    "translated",
]

SPOKEN = """
    aa ab ach ace af ak als am ar as ast av ay az ba bal ban bar be bem ber bg bho bi bik bm bn bo
    br bs ca ce ceb chr ckb co cs cv cy da de din dv dz ee el en eo es et eu fa ff fi fil fj fo fr
    fur fy ga gd gl gn gu gv ha haw he hi hil hmn ho hr ht hu hy id ig ii ilo is it iu ja jv ka kab
    kbd kg ki kk kl km kmb kn ko kok kr kri ks ku kv kw ky la lb lg li ln lo lt lua lus lv mad mai
    mg mh mi min mk ml mn mni mr ms mt my na nap nb nd ne nn nr nso nv ny oc om or os pa pag pam pap
    pl ps pt qu rm rn ro rom ru rw sa sah sat sc scn sd se sg shn si sk sl sm sn so sq sr ss st su
    sv sw syr ta te tet tg th ti tk tn to tpi tr ts tt tum tw ty tyv tzm udm ug uk umb ur uz ve vi
    wal war wo xh yi yo yue za zh zu
"""
"""Languages that a form offers, by primary subtag; the name comes from CLDR."""


def init_app(app: Flask) -> None:
    """Give templates the translations and the functions of this module."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    environment: Any = app.jinja_env
    environment.install_gettext_callables(gettext, _plural, newstyle=True)
    # Jinja's own asks the context of the template, which it copies for each sentence in a loop.
    app.jinja_env.globals["_"] = _of_template
    app.jinja_env.filters["translated"] = translated
    app.jinja_env.globals.update(
        comma=comma,
        country_name=country_name,
        format_day=format_day,
        format_moment=format_moment,
        format_number=format_number,
        language_name=language_name,
        page_direction=page_direction,
        page_language=page_language,
    )


def current_language() -> str:
    """The language in which this request is answered; English outside of one."""
    if not has_request_context():
        return ENGLISH
    found: str | None = g.get("language")
    if found is None:
        chosen = session.get("language")
        wanted = [tag for tag, _quality in request.accept_languages]
        found = str(chosen) if chosen in LANGUAGES else best_language(wanted)
        g.language = found
    return found


def gettext(message: str, **values: object) -> str:
    """Translate a sentence, and fill in its values."""
    text = catalogue(current_language()).gettext(message)
    return text % values if values else text


def _of_template(message: str, **values: object) -> Markup:
    """Translate a sentence of a template, and fill in its values, escaped."""
    return Markup(catalogue(current_language()).gettext(message)) % values  # noqa: S704


def _plural(one: str, many: str, num: int) -> str:
    """Templates fill the values in themselves, and escape them."""
    return catalogue(current_language()).ngettext(one, many, num)


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """Translate a sentence in the form that its number asks for."""
    return _plural(one, many, num) % {"num": num, **values}


class LazySentence:
    """A sentence that is translated each time it is shown, for what is declared at import."""

    __slots__ = ("_values", "message")

    def __init__(self, message: str, values: dict[str, object]) -> None:
        self.message, self._values = message, values

    def __str__(self) -> str:
        return gettext(self.message, **self._values)

    def __bool__(self) -> bool:
        return bool(self.message)

    def __len__(self) -> int:
        return len(str(self))

    def __repr__(self) -> str:
        return f"LazySentence({self.message!r})"

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(self.message)


def lazy_gettext(message: str, **values: object) -> LazySentence:
    """Mark a sentence that is translated when it is shown."""
    return LazySentence(message, values)


def translated(sentence: object) -> str:
    """Write a refusal of another layer in the language of the page."""
    return translated_into(
        sentence if isinstance(sentence, Sentence) else str(sentence), current_language()
    )


@lru_cache(maxsize=len(LANGUAGES))
def _locale_of(language: str) -> Locale:
    return Locale.parse(language)


def _locale() -> Locale:
    return _locale_of(current_language())


def page_language() -> str:
    """The language of this page, as the `lang` attribute has it."""
    return current_language().replace("_", "-")


def page_direction() -> str:
    """`ltr` or `rtl`."""
    return str(_locale().text_direction)


def country_name(code: str) -> str:
    """The name of a nation in the language of the page; the code itself when CLDR has none."""
    return _country(code, current_language())


@lru_cache(maxsize=4096)
def _country(code: str, language: str) -> str:
    return str(_locale_of(language).territories.get(code, code))


def language_name(tag: str) -> str:
    """The name of a language in the language of the page; the tag itself when CLDR has none."""
    parts = tag.replace("-", "_")
    try:
        return Locale.parse(parts).get_display_name(_locale()) or tag
    except (UnknownLocaleError, ValueError):
        return str(_locale().languages.get(tag.split("-", maxsplit=1)[0], tag))


Choices = tuple[tuple[str, str], ...]


@lru_cache(maxsize=len(LANGUAGES))
def _sorted_countries(language: str) -> Choices:
    names = _locale_of(language).territories
    return sorted_names(((code, str(names.get(code, code))) for code in NATIONS), language)


@lru_cache(maxsize=len(LANGUAGES))
def _sorted_languages(language: str) -> Choices:
    names = _locale_of(language).languages
    offered = ((tag, names.get(tag)) for tag in SPOKEN.split())
    return sorted_names(((tag, str(name)) for tag, name in offered if name), language)


def country_choices() -> Choices:
    """(code, name) of every nation, in the order of the names."""
    return _sorted_countries(current_language())


def language_choices() -> Choices:
    """(tag, name) of every language a form offers, in the order of the names."""
    return _sorted_languages(current_language())


def format_day(day: date | None) -> str:
    """A date in words: 5 March 2027."""
    if day is None:
        return ""
    return _day(day, current_language())


# The lines of a list often have the same few days.
@lru_cache(maxsize=4096)
def _day(day: date, language: str) -> str:
    locale = _locale_of(language)
    skeleton = "d MMMM y" if locale.language == "en" else "long"
    return str(babel_format_date(day, format=skeleton, locale=locale))


def format_moment(at: datetime | None, time_zone: str = "UTC") -> str:
    """A moment in a named zone, with its offset: 5 March 2027, 14:00 (Berlin, UTC+01:00)."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(time_zone))
    return gettext(
        "%(day)s, %(clock)s (%(zone)s)",
        day=format_day(local.date()),
        clock=format_clock(local),
        zone="UTC" if time_zone == "UTC" else _zone_words(time_zone, local),
    )


def format_clock(local: datetime) -> str:
    """What the clocks of a place show at a local moment: 14:00."""
    return str(babel_format_datetime(local, format="HH:mm", locale=_locale()))


def format_offset(local: datetime) -> str:
    """How far the clocks of a place are from UTC at a local moment: UTC+01:00."""
    offset = local.strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:]}"


def _zone_words(time_zone: str, local: datetime) -> str:
    """The city that a zone is named after, and how far it is from UTC."""
    city = get_timezone_location(time_zone, locale=_locale(), return_city=True)
    return joined((city, format_offset(local)))


def comma() -> str:
    """What stands between the words of a list."""
    return gettext(", ")


def joined(words: Iterable[object]) -> str:
    """The words one after another, as the language of the page lists them."""
    return comma().join(map(str, words))


def format_number(value: float, digits: int | None = None) -> str:
    """A number as the language of the page writes it; with so many decimals where that is said."""
    return _number(value, digits, current_language())


# A page of placements writes hundreds of numbers between 0 and 1, and most of them again.
@lru_cache(maxsize=4096)
def _number(value: float, digits: int | None, language: str) -> str:
    pattern = None if digits is None else f"#,##0.{'0' * digits}"
    return str(format_decimal(value, format=pattern, locale=_locale_of(language)))
