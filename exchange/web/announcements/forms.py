"""The form of an announcement: who gets it, and what it says in each language."""

from typing import Any

from exchange.domain.audiences import Recipients
from exchange.domain.cycle import ApplicationKind
from exchange.records import Announcement
from exchange.services.announcements import Wording
from exchange.translations import LANGUAGES
from exchange.web.announcements.words import PLACINGS
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, PickField, choices_of, offer
from exchange.web.desk_words import APPLICATION_STATES
from exchange.web.fields import LongTextField, TickField
from exchange.web.i18n import country_choices
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.queues.words import ATTENTION

FILTERS = ("kind", "state", "nation", "attention", "placing")


class _AsTypedField(LongTextField):
    """Several lines, checked by the service, so that all faults are told at once."""

    def read(self, typed: str) -> str:
        """Leave it as it was typed."""
        return typed


class AnnouncementForm(BaseForm):
    """The boxes of texts are added below, one for each language."""

    _fields: dict[str, Any]

    kind = PickField(
        _l("Who"),
        nothing=_l("Students and hosts"),
        choices=choices_of(
            (
                (ApplicationKind.STUDENT.value, _l("Students")),
                (ApplicationKind.HOST.value, _l("Hosts")),
            )
        ),
    )
    state = PickField(
        _l("State of the application"),
        nothing=_l("Any state but declined and withdrawn"),
        choices=choices_of((one.value, said[0]) for one, said in APPLICATION_STATES.items()),
    )
    placing = PickField(
        _l("Place"),
        nothing=_l("With or without a place"),
        choices=choices_of((one.value, said) for one, said in PLACINGS.items()),
    )
    nation = PickField(_l("Nation"), nothing=_l("Any nation"), choices=[])
    attention = PickField(
        _l("Needs somebody"),
        nothing=_l("Any"),
        choices=choices_of((one.value, said) for one, said in ATTENTION.items()),
    )
    with_guardians = TickField(
        _l("Write to the parents or guardians of minors as well"),
    )
    fallback = OneOfField(
        _l("For readers of a language that you leave empty"),
        missing=_l("Choose a language"),
        choices=choices_of(LANGUAGES.items()),
        description=_l("They get the message in this language."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self.nation, country_choices())
        # The boxes of texts stand before it on the page, so their faults do as well.
        self._fields["fallback"] = self._fields.pop("fallback")

    def fill(self, announcement: Announcement) -> None:
        """Put in what is stored."""
        for name in FILTERS:
            self._fields[name].data = announcement.words.get(name)
        self.with_guardians.data = announcement.with_guardians
        self.fallback.data = announcement.fallback
        for language, text in announcement.texts.items():
            self._fields[f"text_{language}"].data = text

    def texts(self) -> list[tuple[str, Any]]:
        """Return (language, box) of each."""
        return [(language, self._fields[f"text_{language}"]) for language in LANGUAGES]

    def wording(self) -> Wording:
        """What was written."""
        words = {name: self._fields[name].data or "" for name in FILTERS}
        return Wording(
            recipients=Recipients.from_words(words),
            texts={language: box.data for language, box in self.texts()},
            fallback=self.fallback.data or "",
            with_guardians=bool(self.with_guardians.data),
        )


for _language, _name in LANGUAGES.items():
    setattr(AnnouncementForm, f"text_{_language}", _AsTypedField(_name, rows=6))


class SendForm(BaseForm):
    """A button, with nothing to fill in."""
