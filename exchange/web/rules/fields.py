"""Fields for what rules are made of: tags of languages, limits by name, pairs of people."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from exchange.domain.attributes import LANGUAGE_TAG
from exchange.domain.rules import MAX_LIMIT
from exchange.web.fields import LongTextField, TextField
from exchange.web.i18n import gettext as _
from exchange.web.i18n import language_name
from exchange.web.validators import whole_number

LONGEST = 20_000
LONGEST_NAME = 100
T = TypeVar("T")


class TagsField(TextField):
    """Languages by their codes, with commas between them."""

    data: Any

    def read(self, typed: str) -> Any:
        """Return the codes; every one that is no code is told."""
        tags = [part.strip() for part in typed.replace("،", ",").split(",") if part.strip()]
        wrong = [tag for tag in tags if not LANGUAGE_TAG.fullmatch(tag)]
        if wrong:
            raise ValueError(
                _("Use codes of languages, such as en or pt-BR, with commas between them.")
            )
        return tuple(tags)

    def shown(self) -> list[str]:
        """The names of the languages."""
        return [language_name(tag) for tag in self.data or ()]

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else ", ".join(self.data or ())


class LinesField(LongTextField):
    """One thing a line; the faults of all lines are told at once, each with its number."""

    data: Any

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the lines."""
        self.data = self.nothing()
        if valuelist and valuelist[0].strip():
            self.data = self.read(valuelist[0])

    def nothing(self) -> Any:
        """What an empty box means."""
        return []

    def lines_of(self, typed: str, read_line: Callable[[str], T]) -> list[T]:
        """Read each line that is not empty."""
        if len(typed) > LONGEST:
            raise ValueError(_("This is too long. Send it as a file instead."))
        found, faults = [], []
        for number, line in enumerate(typed.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                found.append(read_line(line.strip()))
            except ValueError as fault:
                faults.append(_("Line %(number)d: %(fault)s", number=number, fault=str(fault)))
        if faults:
            raise ValueError(" ".join(faults))
        return found

    def lines(self) -> list[str]:
        """The value as lines."""
        return list(self.data or ())

    def shown(self) -> list[str]:
        """A line each."""
        return self.lines()

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else "\n".join(self.lines())


class LimitsField(LinesField):
    """A name and a whole number a line, such as `North: 4`."""

    def nothing(self) -> Any:
        """No limit."""
        return {}

    def read(self, typed: str) -> Any:
        """Return the numbers by name."""
        pairs = self.lines_of(typed, _limit)
        names = [name for name, _number in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(_("Each name may stand in one line only."))
        return dict(pairs)

    def lines(self) -> list[str]:
        """Name and number."""
        limits: Mapping[str, int] = self.data or {}
        return [f"{name}: {number}" for name, number in limits.items()]


def _limit(line: str) -> tuple[str, int]:
    name, colon, number = line.rpartition(":")
    if not colon or not name.strip() or len(name) > LONGEST_NAME:
        raise ValueError(_("Write a name, a colon and a number, such as North: 4."))
    return name.strip(), whole_number(number, low=0, high=min(MAX_LIMIT, 999_999_999))


class PairsField(LinesField):
    """A student and a host a line, by the references that pages show."""

    def read(self, typed: str) -> Any:
        """Return the pairs."""
        return self.lines_of(typed, _pair)

    def lines(self) -> list[str]:
        """The two references."""
        return [f"{student} {host}" for student, host in self.data or ()]


def _pair(line: str) -> tuple[str, str]:
    parts = line.replace(",", " ").split()
    if len(parts) != 2:
        raise ValueError(_("Write the reference of a student, a blank and that of a host."))
    return parts[0], parts[1]
