"""One answer of a profile: its type, how it is cleaned, and what may stand in it.

Sentences of faults are for people and repeat no value. Which answers there are, and which go
together, is said in `profiles`.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from exchange.domain.attributes import (
    FIELDS,
    INTERESTS,
    LANGUAGE_TAG,
    NEEDS,
    OFFERS,
    PLACEMENT_KINDS,
    UNSTATED_LEVEL,
    Gender,
    LanguageSkill,
    Level,
)
from exchange.domain.nation import NATIONS
from exchange.intake.text import clean_name, clean_text
from exchange.translations import Sentence

MAX_LIST = 60
_FIRST_BIRTH = date(1900, 1, 1)
_DAYS = (date(2000, 1, 1), date(2100, 12, 31))
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LANGUAGE_WORD = f"^{LANGUAGE_TAG.pattern}(:({'|'.join(Level)}))?$"


def _listed(words: frozenset[str] | tuple[str, ...]) -> str:
    return ", ".join(sorted(words))


_NO_INTEREST = Sentence("Use a known interest: %(words)s", words=_listed(INTERESTS))
_NO_NEED = Sentence("Use a known word: %(words)s", words=_listed(NEEDS))
_NO_OFFER = Sentence("Use a known offer: %(words)s", words=_listed(OFFERS))
_NO_KIND = Sentence("Use a known kind: %(words)s", words=_listed(PLACEMENT_KINDS))


def text(max_length: int, *, lines: bool = False) -> Any:
    """Return the validator of a text: cleaned, at most so long, None when nothing is left."""

    def clean(value: str) -> str | None:
        return clean_text(value, max_length, lines=lines) or None

    return AfterValidator(clean)


def _nation(value: str) -> str:
    if value not in NATIONS:
        raise ValueError("Use the two-letter code of a nation (ISO 3166-1), such as FR")
    return value


def _email(value: str) -> str | None:
    if not value.strip():
        return None
    return read_email(value)


def read_email(value: str) -> str:
    """Return an e-mail address as it was written, its domain in small letters.

    A domain written in ASCII stays so, be it the code of another: any mail server understands it.

    Raises
    ------
    ValueError
        When it is none; whether it receives mail is not asked.
    """
    try:
        found = validate_email(value.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise ValueError("Enter an e-mail address such as name@example.org") from error
    return (value.isascii() and found.ascii_email) or found.normalized


def mailbox_key(address: str) -> str:
    """Return an address as it is compared: two spellings of one mailbox have the same key.

    Only what no provider tells apart is evened out: capitals, composed letters, the two forms of
    an international domain. `a+b@` and `a@` may be two people.
    """
    try:
        address = validate_email(address.strip(), check_deliverability=False).normalized
    except EmailNotValidError:
        address = address.strip()
    return address.casefold()


def parse_languages(words: Any) -> Any:
    """Read `fr|en:B2` (as a list) into skills; the first without a level is the native one."""
    if not isinstance(words, list | tuple):
        return words
    skills: list[LanguageSkill] = []
    for word in words:
        if isinstance(word, LanguageSkill):
            skills.append(word)
            continue
        tag, colon, stated = str(word).partition(":")
        tag = _language_tag(tag.strip())
        if colon:
            skills.append(LanguageSkill(tag, _level(stated.strip())))
        elif any(skill.level is Level.NATIVE for skill in skills):
            skills.append(LanguageSkill(tag, UNSTATED_LEVEL))
        else:
            skills.append(LanguageSkill(tag, Level.NATIVE))
    tags = [skill.tag for skill in skills]
    if len(set(tags)) < len(tags):
        raise ValueError("List each language once")
    return tuple(skills)


def _language_tag(tag: str) -> str:
    primary, dash, rest = tag.partition("-")
    tag = primary.lower() + dash + rest
    if not LANGUAGE_TAG.fullmatch(tag):
        raise ValueError("Use a language tag such as fr, pt-BR or zh-Hans")
    return tag


def _level(word: str) -> Level:
    level = word if word == "native" else word.upper()
    if level not in set(Level):
        raise ValueError("Use a level from A1 to C2, or native")
    return Level(level)


def language_words(skills: tuple[LanguageSkill, ...]) -> list[str]:
    """Write skills as `tag:level`, which `parse_languages` reads back."""
    return [f"{skill.tag}:{skill.level}" for skill in skills]


def _told(**schema: Any) -> WithJsonSchema:
    """Say to programs what an answer may be, where only a function of ours knows."""
    return WithJsonSchema({"type": "string", **schema})


def _known(words: frozenset[str] | tuple[str, ...], otherwise: Sentence) -> Any:
    def check(value: str) -> str:
        if value not in words:
            raise ValueError(otherwise)
        return value

    return AfterValidator(check)


def _field(value: str) -> str | None:
    code = value.strip()
    if not code:
        return None
    if not code.isascii() or code[:2] not in FIELDS or not code.replace(".", "", 1).isdigit():
        raise ValueError("Use a field of ISCED-F, from 00 to 10")
    return code[:2]


def once(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values without repetitions, in their order."""
    return tuple(dict.fromkeys(values))


