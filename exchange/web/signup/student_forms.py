"""The steps of a student's sign-up about the match: languages, the stay, the home, the letter."""

from typing import Any

from wtforms import FormField

from exchange.domain.attributes import NEEDS, PLACEMENT_KINDS, LanguageSkill, Level
from exchange.domain.cycle import MOST_GUARDIANS
from exchange.intake.answers import mailbox_key
from exchange.web.choice_fields import OneOfField, PickField, SomeOfField, choices_of
from exchange.web.fields import DayField, EmailField, LongTextField, NameField, RowsField
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.signup.row_forms import (
    MOST_LANGUAGES,
    MOST_NATIONS,
    LanguageRow,
    NationRow,
    filled,
)
from exchange.web.signup.step_form import StepForm
from exchange.web.signup.words import (
    FIELD_WORDS,
    GENDERS,
    HOUSEHOLD_GENDERS,
    INTEREST_WORDS,
    LIFESTYLES,
    NEED_WORDS,
    YES_OR_NO,
)

NEEDED = NEEDS - {"children", "pets", "smoking"} - {f"no_{kind}" for kind in PLACEMENT_KINDS}
"""Whom one can live with is asked by itself."""
WISHED = NEEDS - {"no_single_adult", "no_other_students"}
MOST_INTERESTS = 10
MAX_LETTER = 3000


class LanguagesForm(StepForm):
    """Languages and levels; also a host's."""

    title = _l("Languages you speak")
    languages = RowsField(FormField(LanguageRow), _l("Language"), shown_rows=2, most=MOST_LANGUAGES)
    rows = "languages"
    add_words = _l("Add another language")
    intro = _l(
        "You are matched with people you can talk to. List every language in which you can, "
        "starting with the one you speak best."
    )

    def check(self) -> None:
        """At least one language, and none twice."""
        rows = filled(self.languages)
        tags = [row.tag.data for row in rows if row.tag.data]
        if not rows:
            self.languages.entries[0].form.tag.errors = [_("Choose at least one language")]
            self.is_refused = True
        elif len(set(tags)) < len(tags):
            last = next(r for r in reversed(rows) if tags.count(r.tag.data) > 1)
            last.tag.errors = [_("You listed this language twice; keep the better level")]
            self.is_refused = True

    def profile_values(self) -> dict[str, Any]:
        """As the profile has it."""
        return {
            "languages": tuple(
                LanguageSkill(row.tag.data, Level(row.level.data))
                for row in filled(self.languages)
                if row.tag.data and row.level.data
            )
        }


class InterestsForm(StepForm):
    """Interests and field of study; also a host's."""

    title = _l("What interests you")
    interests = SomeOfField(
        _l("Interests"),
        description=_l("Up to 10. They help to find people you have something to share with."),
        choices=choices_of(INTEREST_WORDS.items()),
        most=MOST_INTERESTS,
    )
    field = PickField(
        _l("Field of study or work"),
        choices=choices_of(FIELD_WORDS.items()),
    )


class DatesForm(StepForm):
    """When the student can travel."""

    title = _l("When you can travel")
    arrive_on = DayField(_l("First day of your stay"), missing=_l("Enter the first day"))
    depart_on = DayField(_l("Last day of your stay"), missing=_l("Enter the last day"))

    def bind(self, journey: Any) -> None:
        """The stay lies within the cycle's."""
        self.limit_days(journey.cycle, self.arrive_on, self.depart_on)

    def check(self) -> None:
        """In this order."""
        first, last = self.arrive_on.data, self.depart_on.data
        if first and last and last <= first:
            self.add_fault("depart_on", _("The last day must come after the first day"))


class NeedsForm(StepForm):
    """What a home must have."""

    title = _l("What you need")
    intro = _l(
        "Tick only what you cannot do without. You are never placed in a home that lacks it, "
        "so each tick leaves fewer homes."
    )
    needs = SomeOfField(
        _l("I need"),
        choices=choices_of((word, NEED_WORDS[word]) for word in NEED_WORDS if word in NEEDED),
    )


class WishesForm(StepForm):
    """What would be nice."""

    title = _l("What you would like")
    intro = _l("Nice to have. It never stands in the way of a place.")
    wishes = SomeOfField(
        _l("I would like"),
        choices=choices_of((word, NEED_WORDS[word]) for word in NEED_WORDS if word in WISHED),
    )


