"""What a new cycle is to be."""

import re
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from exchange.domain.ages import ADULT_AGE, HIGHEST_ADULT_AGE
from exchange.domain.cycle import MOST_GUARDIANS
from exchange.domain.rule_packs import PackName
from exchange.errors import InvalidInput
from exchange.intake.text import clean_text
from exchange.services.cycle_copies import CyclePlan
from exchange.services.time_zones import moment_in
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, choices_of
from exchange.web.fields import DayField, TextField, WholeNumberField
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.screening.words import PACKS
from exchange.web.validators import western_digits
from exchange.web.zone_field import ZoneField

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])")
_TIME = {"autocomplete": "off", "inputmode": "numeric"}


class ClockField(TextField):
    """A time of day, such as 09:00, in the digits of any script."""

    def read(self, typed: str) -> str:
        """Check that clocks show such a time."""
        found = _CLOCK.fullmatch(western_digits(clean_text(typed, 10)))
        if found is None:
            raise ValueError(_("Write a time from 0:00 to 23:59, such as 9:30."))
        return f"{int(found[1]):02d}:{found[2]}"


class CycleForm(BaseForm):
    """Name, times, and what is asked of young people and hosts."""

    name = TextField(_l("Name of the cycle"), missing=_l("Enter a name"), max_length=200)
    time_zone = ZoneField(_l("Time zone"), missing=_l("Choose a time zone"))
    opens_on = DayField(_l("Sign-up opens on"), missing=_l("Enter the day on which sign-up opens"))
    opens_time = ClockField(
        _l("At what time it opens"), missing=_l("Enter a time of day"), render_kw=_TIME
    )
    closes_on = DayField(
        _l("Sign-up closes on"), missing=_l("Enter the day on which sign-up closes")
    )
    closes_time = ClockField(
        _l("At what time it closes"), missing=_l("Enter a time of day"), render_kw=_TIME
    )
    stay_from_on = DayField(
        _l("First day of the stays"), missing=_l("Enter the first day of the stays")
    )
    stay_to_on = DayField(
        _l("Last day of the stays"), missing=_l("Enter the last day of the stays")
    )
    guardians_needed = WholeNumberField(
        _l("How many guardians of a minor have to agree"),
        low=1,
        high=MOST_GUARDIANS,
        missing=_l("Enter a number of guardians"),
    )
    adult_age = WholeNumberField(
        _l("Age from which somebody is an adult"),
        low=ADULT_AGE,
        high=HIGHEST_ADULT_AGE,
        missing=_l("Enter an age"),
    )
    rule_pack = OneOfField(
        _l("Rule pack"),
        missing=_l("Choose a rule pack"),
        choices=choices_of((pack.value, words) for pack, words in PACKS.items()),
        description=_l("What hosts and students have to fulfil before anybody is matched."),
    )

    def values(self) -> dict[str, Any]:
        """What was typed, as the service takes it.

        Raises
        ------
        InvalidInput
            When clocks skip one of the times, or show it twice.
        """
        return {
            "name": self.name.data,
            "time_zone": self.time_zone.data,
            "opens_at": self._moment("opens"),
            "closes_at": self._moment("closes"),
            "stay_from_on": self.stay_from_on.data,
            "stay_to_on": self.stay_to_on.data,
            "guardians_needed": self.guardians_needed.data,
            "adult_age": self.adult_age.data,
            "rule_pack": PackName(self.rule_pack.data),
        }

    def add_faults(self, refusal: InvalidInput) -> None:
        """Attach a fault of a moment to its day."""
        for name in ("opens_at", "closes_at"):
            for sentence in refusal.faults.get(name, ()):
                self.add_fault(f"{name.removesuffix('_at')}_on", sentence)
        others = {
            name: said
            for name, said in refusal.faults.items()
            if name not in ("opens_at", "closes_at")
        }
        if others or not refusal.faults:
            super().add_faults(InvalidInput(refusal.message, others))

    def _moment(self, which: str) -> datetime:
        day, clock = self[f"{which}_on"].data, time.fromisoformat(self[f"{which}_time"].data)
        try:
            return moment_in(self.time_zone.data, datetime.combine(day, clock))
        except InvalidInput as refusal:
            said = refusal.faults.get("time", [refusal.message])
            raise InvalidInput(refusal.message, {f"{which}_at": said}) from refusal


def filled_in(plan: CyclePlan) -> Mapping[str, Any]:
    """What stands in the form when it is first shown."""
    return {
        "name": plan.name,
        "time_zone": plan.time_zone,
        "opens_on": plan.opens_at.date(),
        "opens_time": f"{plan.opens_at:%H:%M}",
        "closes_on": plan.closes_at.date(),
        "closes_time": f"{plan.closes_at:%H:%M}",
        "stay_from_on": plan.stay_from_on,
        "stay_to_on": plan.stay_to_on,
        "guardians_needed": plan.guardians_needed,
        "adult_age": plan.adult_age,
        "rule_pack": plan.rule_pack.value,
    }
