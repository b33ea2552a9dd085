"""The form of agreements to one placement: a box for each that is the reader's to give."""

from collections.abc import Iterable, Sequence
from typing import Any

from exchange.domain.placement_consents import PAIR_TEXTS, PairConsent, PairGiver
from exchange.services.placement_consents import ChecklistLine
from exchange.web.base_form import BaseForm
from exchange.web.fields import TickField
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l

GIVERS = {
    PairGiver.STUDENT: _l("The student"),
    PairGiver.GUARDIAN: _l("A parent or guardian"),
    PairGiver.HOST: _l("The host"),
}


def _box(code: PairConsent) -> TickField:
    return TickField(_l(PAIR_TEXTS[code].text), description=_l(PAIR_TEXTS[code].title))


class PlacementConsentForm(BaseForm):
    """Agreements to one placement. No box is ticked that was not ticked before by its giver."""

    single_adult = _box(PairConsent.SINGLE_ADULT)
    second_guest = _box(PairConsent.SECOND_GUEST)
    mixed_ages = _box(PairConsent.MIXED_AGES)
    contested_nations = _box(PairConsent.CONTESTED_NATIONS)
    unmet_wish = _box(PairConsent.UNMET_WISH)

    def ask(self, lines: Iterable[ChecklistLine]) -> None:
        """Leave out the boxes of everything that the reader is not asked."""
        asked = {line.code for line in lines}
        for code in PairConsent:
            if code not in asked and code.value in self:
                del self[code.value]

    def tick(self, lines: Iterable[ChecklistLine]) -> None:
        """Show as ticked what was agreed to before."""
        for line in lines:
            if line.given is not None:
                self[line.code.value].data = True

    def boxes(self) -> list[Any]:
        """The fields of the boxes, in their order."""
        return [self[one.value] for one in PairConsent if one.value in self]

    def wanted(self) -> set[PairConsent]:
        """What was ticked."""
        return {one for one in PairConsent if one.value in self and self[one.value].data}

    def texts(self) -> dict[PairConsent, str]:
        """The text of every box on the page, as it is shown."""
        return {one: str(_(PAIR_TEXTS[one].text)) for one in PairConsent if one.value in self}


def checklist_words(lines: Sequence[ChecklistLine]) -> list[tuple[Any, Any, bool]]:
    """(what, who, whether it was given) of each line, in words; nobody is named."""
    return [
        (_(line.needed.text.title), GIVERS[line.giver], line.given is not None) for line in lines
    ]