class OpenToForm(StepForm):
    """Kinds of homes, each agreed to by itself."""

    title = _l("Whom you can live with")
    intro = _l(
        "Say yes to everything that would be all right for you, even if you would not choose it. "
        "You are never placed where you say no, so each no leaves fewer homes."
    )
    other_students = OneOfField(
        _l("With another student who is a guest in the same home"),
        missing=_l("Say whether you could live with another student"),
        choices=choices_of(YES_OR_NO.items()),
    )
    single_adult = OneOfField(
        _l("With one adult who lives alone"),
        missing=_l("Say whether you could live with one adult"),
        description=_l(
            "The programme looks at such homes twice. "
            "You come to one only if you, and your guardian if you are under 18, agree."
        ),
        choices=choices_of(YES_OR_NO.items()),
    )
    children = OneOfField(
        _l("With children"),
        missing=_l("Say whether you could live with children"),
        choices=choices_of(YES_OR_NO.items()),
    )
    pets = OneOfField(
        _l("With animals"),
        missing=_l("Say whether you could live with animals"),
        description=_l("Say no if you have an allergy, or are afraid of dogs or cats."),
        choices=choices_of(YES_OR_NO.items()),
    )
    profile_names = {"open_to": "other_students"}

    def profile_values(self) -> dict[str, Any]:
        """The kinds agreed to; nothing as long as an answer is missing."""
        answers = {kind: self[kind].data for kind in PLACEMENT_KINDS}
        if None in answers.values():
            return {}
        return {"open_to": tuple(kind for kind, answer in answers.items() if answer == "yes")}


class HomeForm(StepForm):
    """The home that suits."""

    title = _l("The home that suits you")
    lifestyle = OneOfField(
        _l("Which kind of home suits you better?"), choices=choices_of(LIFESTYLES.items())
    )
    host_gender = SomeOfField(
        _l("Must the people you live with be of certain genders?"),
        description=_l("Leave empty if it does not matter. If you tick, nobody else lives there."),
        choices=choices_of(HOUSEHOLD_GENDERS.items()),
    )
    gender = OneOfField(
        _l("Your gender"),
        description=_l("Some homes can welcome only certain guests. It is used for nothing else."),
        choices=choices_of(GENDERS.items()),
    )


class NationsForm(StepForm):
    """Nations that would be liked best, the first one most."""

    title = _l("Where you would like to go")
    intro = _l(
        "You may name up to five nations, the one you would like most first. It is a wish: many "
        "of the best stays are where nobody would have thought of going."
    )
    ranked_nations = RowsField(FormField(NationRow), _l("Nation"), shown_rows=1, most=MOST_NATIONS)
    rows = "ranked_nations"
    add_words = _l("Add another nation")

    def profile_values(self) -> dict[str, Any]:
        """Each nation once, in order."""
        codes = (row.code.data for row in filled(self.ranked_nations))
        ranked = tuple(dict.fromkeys(code for code in codes if code))
        return {"ranked_nations": ranked} if ranked else {}


class GuardianForm(StepForm):
    """Who has to agree, for a minor."""

    title = _l("Your parent or guardian")
    intro = _l(
        "Because you are under age, a parent or guardian has to agree before anybody reads your "
        "answers. When you have sent them, we write to your parent or guardian."
    )
    guardian_name = NameField(
        _l("Name of your parent or guardian"),
        missing=_l("Enter the name of your parent or guardian"),
    )
    guardian_email = EmailField(
        _l("Their e-mail address"),
        missing=_l("Enter the e-mail address of your parent or guardian"),
        description=_l("Not your own address."),
    )
    second_guardian_name = NameField(
        _l("Name of your second parent or guardian"),
        missing=_l("Enter the name of your second parent or guardian"),
    )
    second_guardian_email = EmailField(
        _l("E-mail address of your second parent or guardian"),
        missing=_l("Enter the e-mail address of your second parent or guardian"),
        description=_l("Not your own address, and not that of the first."),
    )

    def bind(self, journey: Any) -> None:
        """Remember the student's own address; ask for as many guardians as the cycle does."""
        self.own_email = journey.answer("contact", "email")
        if journey.cycle.guardians_needed < MOST_GUARDIANS:
            del self.second_guardian_name
            del self.second_guardian_email

    def check(self) -> None:
        """A guardian is somebody else."""
        taken = {mailbox_key(self.own_email)} if self.own_email else set()
        for name in ("guardian_email", "second_guardian_email"):
            typed = self[name].data if name in self else None
            if typed and mailbox_key(typed) in taken:
                self.add_fault(name, _("Enter an address of their own, which nobody else has here"))
            elif typed:
                taken.add(mailbox_key(typed))


class LetterForm(StepForm):
    """A few words to the host."""

    title = _l("A letter to your host")
    letter = LongTextField(
        _l("What should your host know about you?"),
        max_length=MAX_LETTER,
        description=_l(
            "Up to 3,000 characters, in any language that you will share. "
            "Leave out addresses and phone numbers. It plays no part in the match."
        ),
    )
