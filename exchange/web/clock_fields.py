"""A time of day that belongs to a day, and which moment the two are in a named zone.

One night a year the clocks of most zones show an hour twice: then the form comes back and asks
which of the two is meant. A form has a day, a clock and a `WhichMomentField`, declared in this
order, and says in `zone_of_clocks` by whose clocks they are.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from exchange.intake.text import clean_text
from exchange.services.time_zones import SKIPPED, moments_in
from exchange.web.choice_fields import OneOfField, choices_of
from exchange.web.fields import Text, TextField
from exchange.web.i18n import format_clock, format_offset
from exchange.web.i18n import gettext as _
from exchange.web.validators import western_digits

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])")


class ClockField(TextField):
    """A time of day, such as 09:00, in the digits of any script."""

    def __init__(self, label: Text, **kwargs: Any) -> None:
        render_kw = {"autocomplete": "off", "inputmode": "numeric"}
        super().__init__(label, render_kw=render_kw, **kwargs)

    def read(self, typed: str) -> str:
        """Check that clocks show such a time."""
        found = _CLOCK.fullmatch(western_digits(clean_text(typed, 10)))
        if found is None:
            raise ValueError(_("Write a time from 0:00 to 23:59, such as 9:30."))
        return f"{int(found[1]):02d}:{found[2]}"


class WhichMomentField(OneOfField):
    """Which of two moments is meant; a page shows it where `choices` are there to be shown."""

    moment: datetime | None = None
    """The moment of day and clock, once the form is validated."""

    def __init__(self, label: Text, *, day: str, clock: str, **kwargs: Any) -> None:
        super().__init__(label, missing="", **kwargs)
        self.day, self.clock = day, clock

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Keep what was chosen until it is known what there is to choose from."""
        self.data = valuelist[0] if valuelist else None

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        """Find the moment: refuse a time that the clocks skip, ask about one they show twice."""
        self.errors = []
        zone, day, clock = form.zone_of_clocks(), form[self.day].data, form[self.clock].data
        if zone is None or day is None:
            return True  # There is nothing to find, or it is said there what is missing.
        if clock is None:
            if not form[self.clock].errors:
                form.add_fault(self.clock, _("Enter a time of day"))
            return False
        moments = moments_in(zone, datetime.combine(day, time.fromisoformat(clock)))
        if not moments:
            form.add_fault(self.clock, SKIPPED)
            return False
        if len(moments) == 1:
            self.moment = moments[0]
            return True
        local = [one.astimezone(ZoneInfo(zone)) for one in moments]
        offered = {format_offset(one): one for one in local}
        self.choices = choices_of((offset, _words(one)) for offset, one in offered.items())
        self.moment = offered.get(self.data or "")
        if self.moment is None:
            self.data = None
            self.errors = [_("The clocks show that time twice; choose which of the two is meant")]
            return False
        self.moment = self.moment.astimezone(UTC)
        return True


def _words(local: datetime) -> str:
    """A moment of such a night, by what tells it from the other one."""
    words = {"clock": format_clock(local), "offset": format_offset(local)}
    # Where winter is the exception by law, as in Ireland, it is negative in winter.
    if (local.dst() or timedelta()) > timedelta():
        return _("%(clock)s, %(offset)s (summer time)", **words)
    return _("%(clock)s, %(offset)s", **words)
