"""Two windows on one page of questions: what is saved beside what was just typed, to choose from.

Pure but for the forms it reads: nothing here saves, and nothing is merged without being asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from exchange.web.fields import RowsField
from exchange.web.signup.step_form import StepForm

KEEP = "keep:"
"""Before the name of a question: which of its two answers is kept, `saved` or `typed`."""
SAVED = "saved"

Values = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """One question that has two answers."""

    name: str
    question: Any
    saved: list[str]
    typed: list[str]


def conflict_rows(form: StepForm, *, saved: Values, typed: Values) -> list[ConflictRow]:
    """Return the questions whose answers differ, in the order of the page."""
    rows = []
    for name, field in form._fields.items():
        ours, theirs = _of(name, typed), _of(name, saved)
        if name == "csrf_token" or ours == theirs:
            continue
        question = form.title if isinstance(field, RowsField) else field.label.text
        rows.append(
            ConflictRow(
                name=name,
                question=question,
                saved=_lines(form, name, theirs),
                typed=_lines(form, name, ours),
            )
        )
    return rows


def chosen(sent: MultiDict[str, str], saved: Values) -> MultiDict[str, str]:
    """Return what was sent, with the saved answer where the person chose that one."""
    kept = [key.removeprefix(KEEP) for key, choice in sent.items() if _keeps(key, choice)]
    values = MultiDict(
        [
            (key, one)
            for key, one in sent.items(multi=True)
            if not key.startswith(KEEP) and not any(_belongs(key, name) for name in kept)
        ]
    )
    for name in kept:
        for key, answers in _of(name, saved).items():
            values.setlist(key, answers)
    return values


def _keeps(key: str, choice: str) -> bool:
    return key.startswith(KEEP) and choice == SAVED


def _belongs(key: str, name: str) -> bool:
    return key == name or key.startswith(f"{name}-")


def _of(name: str, values: Values) -> dict[str, list[str]]:
    """The values of one question; what is blank is not there."""
    return {
        key: list(answers)
        for key, answers in values.items()
        if _belongs(key, name) and any(one.strip() for one in answers)
    }


def _lines(like: StepForm, name: str, values: dict[str, list[str]]) -> list[str]:
    """An answer in words; as it was typed where it cannot be read."""
    typed = MultiDict((key, one) for key, answers in values.items() for one in answers)
    field: Any = type(like)(formdata=typed, meta={"csrf": False})[name]
    if hasattr(like[name], "choices"):  # They may depend on the cycle or the language.
        field.choices = like[name].choices
        field.process(typed)
    shown = (
        [line for entry in field.entries if (line := entry.form.shown())]
        if isinstance(field, RowsField)
        else field.shown()
    )
    as_typed = " ".join(one for answers in values.values() for one in answers)
    return shown or ([as_typed] if as_typed else [])
