"""What all steps of a sign-up share: a title, checks across fields, and values for the profile."""

from typing import Any, ClassVar

from exchange.web.base_form import BaseForm
from exchange.web.fields import DayField, RowsField
from exchange.web.i18n import format_day
from exchange.web.i18n import gettext as _
from exchange.web.validators import day_within


class StepForm(BaseForm):
    """One page of questions."""

    title: ClassVar[Any] = ""
    intro: ClassVar[Any] = ""
    rows: ClassVar[str | None] = None
    """The name of the field whose rows can be added and removed."""
    add_words: ClassVar[Any] = ""
    profile_names: ClassVar[dict[str, str]] = {}
    """Names of the profile that are asked under another name here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.limits: tuple[Any, tuple[DayField, ...]] | None = None
        super().__init__(*args, **kwargs)

    @classmethod
    def for_journey(cls, journey: Any) -> "type[StepForm]":
        """The form itself; one whose questions the cycle decides makes another class here."""
        return cls

    def bind(self, journey: Any) -> None:
        """Take from the cycle, or from other steps, what the questions depend on."""

    def check(self) -> None:
        """Compare fields with each other; called when each has been checked by itself."""

    def validate(self, extra_validators: Any = None) -> bool:
        """Check everything, so that all faults are told at once."""
        super().validate(extra_validators)
        self._check_limits()
        self.check()
        return not self.fault_lines()

    def limit_days(self, cycle: Any, *fields: DayField) -> None:
        """Ask for days within the cycle's stay, and say so."""
        self.limits = (cycle, fields)
        for field in fields:
            field.description = _(
                "Between %(first)s and %(last)s.",
                first=format_day(cycle.stay_from_on),
                last=format_day(cycle.stay_to_on),
            )

    def _check_limits(self) -> None:
        if self.limits is None:
            return
        cycle, fields = self.limits
        for field in fields:
            if field.data is None:
                continue
            try:
                day_within(field.data, earliest=cycle.stay_from_on, latest=cycle.stay_to_on)
            except ValueError as error:
                self.add_fault(field.name, str(error))

    def profile_values(self) -> dict[str, Any]:
        """The answers by the names of the profile; what was not answered is left out."""
        return {
            name: field.data
            for name, field in self._fields.items()
            if name != "csrf_token" and field.data not in (None, "", [])
        }

    def add_profile_fault(self, name: str, sentence: str) -> bool:
        """Attach a fault of the profile, if it is about a question of this step."""
        asked = self.profile_names.get(name, name)
        if asked not in self._fields:
            return False
        self.add_fault(asked, sentence)
        return True

    def own_values(self, typed: dict[str, list[str]]) -> dict[str, list[str]]:
        """Of what was sent, only the questions of this step."""
        names = [name for name in self._fields if name != "csrf_token"]
        return {
            key: value
            for key, value in typed.items()
            if any(key == name or key.startswith(f"{name}-") for name in names)
        }

    def answers(self) -> list[tuple[str, list[str]]]:
        """(question, lines of the answer) for the page that checks all answers."""
        shown = []
        for name, field in self._fields.items():
            if name == "csrf_token":
                continue
            if isinstance(field, RowsField):
                lines = [entry.form.shown() for entry in field.entries]
                shown.append((str(self.title), [line for line in lines if line]))
            else:
                shown.append((str(field.label.text), field.shown()))
        return shown
