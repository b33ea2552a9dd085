"""The validated profile of a student and of a host: the same at every border.

A form, a seed, a row of a file and a command all end here; what follows trusts it. Sentences of
faults are for people and repeat no value.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from exchange.domain.attributes import (
    FIELDS,
    INTERESTS,
    LANGUAGE_TAG,
    NEEDS,
    OFFERS,
    UNSTATED_LEVEL,
    Gender,
    LanguageSkill,
    Level,
    Lifestyle,
    age_on,
)
from exchange.domain.nation import NATIONS
from exchange.domain.snapshot import HostEntry, StudentEntry
from exchange.intake.text import clean_text

MAX_LIST = 60
MAX_CAPACITY = 500
_FIRST_BIRTH = date(1900, 1, 1)
_DAYS = (date(2000, 1, 1), date(2100, 12, 31))
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Disagreement(ValueError):
    """Two answers that do not go together; `field` names the one to look at first."""

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field


def _text(max_length: int, *, lines: bool = False) -> Any:
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
    try:
        return validate_email(value.strip(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError("Enter an e-mail address such as name@example.org") from error


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


def _known(words: frozenset[str] | tuple[str, ...], noun: str) -> Any:
    def check(value: str) -> str:
        if value not in words:
            raise ValueError(f"Use a known {noun}: {', '.join(sorted(words))}")
        return value

    return AfterValidator(check)


def _field(value: str) -> str | None:
    code = value.strip()
    if not code:
        return None
    if not code.isascii() or code[:2] not in FIELDS or not code.replace(".", "", 1).isdigit():
        raise ValueError("Use a field of ISCED-F, from 00 to 10")
    return code[:2]


def _once(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _birth(value: date) -> date:
    if value < _FIRST_BIRTH:
        raise ValueError("Use a date of birth after 1900")
    return value


def _stay_day(value: date) -> date:
    if not _DAYS[0] <= value <= _DAYS[1]:
        raise ValueError("Use a day between 2000 and 2100")
    return value


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


Nation = Annotated[str, AfterValidator(_nation)]
Word = Annotated[str, _text(100)]
Words = Annotated[tuple[Word, ...], Field(max_length=MAX_LIST), AfterValidator(_once)]
Short = Annotated[str, _text(200)] | None
Mail = Annotated[str, Field(max_length=254), AfterValidator(_email)] | None
Birth = Annotated[date, BeforeValidator(_strict_day), AfterValidator(_birth)]
Day = Annotated[date, BeforeValidator(_strict_day), AfterValidator(_stay_day)]
Languages = Annotated[
    tuple[LanguageSkill, ...], BeforeValidator(parse_languages), Field(max_length=20)
]
Interests = Annotated[
    tuple[Annotated[str, _known(INTERESTS, "interest")], ...],
    Field(max_length=MAX_LIST),
    AfterValidator(_once),
]
Needs = Annotated[
    tuple[Annotated[str, _known(NEEDS, "word")], ...],
    Field(max_length=MAX_LIST),
    AfterValidator(_once),
]
Offers = Annotated[
    tuple[Annotated[str, _known(OFFERS, "offer")], ...],
    Field(max_length=MAX_LIST),
    AfterValidator(_once),
]
Genders = Annotated[tuple[Gender, ...], Field(max_length=3), AfterValidator(_once)]
Age = Annotated[int, Field(ge=0, le=120)]


class _Profile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    email: Mail = None
    languages: Languages = ()
    interests: Interests = ()
    field: Annotated[str, AfterValidator(_field)] | None = None
    lifestyle: Lifestyle | None = None
    never: Words = ()


class StudentProfile(_Profile):
    """What a student tells us. Only a nationality is required everywhere."""

    given_name: Short = None
    family_name: Short = None
    preferred_name: Short = None
    birth_on: Birth | None = None
    age: Age | None = None
    gender: Gender | None = None
    nationalities: Annotated[
        tuple[Nation, ...], Field(min_length=1, max_length=5), AfterValidator(_once)
    ]
    home_city: Short = None
    school: Short = None
    arrive_on: Day | None = None
    depart_on: Day | None = None
    needs: Needs = ()
    wishes: Needs = ()
    waiting_since: Day | None = None
    host_gender: Genders = ()
    ranked_hosts: Words = ()
    keep_with: Words = ()
    keep_apart: Words = ()
    partner: Annotated[str, _text(100)] | None = None
    letter: Annotated[str, _text(3000, lines=True)] | None = None
    emergency_contact: Annotated[str, _text(500, lines=True)] | None = None
    guardian_name: Short = None
    guardian_email: Mail = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.arrive_on and self.depart_on and self.depart_on < self.arrive_on:
            raise Disagreement("The day of departure is before the day of arrival", "depart_on")
        if self.guardian_email and self.guardian_email.lower() == (self.email or "").lower():
            raise Disagreement(
                "The guardian needs an e-mail address of their own", "guardian_email"
            )
        return self

    def age_at(self, day: date | None) -> int | None:
        """Whole years of age on a day; as stated where no date of birth is known."""
        if self.birth_on is None or day is None:
            return self.age
        return age_on(self.birth_on, day)

    def to_entry(
        self, student_id: str, *, arrive_on: date | None = None, cleared: bool = True
    ) -> StudentEntry:
        """Keep what the match may know. `arrive_on` serves for the age when none is stated."""
        return StudentEntry(
            id=student_id,
            nationalities=self.nationalities,
            languages=self.languages,
            age=self.age_at(self.arrive_on or arrive_on),
            gender=self.gender,
            interests=self.interests,
            field=self.field,
            arrive_on=self.arrive_on,
            depart_on=self.depart_on,
            needs=self.needs,
            wishes=self.wishes,
            lifestyle=self.lifestyle,
            waiting_since=self.waiting_since,
            host_gender=self.host_gender,
            ranked_hosts=self.ranked_hosts,
            keep_with=self.keep_with,
            keep_apart=self.keep_apart,
            partner=self.partner,
            never=self.never,
            cleared=cleared,
        )


class MemberProfile(BaseModel):
    """Somebody who lives in the household."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    birth_on: Birth
    gender: Gender | None = None
    relation: Annotated[str, _text(100)] | None = None


