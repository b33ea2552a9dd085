"""Forms of consents, and of what is done about guardians. No box is ever ticked beforehand."""

from collections.abc import Collection, Iterable
from typing import Any

from exchange.domain.consent import OPTIONAL, TEXTS, Purpose
from exchange.records import Guardian
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, PickField, choices_of
from exchange.web.consents.words import shown_text
from exchange.web.fields import EmailField, LongTextField, TextField, TickField
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l


def _box(purpose: Purpose) -> TickField:
    return TickField(_l(TEXTS[purpose].text), description=_l(TEXTS[purpose].title))


class ConsentBoxes(BaseForm):
    """One box for each purpose that somebody is asked about."""

    health_to_host = _box(Purpose.HEALTH_TO_HOST)
    faith_to_host = _box(Purpose.FAITH_TO_HOST)
    photographs = _box(Purpose.PHOTOGRAPHS)
    contact_after = _box(Purpose.CONTACT_AFTER)
    statistics = _box(Purpose.STATISTICS)

    def ask(self, purposes: Collection[Purpose]) -> None:
        """Leave out the boxes of all other purposes."""
        for purpose in OPTIONAL:
            if purpose not in purposes and purpose.value in self:
                del self[purpose.value]

    def tick(self, purposes: Iterable[Purpose]) -> None:
        """Show as ticked what was consented to before."""
        for purpose in purposes:
            if purpose.value in self:
                self[purpose.value].data = True

    def boxes(self) -> list[Any]:
        """The fields of the boxes, in their order."""
        return [self[one.value] for one in OPTIONAL if one.value in self]

    def wanted(self) -> set[Purpose]:
        """What was ticked."""
        return {one for one in OPTIONAL if one.value in self and self[one.value].data}

    def texts(self) -> dict[Purpose, str]:
        """The text of every box on the page, as it is shown."""
        return {one: shown_text(one) for one in OPTIONAL if one.value in self}


class CorrectForm(BaseForm):
    """Another name or address of a guardian who has not answered."""

    name = TextField(
        _l("Name of your parent or guardian"),
        missing=_l("Enter the name of your parent or guardian"),
        render_kw={"spellcheck": "false"},
    )
    email = EmailField(
        _l("Their e-mail address"),
        missing=_l("Enter the e-mail address of your parent or guardian"),
        description=_l("Not your own address."),
    )


NOT_NAMED = "new"


class PaperForm(BaseForm):
    """What a guardian has said outside this service."""

    guardian = PickField(_l("Which guardian?"), missing=_l("Choose the guardian"))
    name = TextField(
        _l("Name"),
        description=_l("Only of somebody who is not in the list."),
        render_kw={"spellcheck": "false", "autocomplete": "off"},
    )
    answer = OneOfField(
        _l("What did they say?"),
        missing=_l("Say whether they agree"),
        choices=choices_of(
            [("agrees", _l("They agree")), ("withdraws", _l("They do not, or no longer, agree"))]
        ),
    )
    reason = LongTextField(
        _l("What have you seen, and where is it kept?"),
        missing=_l("Say what you have seen and where it is kept"),
        max_length=1000,
        description=_l("Such as: a signed form of 3 May, in the safe. At least 10 characters."),
    )

    def offer(self, guardians: Iterable[Guardian]) -> None:
        """Offer the guardians who are known, and one more."""
        known = [(one.public_id, one.name or one.email or "") for one in guardians]
        self.guardian.choices = choices_of([*known, (NOT_NAMED, _("Somebody not in this list"))])
        if self.guardian.raw_data:
            self.guardian.process_errors = []
            try:
                self.guardian.process_formdata(self.guardian.raw_data)
            except ValueError as error:
                self.guardian.process_errors.append(str(error))
