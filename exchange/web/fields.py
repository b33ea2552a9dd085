"""Form fields that keep what was typed, and refuse in plain words.

Each field has a `kind`, by which `templates/macros/form.html` draws it, a `description` shown as
hint before the box, and a `missing` sentence for when nothing was entered (None: optional).
Fields that offer their answers are in `choice_fields`.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from wtforms import Field, FieldList, FormField, StringField
from wtforms.utils import unset_value
from wtforms.validators import StopValidation

from exchange.intake.text import clean_name, clean_text
from exchange.web.i18n import format_day, joined
from exchange.web.i18n import gettext as _
from exchange.web.validators import day_of, day_within, email_address, phone_number, whole_number

Text = Any
"""A sentence, or a lazy one that is translated when it is shown."""

MAX_CODE_POINTS = 200


class Missing:
    """Validator: refuse an empty field with the field's own words; or end the chain if optional."""

    field_flags: dict[str, Any] = {}

    def __init__(self, sentence: Text | None) -> None:
        self.sentence = sentence

    def __call__(self, form: Any, field: Any) -> None:
        if field.is_empty():
            field.errors = list(field.process_errors)
            if self.sentence is not None:
                raise StopValidation(str(self.sentence))
            raise StopValidation


class Kept:
    """What all fields share."""

    kind = "text"
    data: Any
    raw_data: Any
    missing: Text | None

    def is_empty(self) -> bool:
        raw = self.raw_data
        return not raw or not any(isinstance(one, str) and one.strip() for one in raw)

    def shown(self) -> list[str]:
        """The answer in words, a line each, for the page that checks all answers."""
        return [] if self.data in (None, "") else [str(self.data)]


class TextField(Kept, StringField):
    """One line of free text."""

    kind = "text"
    input_type = "text"

    def __init__(
        self,
        label: Text,
        *,
        missing: Text | None = None,
        max_length: int = MAX_CODE_POINTS,
        **kwargs: Any,
    ) -> None:
        self.max_length = max_length
        super().__init__(label, [Missing(missing)], **kwargs)
        self.missing = missing

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Clean the text; an empty one becomes None."""
        self.data = None
        if valuelist and valuelist[0].strip():
            self.data = self.read(valuelist[0])

    def read(self, typed: str) -> str:
        """Return the value of what was typed."""
        return clean_text(typed, self.max_length)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)


class LongTextField(TextField):
    """Several lines of free text."""

    kind = "textarea"

    def __init__(self, label: Text, *, rows: int = 8, **kwargs: Any) -> None:
        self.rows = rows
        super().__init__(label, **kwargs)

    def read(self, typed: str) -> str:
        """Keep the line breaks."""
        return clean_text(typed, self.max_length, lines=True)

    def shown(self) -> list[str]:
        """Keep the lines as they were typed."""
        return str(self.data).splitlines() if self.data else []


class NameField(TextField):
    """The name of a person, in any script."""

    def read(self, typed: str) -> str:
        """Letters, and no pictures."""
        return clean_name(typed, self.max_length)


class PhoneField(TextField):
    """A phone number, kept as it was typed."""

    kind = "phone"

    def __init__(self, label: Text, **kwargs: Any) -> None:
        render_kw = {"autocomplete": "tel", "inputmode": "tel", **kwargs.pop("render_kw", {})}
        super().__init__(label, max_length=40, render_kw=render_kw, **kwargs)

    def read(self, typed: str) -> str:
        """Check that it can be dialled."""
        return phone_number(clean_text(typed, self.max_length))


class EmailField(TextField):
    """An e-mail address."""

    kind = "email"
    input_type = "email"

    def read(self, typed: str) -> str:
        """Check the form of the address."""
        return email_address(clean_text(typed, 254))


class PasswordField(TextField):
    """A password: never shown again, never trimmed."""

    kind = "password"
    input_type = "password"

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take the password as it is."""
        self.data = valuelist[0] if valuelist and valuelist[0] else None

    def is_empty(self) -> bool:
        """A password of blanks is a password."""
        return not self.data

    def shown(self) -> list[str]:
        """Never."""
        return []

    def _value(self) -> str:
        return ""


