"""What a new cycle is to be."""

from collections.abc import Mapping
from typing import Any

from exchange.domain.ages import ADULT_AGE, HIGHEST_ADULT_AGE
from exchange.domain.cycle import MOST_GUARDIANS
from exchange.domain.rule_packs import PackName
from exchange.errors import InvalidInput
from exchange.services.cycle_copies import CyclePlan
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, choices_of
from exchange.web.clock_fields import ClockField, WhichMomentField
from exchange.web.fields import DayField, TextField, WholeNumberField
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.screening.words import PACKS
from exchange.web.zone_field import ZoneField


class CycleForm(BaseForm):
    """Name, times, and what is asked of young people and hosts."""

    name = TextField(_l("Name of the cycle"), missing=_l("Enter a name"), max_length=200)
    time_zone = ZoneField(_l("Time zone"), missing=_l("Choose a time zone"))
    opens_on = DayField(_l("Sign-up opens on"), missing=_l("Enter the day on which sign-up opens"))
    opens_time = ClockField(_l("At what time it opens"), missing=_l("Enter a time of day"))
    opens_which = WhichMomentField(
        _l("Which of the two times does it open at?"), day="opens_on", clock="opens_time"
    )
    closes_on = DayField(
        _l("Sign-up closes on"), missing=_l("Enter the day on which sign-up closes")
    )
    closes_time = ClockField(_l("At what time it closes"), missing=_l("Enter a time of day"))
    closes_which = WhichMomentField(
        _l("Which of the two times does it close at?"), day="closes_on", clock="closes_time"
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

    def zone_of_clocks(self) -> str | None:
        """The zone in which the times are meant."""
        zone: str | None = self.time_zone.data
        return zone

    def values(self) -> dict[str, Any]:
        """What was typed, as the service takes it."""
        return {
            "name": self.name.data,
            "time_zone": self.time_zone.data,
            "opens_at": self.opens_which.moment,
            "closes_at": self.closes_which.moment,
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
