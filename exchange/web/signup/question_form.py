"""The step that asks what the programme itself wants to know, built from its questions."""

from collections.abc import Sequence
from typing import Any, ClassVar

from exchange.domain.question import HIGHEST_NUMBER, LONGEST_ANSWER, AnswerKind, Asked, Texts
from exchange.web.choice_fields import OneOfField, SomeOfField, choices_of
from exchange.web.fields import DayField, LongTextField, WholeNumberField
from exchange.web.i18n import current_language
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.signup.step_form import StepForm


def field_name(code: str) -> str:
    """How the box of a question is called on the page; as its column in a file."""
    return f"q_{code}"


def apart(words: str) -> str:
    """Words of any direction within a sentence of ours: first strong isolate, and its end."""
    return f"\u2068{words}\u2069"


class QuestionsForm(StepForm):
    """All questions of the programme on one page; without questions there is no such step."""

    title = _l("Questions of the programme")
    asked: ClassVar[tuple[Asked, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in self.asked:
            # Where it is not in the reader's language, the page says in which.
            shown = one.language_for(current_language())
            field: Any = self[field_name(one.code)]
            field.language = None if shown == current_language() else shown.replace("_", "-")

    @classmethod
    def for_journey(cls, journey: Any) -> type[StepForm]:
        """Ask what the cycle asks."""
        return questions_form(journey.questions)

    def check(self) -> None:
        """Ask for what an earlier answer makes required."""
        for one in self.asked:
            if one.condition is None or one.is_required:
                continue
            earlier, choice = one.condition
            field = self[field_name(one.code)]
            if (
                choice in self._chosen(earlier)
                and field.data in (None, "", [])
                and not field.errors
            ):
                self.add_fault(field.name, _missing(one))

    def _chosen(self, code: str) -> Sequence[str]:
        field = self._fields.get(field_name(code))
        if field is None or not field.data:
            return ()
        return field.data if isinstance(field.data, list) else (field.data,)

    def profile_values(self) -> dict[str, Any]:
        """Nothing here is part of the profile."""
        return {}

    def question_answers(self) -> dict[str, Any]:
        """What was answered, by the code of the question."""
        return {
            one.code: data
            for one in self.asked
            if (data := self[field_name(one.code)].data) not in (None, "", [])
        }


def questions_form(asked: Sequence[Asked]) -> type[QuestionsForm]:
    """Return the form of these questions, in the language of the page."""
    by_code = {one.code: one for one in asked}
    fields: dict[str, Any] = {field_name(one.code): _field(one, by_code) for one in asked}
    return type("AskedQuestionsForm", (QuestionsForm,), {**fields, "asked": tuple(asked)})


def _field(one: Asked, by_code: dict[str, Asked]) -> Any:
    texts = one.texts_for(current_language())
    missing = _missing(one) if one.is_required else None
    given: dict[str, Any] = {"missing": missing, "description": _hint(one, texts, by_code)}
    if one.answer is AnswerKind.NUMBER:
        low = 0 if one.lowest is None else one.lowest
        high = HIGHEST_NUMBER if one.highest is None else one.highest
        # Only a highest number below nought leaves no other lowest.
        return WholeNumberField(texts.label, low=min(low, high), high=high, **given)
    if one.answer is AnswerKind.DATE:
        return DayField(texts.label, **given)
    if one.answer is AnswerKind.TEXT:
        return LongTextField(texts.label, max_length=LONGEST_ANSWER, **given)
    choices = choices_of((texts.choices or {}).items())
    kind = OneOfField if one.answer is AnswerKind.ONE else SomeOfField
    return kind(texts.label, choices=choices, **given)


def _missing(one: Asked) -> str:
    label = one.texts_for(current_language()).label
    return _("Answer the question %(question)s", question=apart(label))


def _hint(one: Asked, texts: Texts, by_code: dict[str, Asked]) -> str:
    """The hint of the programme, and when an answer is required although it looks optional."""
    earlier = by_code.get(one.condition[0]) if one.condition else None
    if earlier is None or one.condition is None or one.is_required:
        return texts.hint or ""
    before = earlier.texts_for(current_language())
    needed = _(
        "Needed if your answer to %(question)s is %(choice)s.",
        question=apart(before.label),
        choice=apart((before.choices or {}).get(one.condition[1], "")),
    )
    return f"{texts.hint} {needed}" if texts.hint else needed