def _birth(value: date) -> date:
    if value < _FIRST_BIRTH:
        raise ValueError("Use a date of birth after 1900")
    return value


def _stay_day(value: date) -> date:
    if not _DAYS[0] <= value <= _DAYS[1]:
        raise ValueError("Use a day between 2000 and 2100")
    return value


def read_day(typed: str) -> date:
    """Return the day that a text such as 2027-06-30 means."""
    day: date = _stay_day(_strict_day(typed))
    return day


def _strict_day(value: Any) -> Any:
    """Take a date or ISO text; numbers, moments and week dates are not days."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value) if _DAY.fullmatch(value) else _no_day()
        except ValueError:
            _no_day()
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    return _no_day()


def _no_day() -> Any:
    raise ValueError("Use a date written as year-month-day, such as 2027-06-30")


Nation = Annotated[
    str, AfterValidator(_nation), _told(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2")
]
Word = Annotated[str, text(100)]
Words = Annotated[tuple[Word, ...], Field(max_length=MAX_LIST), AfterValidator(once)]
Name = Annotated[str, AfterValidator(lambda value: clean_name(value, 200) or None)] | None
Short = Annotated[str, text(200)] | None
Mail = Annotated[str, Field(max_length=254), AfterValidator(_email)] | None
Birth = Annotated[date, BeforeValidator(_strict_day), AfterValidator(_birth)]
Day = Annotated[date, BeforeValidator(_strict_day), AfterValidator(_stay_day)]
Languages = Annotated[
    tuple[LanguageSkill, ...],
    BeforeValidator(parse_languages),
    Field(max_length=20),
    WithJsonSchema(
        {
            "type": "array",
            "maxItems": 20,
            "items": {"type": "string", "pattern": _LANGUAGE_WORD},
            "description": "BCP 47 tag with a level of the CEFR or native, such as fr:B2",
        }
    ),
]
Interests = Annotated[
    tuple[Annotated[str, _known(INTERESTS, _NO_INTEREST), _told(enum=sorted(INTERESTS))], ...],
    Field(max_length=MAX_LIST),
    AfterValidator(once),
]
Needs = Annotated[
    tuple[Annotated[str, _known(NEEDS, _NO_NEED), _told(enum=sorted(NEEDS))], ...],
    Field(max_length=MAX_LIST),
    AfterValidator(once),
]
Offers = Annotated[
    tuple[Annotated[str, _known(OFFERS, _NO_OFFER), _told(enum=sorted(OFFERS))], ...],
    Field(max_length=MAX_LIST),
    AfterValidator(once),
]
Kinds = Annotated[
    tuple[
        Annotated[str, _known(PLACEMENT_KINDS, _NO_KIND), _told(enum=sorted(PLACEMENT_KINDS))], ...
    ],
    Field(max_length=MAX_LIST),
    AfterValidator(once),
]
Genders = Annotated[tuple[Gender, ...], Field(max_length=3), AfterValidator(once)]
Age = Annotated[int, Field(ge=0, le=120)]
StudyField = (
    Annotated[
        str,
        AfterValidator(_field),
        _told(pattern="^(0[0-9]|10)", description="Broad field of ISCED-F 2013"),
    ]
    | None
)
