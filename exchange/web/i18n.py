"""Every text of a page comes through here: translation, names of countries and languages, dates.

This is the only module that knows Flask-Babel. English is the only catalogue so far; a language
is added in `LANGUAGES` and `translations/`.
"""

import unicodedata
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date as babel_format_date
from babel.dates import format_datetime as babel_format_datetime
from babel.numbers import format_decimal
from flask import Flask, request
from flask_babel import Babel, get_locale, gettext, lazy_gettext, ngettext

from exchange.domain.nation import NATIONS

__all__ = [
    "country_choices",
    "country_name",
    "format_day",
    "format_moment",
    "format_number",
    "gettext",
    "init_app",
    "language_choices",
    "language_name",
    "lazy_gettext",
    "ngettext",
    "page_direction",
    "page_language",
]

LANGUAGES: tuple[str, ...] = ("en",)

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
    """Attach the translations, and give templates the functions of this module."""
    Babel(app, locale_selector=_choose_language, default_locale=LANGUAGES[0])
    app.jinja_env.globals.update(
        country_name=country_name,
        format_day=format_day,
        format_moment=format_moment,
        format_number=format_number,
        language_name=language_name,
        page_direction=page_direction,
        page_language=page_language,
    )


def _choose_language() -> str:
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def _locale() -> Locale:
    locale = get_locale()
    return Locale(LANGUAGES[0]) if locale is None else locale


def page_language() -> str:
    """The language of this page, as the `lang` attribute has it."""
    return str(_locale()).replace("_", "-")


def page_direction() -> str:
    """`ltr` or `rtl`."""
    return str(_locale().text_direction)


def country_name(code: str) -> str:
    """The name of a nation in the language of the page; the code itself when CLDR has none."""
    return str(_locale().territories.get(code, code))


def language_name(tag: str) -> str:
    """The name of a language in the language of the page; the tag itself when CLDR has none."""
    parts = tag.replace("-", "_")
    try:
        return Locale.parse(parts).get_display_name(_locale()) or tag
    except (UnknownLocaleError, ValueError):
        return str(_locale().languages.get(tag.split("-", maxsplit=1)[0], tag))


@lru_cache(maxsize=16)
def _sorted_countries(language: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(language).territories
    return tuple(
        sorted(((code, str(names.get(code, code))) for code in NATIONS), key=lambda c: _key(c[1]))
    )


@lru_cache(maxsize=16)
def _sorted_languages(language: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(language).languages
    offered = ((tag, names.get(tag)) for tag in SPOKEN.split())
    return tuple(sorted(((t, str(n)) for t, n in offered if n), key=lambda c: _key(c[1])))


def _key(name: str) -> str:
    """Sort Åland among the A and Éwé among the E; not a full collation, but close to one."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def country_choices() -> tuple[tuple[str, str], ...]:
    """(code, name) of every nation, in the order of the names."""
    return _sorted_countries(str(_locale()))


def language_choices() -> tuple[tuple[str, str], ...]:
    """(tag, name) of every language a form offers, in the order of the names."""
    return _sorted_languages(str(_locale()))


def format_day(day: date | None) -> str:
    """A date in words: 5 March 2027."""
    if day is None:
        return ""
    skeleton = "d MMMM y" if _locale().language == "en" else "long"
    return str(babel_format_date(day, format=skeleton, locale=_locale()))


def format_moment(at: datetime | None, time_zone: str = "UTC") -> str:
    """A moment in a named zone, with its offset: 5 March 2027, 14:00 (Europe/Berlin, UTC+1)."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(time_zone))
    day = format_day(local.date())
    clock = babel_format_datetime(local, format="HH:mm", locale=_locale())
    hours = local.strftime("%z")
    offset = f"UTC{hours[:3]}:{hours[3:]}"
    zone = "UTC" if time_zone == "UTC" else f"{time_zone.replace('_', ' ')}, {offset}"
    return f"{day}, {clock} ({zone})"


def format_number(value: float) -> str:
    """A number as the language of the page writes it."""
    return str(format_decimal(value, locale=_locale()))
