"""The forms in which a programme writes its questions."""

from collections.abc import Iterable, Sequence
from typing import Any

from exchange.domain.cycle import ApplicationKind
from exchange.domain.question import (
    HIGHEST_NUMBER,
    HOST_USES,
    LONGEST_CHOICE,
    LONGEST_HINT,
    LONGEST_LABEL,
    MOST_CHOICES,
    STUDENT_USES,
    AnswerKind,
    Asked,
    Choice,
    MatchUse,
    Texts,
)
from exchange.records import Question
from exchange.services.question_wording import Wording
from exchange.translations import LANGUAGES
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, PickField, choices_of
from exchange.web.fields import TextField, TickField, WholeNumberField
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.questions.words import NO_USE, USES

NOT_MATCHED = "no"
_BOXES = tuple(f"choice_{number}" for number in range(1, MOST_CHOICES + 1))


class MoveForm(BaseForm):
    """Buttons, with nothing to fill in."""


class QuestionForm(BaseForm):
    """A question of one kind to one side: fields that it has no use for are taken out."""

    _fields: dict[str, Any]

    label = TextField(_l("Question"), missing=_l("Enter the question"), max_length=LONGEST_LABEL)
    hint = TextField(
        _l("Hint"),
        max_length=LONGEST_HINT,
        description=_l("Stands below the question, in smaller letters."),
    )
    language = PickField(
        _l("Language in which you write it"),
        missing=_l("Choose a language"),
        choices=choices_of(LANGUAGES.items()),
        description=_l("Add other languages afterwards, on a page of their own."),
    )
    lowest = WholeNumberField(_l("Lowest number"), low=-HIGHEST_NUMBER, high=HIGHEST_NUMBER)
    highest = WholeNumberField(_l("Highest number"), low=-HIGHEST_NUMBER, high=HIGHEST_NUMBER)
    is_required = TickField(_l("An answer is required"))
    condition = PickField(
        _l("Required only after this answer"),
        nothing=_l("No condition"),
        choices=[],
        description=_l("To an earlier question. Without the tick above."),
    )
    match_use = OneOfField(
        _l("For matching"),
        missing=_l("Say what the match makes of the answers"),
        choices=[],
        description=_l("Only choices can be matched by, never what somebody types."),
    )

    order = (
        "label", "hint", *_BOXES, "lowest", "highest", "is_required", "condition", "match_use",
        "language",
    )  # fmt: skip

    def suit(
        self,
        kind: ApplicationKind,
        answer: AnswerKind,
        *,
        counterpart: Question | None,
        conditions: Iterable[Asked],
        reader: str,
    ) -> None:
        """Leave what this question has, and offer what it may be held against."""
        unused: list[str] = []
        if not answer.has_choices or counterpart is not None:
            unused += _BOXES
        if answer is not AnswerKind.NUMBER:
            unused += ["lowest", "highest"]
        uses = _uses(kind, answer, counterpart)
        if not uses:
            unused.append("match_use")
        else:
            none = [] if counterpart is not None else [(NOT_MATCHED, NO_USE)]
            self.match_use.choices = choices_of([*none, *((one.value, USES[one]) for one in uses)])
            _read_again(self.match_use)
        pairs = list(_conditions(conditions, reader))
        if pairs:
            self.condition.choices = choices_of(pairs)
            _read_again(self.condition)
        else:
            unused.append("condition")
        for name in unused:
            del self[name]
        # The page and its summary of faults have one order.
        first = [name for name in self._fields if name not in self.order]
        names = [*first, *(name for name in self.order if name in self._fields)]
        self._fields = {name: self._fields[name] for name in names}

    def fill(self, question: Question, condition: str, choices: Sequence[Choice]) -> None:
        """Put in what is stored."""
        stored: dict[str, Any] = {
            "label": question.label,
            "hint": question.hint,
            "language": question.language,
            "lowest": question.lowest,
            "highest": question.highest,
            "is_required": question.is_required,
            "condition": condition,
            "match_use": question.match_use.value if question.match_use else NOT_MATCHED,
        }
        offered = [one.label for one in choices if one.is_offered]
        stored |= dict(zip(_BOXES, offered, strict=False))
        for name, value in stored.items():
            if name in self._fields:
                self._fields[name].data = value

    def wording(self) -> Wording:
        """What was written."""
        condition = self._value("condition")
        use = self._value("match_use")
        return Wording(
            label=self.label.data or "",
            hint=self.hint.data,
            language=self.language.data or "",
            choices=[self._value(name) for name in _BOXES],
            is_required=bool(self.is_required.data),
            condition=tuple(condition.split(":", 1)) if condition else None,
            lowest=self._value("lowest"),
            highest=self._value("highest"),
            match_use=None if use in (None, NOT_MATCHED) else MatchUse(use),
        )

    def _value(self, name: str) -> Any:
        field = self._fields.get(name)
        return None if field is None else field.data


for _number, _name in enumerate(_BOXES, start=1):
    _box = TextField(_l("Choice %(number)d", number=_number), max_length=LONGEST_CHOICE)
    setattr(QuestionForm, _name, _box)


def _uses(
    kind: ApplicationKind, answer: AnswerKind, counterpart: Question | None
) -> Sequence[MatchUse]:
    if counterpart is not None and counterpart.match_use is not None:
        return STUDENT_USES[counterpart.match_use]
    is_of_host = kind is ApplicationKind.HOST and answer.has_choices
    return HOST_USES if is_of_host else ()


def _conditions(asked: Iterable[Asked], reader: str) -> Iterable[tuple[str, str]]:
    for one in asked:
        texts = one.texts_for(reader)
        for code, words in (texts.choices or {}).items():
            yield f"{one.code}:{code}", f"{texts.label} – {words}"


def _read_again(field: Any) -> None:
    """Take what was sent once more, now that it is known what is offered."""
    if field.raw_data:
        field.process_errors = []
        try:
            field.process_formdata(field.raw_data)
        except ValueError as error:
            field.process_errors.append(str(error))


class WordsForm(BaseForm):
    """A question in another language; see `words_form`."""

    label = TextField(_l("Question"), max_length=LONGEST_LABEL)

    def texts(self) -> Texts:
        """What was written, box by box."""
        choices = {
            name.removeprefix("choice_"): field.data
            for name, field in self._fields.items()
            if name.startswith("choice_") and field.data
        }
        hint = self._fields.get("hint")
        return Texts(self.label.data or "", hint.data if hint else None, choices)


def words_form(original: Texts) -> type[WordsForm]:
    """Return a form with a box for each text of a question, the original beside it."""
    boxes: dict[str, Any] = {
        "label": TextField(_l("Question"), max_length=LONGEST_LABEL, description=original.label)
    }
    if original.hint:
        boxes["hint"] = TextField(_l("Hint"), max_length=LONGEST_HINT, description=original.hint)
    for number, (code, words) in enumerate((original.choices or {}).items(), start=1):
        boxes[f"choice_{code}"] = TextField(
            _l("Choice %(number)d", number=number), max_length=LONGEST_CHOICE, description=words
        )
    return type("QuestionWordsForm", (WordsForm,), boxes)
