"""Fields for numbers with decimals, with a point or a comma, in the digits of any script."""

import math
from collections.abc import Sequence
from typing import Any

from wtforms import StringField

from exchange.web.fields import Kept, Missing, Text
from exchange.web.i18n import format_number
from exchange.web.i18n import gettext as _
from exchange.web.validators import western_digits

LONGEST = 12


class DecimalField(Kept, StringField):
    """A number within bounds."""

    kind = "number"
    inputmode = "decimal"

    def __init__(
        self, label: Text, *, low: float, high: float, missing: Text | None = None, **kwargs: Any
    ) -> None:
        self.low, self.high = low, high
        super().__init__(label, [Missing(missing)], **kwargs)
        self.missing = missing

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the number; an empty box becomes None."""
        self.data = None
        if valuelist and valuelist[0].strip():
            self.data = self.read(valuelist[0])

    def read(self, typed: str) -> float:
        """Return what was typed as a number.

        Raises
        ------
        ValueError
            When it is something else; infinities and "nan" are no numbers here.
        """
        value = _decimal(typed)
        if not self.low <= value <= self.high:
            raise ValueError(
                _(
                    "Enter a number from %(low)s to %(high)s.",
                    low=format_number(self.low),
                    high=format_number(self.high),
                )
            )
        return value

    def shown(self) -> list[str]:
        """The number as the language of the page writes it."""
        return [] if self.data is None else [format_number(self.data)]

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:.10g}"


class ShareField(DecimalField):
    """A share between 0 and 1."""

    def __init__(self, label: Text, *, missing: Text | None = None, **kwargs: Any) -> None:
        super().__init__(label, low=0.0, high=1.0, missing=missing, **kwargs)

    def read(self, typed: str) -> float:
        """Return the share that was typed."""
        value = _decimal(typed)
        if not 0.0 <= value <= 1.0:
            raise ValueError(_("Enter a number from 0 to 1, such as 0.02."))
        return value


def _decimal(typed: str) -> float:
    plain = western_digits(typed.strip()).replace(",", ".")
    is_plain = plain.count(".") <= 1 and plain.replace(".", "", 1).isdigit()
    return float(plain) if is_plain and len(plain) <= LONGEST else math.nan
