"""Form fields that offer their answers, and take no other."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, cast

from markupsafe import Markup
from wtforms.fields.choices import RadioField, SelectChoice, SelectField, SelectMultipleField

from exchange.web.fields import Kept, Missing, Text
from exchange.web.i18n import gettext as _


class _Choosing(Kept):
    """A choice among given answers."""

    choices: Any

    def label_of(self, value: str) -> str:
        for choice in self.choices or ():
            if choice.value == value:
                return str(choice.label)
        return value


def choices_of(pairs: Iterable[tuple[str, Text]]) -> list[SelectChoice]:
    """Make the choices of a field from (value, label)."""
    return [SelectChoice(value, cast(str, label)) for value, label in pairs]


class _LongList(NamedTuple):
    """Hundreds of countries or languages, the same on every page in one language."""

    choices: Sequence[SelectChoice]
    lines: dict[str, str]
    """By its value, each as the page has it while it is not picked."""


@lru_cache(maxsize=32)
def _long_list(pairs: tuple[tuple[str, str], ...]) -> _LongList:
    line = Markup('<option value="{}">{}</option>\n')
    lines = {value: str(line.format(value, label)) for value, label in pairs}
    return _LongList(tuple(choices_of(pairs)), lines)


def offer(field: "PickField", pairs: tuple[tuple[str, str], ...]) -> None:
    """Set choices that depend on the language of the page, and read the answer a second time."""
    field.choices, field.lines = _long_list(pairs)
    if field.raw_data:
        field.process_errors = []
        try:
            field.process_formdata(field.raw_data)
        except ValueError as error:
            field.process_errors.append(str(error))


class OneOfField(_Choosing, RadioField):
    """One of a few answers, as radio buttons."""

    kind = "radios"

    def __init__(self, label: Text, *, missing: Text | None = None, **kwargs: Any) -> None:
        super().__init__(label, [Missing(missing)], validate_choice=False, **kwargs)
        self.missing = missing

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take one of the answers that were offered."""
        self.data = _offered(self, valuelist[0]) if valuelist and valuelist[0] else None

    def pre_validate(self, form: Any) -> None:
        """Nothing more: the answer was checked when it was read."""

    def shown(self) -> list[str]:
        """The words beside the button."""
        return [self.label_of(self.data)] if self.data else []


class PickField(_Choosing, SelectField):
    """One of many answers, as a list to pick from; the first line says that nothing is picked."""

    kind = "select"
    names_people = False
    """The answers are names, which are of no language."""
    lines: dict[str, str] | None = None
    """The lines of a long list, drawn once for all pages."""

    def __init__(
        self,
        label: Text,
        *,
        missing: Text | None = None,
        nothing: Text | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, [Missing(missing)], validate_choice=False, **kwargs)
        self.missing = missing
        self.nothing = nothing

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take one of the answers that were offered."""
        self.data = _offered(self, valuelist[0]) if valuelist and valuelist[0] else None

    def pre_validate(self, form: Any) -> None:
        """Nothing more: the answer was checked when it was read."""

    def long_options(self) -> Markup | None:
        """The options of a long list, with what was picked; None where the page draws them."""
        if self.lines is None:
            return None
        lines = self.lines
        if self.data in lines:
            picked = lines[self.data].replace(">", " selected>", 1)
            lines = {**lines, self.data: picked}
        return Markup("".join(lines.values()))  # noqa: S704 - each line was escaped

    def shown(self) -> list[str]:
        """The words in the list."""
        return [self.label_of(self.data)] if self.data else []


class SomeOfField(_Choosing, SelectMultipleField):
    """Any number of answers, as check boxes."""

    kind = "checks"

    def __init__(
        self,
        label: Text,
        *,
        missing: Text | None = None,
        most: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.most = most
        super().__init__(label, [Missing(missing)], validate_choice=False, **kwargs)
        self.missing = missing

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take the answers that were offered, each once, in the order of the form."""
        picked = {_offered(self, value) for value in valuelist if value}
        self.data = [choice.value for choice in self.choices if choice.value in picked]
        if self.most is not None and len(self.data) > self.most:
            raise ValueError(_("Choose at most %(most)d.", most=self.most))

    def pre_validate(self, form: Any) -> None:
        """Nothing more: the answers were checked when they were read."""

    def shown(self) -> list[str]:
        """The words beside each box."""
        return [self.label_of(value) for value in self.data or ()]


def _offered(field: _Choosing, value: str) -> str:
    if not any(choice.value == value for choice in field.choices or ()):
        raise ValueError(_("Choose one of the answers on the page."))
    return value
