"""The frozen, pseudonymous input of one match run. No name, no e-mail address, no free text."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any, Self

from exchange.domain.attributes import Gender, LanguageSkill, Level, Lifestyle
from exchange.domain.nation import NationPair


@dataclass(frozen=True, slots=True)
class StudentEntry:
    """What the match knows of a student.

    None, or an empty tuple, means that the cell was empty: languages then close the language
    gate, other gates are open and terms take 0.5. `age` is whole years on the day of arrival.
    """

    id: str
    nationalities: tuple[str, ...]
    languages: tuple[LanguageSkill, ...] = ()
    age: int | None = None
    gender: Gender | None = None
    interests: tuple[str, ...] = ()
    field: str | None = None
    arrive_on: date | None = None
    depart_on: date | None = None
    needs: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()
    lifestyle: Lifestyle | None = None
    waiting_since: date | None = None
    host_gender: tuple[Gender, ...] = ()
    ranked_hosts: tuple[str, ...] = ()
    ranked_nations: tuple[str, ...] = ()
    keep_with: tuple[str, ...] = ()
    keep_apart: tuple[str, ...] = ()
    partner: str | None = None
    never: tuple[str, ...] = ()
    cleared: bool = True

    @property
    def nation(self) -> str:
        """The primary nationality, the one that counts as contact."""
        return self.nationalities[0]


@dataclass(frozen=True, slots=True)
class HostEntry:
    """What the match knows of a host.

    `adults` and `children` count the household; `child_ages` are whole years on the first day of
    the stay, where known. `cleared` is false until every gate of screening holds.
    """

    id: str
    nation: str
    capacity: int
    languages: tuple[LanguageSkill, ...] = ()
    available_from: date | None = None
    available_to: date | None = None
    offers: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    field: str | None = None
    adults: int | None = None
    children: int | None = None
    child_ages: tuple[int, ...] = ()
    household_genders: tuple[Gender, ...] = ()
    lifestyle: Lifestyle | None = None
    genders_accepted: tuple[Gender, ...] = ()
    min_age: int | None = None
    max_age: int | None = None
    group: str | None = None
    never: tuple[str, ...] = ()
    cleared: bool = True


@dataclass(frozen=True)
class Snapshot:
    """Everything that a match run reads of the world.

    Attributes
    ----------
    students, hosts : tuple
        Sorted by id; ids are unique.
    student_columns, host_columns : frozenset of str
        The attributes that were asked at all. A gate or term that needs another one is off, and
        the report names it.
    pairs : tuple of NationPair
        Facts for the pairs of nations at stake, sorted; a pair that is missing counts as
        C = 0.5, T = 0 and is marked "no data".
    """

    students: tuple[StudentEntry, ...]
    hosts: tuple[HostEntry, ...]
    student_columns: frozenset[str]
    host_columns: frozenset[str]
    pairs: tuple[NationPair, ...] = field(default=())

    def to_json(self) -> str:
        """Return the canonical JSON text: same content, same text, whatever the order of rows."""
        body = {
            "students": [_plain(entry) for entry in sorted(self.students, key=lambda e: e.id)],
            "hosts": [_plain(entry) for entry in sorted(self.hosts, key=lambda e: e.id)],
            "student_columns": sorted(self.student_columns),
            "host_columns": sorted(self.host_columns),
            "pairs": [_plain(pair) for pair in sorted(self.pairs, key=lambda p: (p.a, p.b))],
        }
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        body = json.loads(text)
        return cls(
            students=tuple(_student(entry) for entry in body["students"]),
            hosts=tuple(_host(entry) for entry in body["hosts"]),
            student_columns=frozenset(body["student_columns"]),
            host_columns=frozenset(body["host_columns"]),
            pairs=tuple(NationPair(**pair) for pair in body["pairs"]),
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def _plain(entry: StudentEntry | HostEntry | NationPair) -> dict[str, Any]:
    """Return the fields that differ from their default, dates as ISO text."""
    values = asdict(entry)
    defaults = {item.name: item.default for item in fields(entry)}
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
        if value != defaults[name]
    }


def _languages(values: list[Mapping[str, str]]) -> tuple[LanguageSkill, ...]:
    return tuple(LanguageSkill(value["tag"], Level(value["level"])) for value in values)


def _common(values: dict[str, Any]) -> dict[str, Any]:
    read = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
    if "languages" in values:
        read["languages"] = _languages(values["languages"])
    if values.get("lifestyle"):
        read["lifestyle"] = Lifestyle(values["lifestyle"])
    for name in ("arrive_on", "depart_on", "waiting_since", "available_from", "available_to"):
        if values.get(name):
            read[name] = date.fromisoformat(values[name])
    for name in ("host_gender", "household_genders", "genders_accepted"):
        if name in values:
            read[name] = tuple(Gender(value) for value in values[name])
    return read


def _student(values: dict[str, Any]) -> StudentEntry:
    read = _common(values)
    if values.get("gender"):
        read["gender"] = Gender(values["gender"])
    return StudentEntry(**read)


def _host(values: dict[str, Any]) -> HostEntry:
    return HostEntry(**_common(values))
