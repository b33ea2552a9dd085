"""Questions asked several times over: languages, and the people of a household."""

from datetime import date
from typing import Any

from flask import g
from wtforms import Form

from exchange.web.choice_fields import PickField, choices_of, offer
from exchange.web.fields import DayField, RowsField, TextField
from exchange.web.i18n import country_choices, format_day, joined, language_choices, language_name
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.signup.words import GENDERS, LEVELS

MOST_LANGUAGES = 12
MOST_MEMBERS = 16
MOST_NATIONALITIES = 5
MOST_NATIONS = 5


class RowForm(Form):
    """A row that may be left empty as a whole."""

    def is_empty(self) -> bool:
        """Nothing was entered in this row."""
        return all(field.is_empty() for field in self)

    def validate(self, extra_validators: Any = None) -> bool:
        """An empty row is no answer, and no fault."""
        return True if self.is_empty() else super().validate(extra_validators)

    def shown(self) -> str:
        """The row in one line."""
        return joined(words for field in self for words in field.shown())


class LanguageRow(RowForm):
    """A language and how well it is spoken."""

    tag = PickField(_l("Language"), missing=_l("Choose the language"))
    level = PickField(
        _l("How well?"),
        missing=_l("Say how well you speak the language"),
        choices=choices_of(LEVELS.items()),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self.tag, language_choices())

    def shown(self) -> str:
        """Such as: Arabic: I grew up with it."""
        if not self.tag.data:
            return ""
        return f"{language_name(self.tag.data)}: {' '.join(self.level.shown())}"


class NationRow(RowForm):
    """One nation of several."""

    code = PickField(_l("Nation"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self.code, country_choices())

    def shown(self) -> str:
        """The name of the nation."""
        return " ".join(self.code.shown())


class NationalityRow(NationRow):
    """One nationality of several."""

    code = PickField(_l("Nationality"), missing=_l("Choose your nationality"))


def _birthdays() -> tuple[date, date]:
    today = g.now.date()
    return date(today.year - 120, 1, 1), today


class MemberRow(RowForm):
    """Somebody who lives in the home."""

    birth_on = DayField(
        _l("Date of birth"), missing=_l("Enter the date of birth"), bounds=_birthdays
    )
    gender = PickField(_l("Gender"), choices=choices_of(GENDERS.items()))
    relation = TextField(
        _l("Who is it?"),
        max_length=60,
        description=_l("For example: mother, son, flatmate. No name is needed."),
    )

    def shown(self) -> str:
        """Such as: mother, female, born 5 March 1980."""
        parts = [*self.relation.shown(), *self.gender.shown()]
        if self.birth_on.data:
            parts.append(_("born %(day)s", day=format_day(self.birth_on.data)))
        return joined(parts)


def filled(rows: RowsField) -> list[Any]:
    """The row forms in which something was entered."""
    return [entry.form for entry in rows.entries if not entry.form.is_empty()]


def with_row_added(values: dict[str, list[str]], name: str, *, most: int) -> dict[str, list[str]]:
    """Return what was typed with one more empty row."""
    indices = row_indices(values, name)
    if len(indices) >= most:
        return values
    return values | {f"{name}-{max(indices, default=-1) + 1}-added": [""]}


def with_row_removed(values: dict[str, list[str]], name: str, index: int) -> dict[str, list[str]]:
    """Return what was typed without one row."""
    prefix = f"{name}-{index}-"
    return {key: value for key, value in values.items() if not key.startswith(prefix)}


def row_indices(values: dict[str, list[str]], name: str) -> list[int]:
    """The numbers of the rows that were sent, in order."""
    found = set()
    for key in values:
        rest = key.removeprefix(f"{name}-")
        number = rest.split("-")[0]
        if rest != key and number.isascii() and number.isdigit() and len(number) <= 4:
            found.add(int(number))
    return sorted(found)