class WholeNumberField(Kept, StringField):
    """A whole number within bounds, in the digits of any script."""

    kind = "number"

    def __init__(
        self, label: Text, *, low: int, high: int, missing: Text | None = None, **kwargs: Any
    ) -> None:
        self.low, self.high = low, high
        super().__init__(label, [Missing(missing)], **kwargs)
        self.missing = missing

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the number."""
        self.data = None
        if valuelist and valuelist[0].strip():
            self.data = whole_number(valuelist[0], low=self.low, high=self.high)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)


class DayField(Kept, Field):
    """A date in three boxes: day, month, year."""

    kind = "day"
    PARTS = ("day", "month", "year")

    def __init__(
        self,
        label: Text,
        *,
        missing: Text | None = None,
        bounds: Callable[[], tuple[date | None, date | None]] | None = None,
        is_birthday: bool = False,
        **kwargs: Any,
    ) -> None:
        self.bounds = bounds
        self.is_birthday = is_birthday
        self.typed: dict[str, str] = dict.fromkeys(self.PARTS, "")
        super().__init__(label, [Missing(missing)], **kwargs)
        self.missing = missing

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Collect the three boxes and read the date."""
        self.process_errors = []
        self.data = self.object_data = None if data is unset_value else data
        if self.data is not None:
            self.typed = {p: str(getattr(self.data, p)) for p in self.PARTS}
        if formdata is None:
            return
        names = {part: f"{self.name}-{part}" for part in self.PARTS}
        if not any(name in formdata for name in names.values()):
            return
        self.typed = {part: str(formdata.get(name, "")) for part, name in names.items()}
        self.raw_data = list(self.typed.values())
        self.data = None
        if not self.is_empty():
            try:
                self.data = self._read()
            except ValueError as error:
                self.process_errors.append(str(error))

    def _read(self) -> date:
        absent = [part for part in self.PARTS if not self.typed[part].strip()]
        if absent:
            words = {"day": _("day"), "month": _("month"), "year": _("year")}
            raise ValueError(
                _("The date is missing its %(parts)s.", parts=joined(words[p] for p in absent))
            )
        read = day_of(self.typed["day"], self.typed["month"], self.typed["year"])
        if self.bounds is not None:
            earliest, latest = self.bounds()
            day_within(read, earliest=earliest, latest=latest)
        return read

    def is_empty(self) -> bool:
        """All three boxes are empty."""
        return not any(value.strip() for value in self.typed.values())

    def shown(self) -> list[str]:
        """The date in words, so that a swap of day and month is seen."""
        return [format_day(self.data)] if self.data else []


class TickField(Kept, Field):
    """A single box to tick, such as a declaration. Never ticked beforehand."""

    kind = "tick"

    def __init__(self, label: Text, *, missing: Text | None = None, **kwargs: Any) -> None:
        super().__init__(label, [Missing(missing)], **kwargs)
        self.missing = missing

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Ticked or not."""
        self.data = "yes" in valuelist

    def is_empty(self) -> bool:
        """Not ticked."""
        return not self.data

    def shown(self) -> list[str]:
        """Yes, or nothing."""
        return [_("Yes")] if self.data else []


class UploadField(Kept, Field):
    """A file; a page that is shown again cannot keep it, so its sentence asks for it again."""

    kind = "file"

    def __init__(self, label: Text, *, missing: Text | None = None, **kwargs: Any) -> None:
        super().__init__(label, [Missing(missing)], **kwargs)
        self.missing = missing

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Take the first file that was chosen."""
        self.data = next((one for one in valuelist if getattr(one, "filename", "")), None)

    def is_empty(self) -> bool:
        """No file was chosen."""
        return self.data is None

    def shown(self) -> list[str]:
        """Never: what is in a file is for another page."""
        return []


class RowsField(FieldList):
    """Rows of the same questions; buttons that send the form add and remove rows."""

    kind = "rows"

    def __init__(
        self, row: FormField, label: Text, *, shown_rows: int = 1, most: int = 12, **kwargs: Any
    ) -> None:
        super().__init__(row, label, min_entries=shown_rows, max_entries=most, **kwargs)

    def __len__(self) -> int:
        return len(self.entries)