class HostProfile(_Profile):
    """What a host tells us. Only nation and capacity are required everywhere."""

    kind: Literal["household", "institution"] = "household"
    name: Short = None
    phone: Annotated[str, _text(40)] | None = None
    address: Annotated[str, _text(500, lines=True)] | None = None
    city: Short = None
    nation: Nation
    capacity: Annotated[int, Field(ge=0, le=MAX_CAPACITY)]
    available_from: Day | None = None
    available_to: Day | None = None
    offers: Offers = ()
    adults: Annotated[int, Field(ge=0, le=50)] | None = None
    children: Annotated[int, Field(ge=0, le=50)] | None = None
    child_ages: Annotated[tuple[Age, ...], Field(max_length=50)] = ()
    household_genders: Genders = ()
    genders_accepted: Genders = ()
    min_age: Age | None = None
    max_age: Age | None = None
    group: Annotated[str, _text(100)] | None = None
    about: Annotated[str, _text(3000, lines=True)] | None = None
    members: Annotated[tuple[MemberProfile, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.available_from and self.available_to and self.available_to < self.available_from:
            raise Disagreement("The last day is before the first day", "available_to")
        if self.min_age is not None and self.max_age is not None and self.max_age < self.min_age:
            raise Disagreement("The highest age is below the lowest age", "max_age")
        return self

    def to_entry(self, host_id: str, *, on: date | None = None, cleared: bool = True) -> HostEntry:
        """Keep what the match may know; `on` is the day on which members' ages count."""
        adults, children, ages, genders = self._household(on)
        return HostEntry(
            id=host_id,
            nation=self.nation,
            capacity=self.capacity,
            languages=self.languages,
            available_from=self.available_from,
            available_to=self.available_to,
            offers=self.offers,
            interests=self.interests,
            field=self.field,
            adults=adults,
            children=children,
            child_ages=ages,
            household_genders=genders,
            lifestyle=self.lifestyle,
            genders_accepted=self.genders_accepted,
            min_age=self.min_age,
            max_age=self.max_age,
            group=self.group,
            never=self.never,
            cleared=cleared,
        )

    def _household(
        self, on: date | None
    ) -> tuple[int | None, int | None, tuple[int, ...], tuple[Gender, ...]]:
        """Count the members where they are listed, else take what was stated."""
        if not self.members or on is None:
            return self.adults, self.children, self.child_ages, self.household_genders
        ages = sorted(age_on(member.birth_on, on) for member in self.members)
        child_ages = tuple(age for age in ages if age < 18)
        genders = tuple(sorted({member.gender for member in self.members if member.gender}))
        adults = len(ages) - len(child_ages)
        return adults, len(child_ages), child_ages, genders or self.household_genders
