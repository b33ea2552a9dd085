"""The form that all forms are: faults of any origin end up at their field and in the summary."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_wtf import FlaskForm
from wtforms import FieldList, FormField
from wtforms.validators import ValidationError

from exchange.errors import InvalidInput
from exchange.web.i18n import gettext as _
from exchange.web.i18n import translated
from exchange.web.request_state import is_switch


@dataclass(frozen=True)
class FaultLine:
    """A line of the error summary: the sentence, and the id of the input it is about."""

    target: str
    sentence: str


class _SwitchHeedingCSRF(FlaskForm.Meta.csrf_class):  # type: ignore[misc]
    def validate_csrf_token(self, form: Any, field: Any) -> None:
        if is_switch():
            raise ValidationError("sent to see the page in another language")
        super().validate_csrf_token(form, field)


class BaseForm(FlaskForm):
    """A form whose errors are plain sentences."""

    class Meta(FlaskForm.Meta):
        """Forms sent by the switch of languages are refused, so that nothing of them is kept."""

        csrf_class = _SwitchHeedingCSRF

    @property
    def is_switched(self) -> bool:
        """Whether it only comes back in another language, so that no fault is shown."""
        return is_switch()

    def has_boxes(self) -> bool:
        """Whether something can be typed or chosen here."""
        return any(field.name != "csrf_token" for field in self)

    def status(self) -> int:
        """200, 403 for a form that did not come from our page, or 422 for one that was refused."""
        if self.is_switched:
            return 200
        if "csrf_token" in self.errors:
            return 403
        return 422 if self.fault_lines() else 200

    def add_fault(self, name: str, sentence: str) -> None:
        """Attach a fault found elsewhere; one about no field of this form is about the whole."""
        field = self._fields.get(name)
        if field is None or isinstance(field, FieldList | FormField):
            self.form_errors.append(sentence)
        else:
            field.errors = [*field.errors, sentence]

    def add_faults(self, refusal: InvalidInput) -> None:
        """Attach what a service refused."""
        for name, sentences in refusal.faults.items():
            for sentence in sentences:
                self.add_fault(name, sentence)
        if not refusal.faults:
            self.form_errors.append(refusal.message)

    def fault_lines(self) -> list[FaultLine]:
        """The lines of the error summary, in the order of the page."""
        lines = [FaultLine("", translated(sentence)) for sentence in self.form_errors]
        token = self._fields.get("csrf_token")
        if token is not None and token.errors:
            lines.append(
                FaultLine("", _("Your answers are still here, but not saved: please send again."))
            )
        for field in self._shown_fields():
            for sentence in field.errors:
                lines.append(FaultLine(target_of(field), translated(sentence)))
        return lines

    def forget_faults(self) -> None:
        """Show no fault at any field: nobody asked for the answers to be checked."""
        for field in self._shown_fields():
            field.errors = []

    def _shown_fields(self) -> Iterator[Any]:
        for field in self._fields.values():
            if field.name != "csrf_token":
                yield from _leaves(field)


def target_of(field: Any) -> str:
    """The id of the input that a fault of this field is about: the first one to be corrected."""
    kind = getattr(field, "kind", "")
    if kind == "day":
        empty = [part for part in field.PARTS if not field.typed[part].strip()]
        return f"{field.id}-{empty[0] if empty else 'day'}"
    if kind in ("radios", "checks"):
        return f"{field.id}-0"
    return str(field.id)


def _leaves(field: Any) -> Iterator[Any]:
    if isinstance(field, FieldList):
        for entry in field.entries:
            yield from _leaves(entry)
    elif isinstance(field, FormField):
        for inner in field.form._fields.values():
            yield from _leaves(inner)
    else:
        yield field


def typed_values(form: Mapping[str, Any]) -> dict[str, list[str]]:
    """What was typed, as JSON can keep it; without tokens and buttons."""
    return {
        name: list(form.getlist(name))  # type: ignore[attr-defined]
        for name in form
        if name not in ("csrf_token", "seen", "do", "lang")
    }
