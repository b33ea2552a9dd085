"""The form that starts a match run."""

import math
import unicodedata
from collections.abc import Sequence
from typing import Any

from exchange.web.base_form import BaseForm
from exchange.web.fields import TextField, WholeNumberField
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l

MOST_SEED = 2**31 - 1
MOST_SECONDS = 3600


class ShareField(TextField):
    """A share between 0 and 1, with a point or a comma, in the digits of any script."""

    kind = "number"
    data: Any

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the share."""
        self.data = None
        if valuelist and valuelist[0].strip():
            self.data = read_share(valuelist[0])


def read_share(typed: str) -> float:
    """Return a number from 0 to 1.

    Raises
    ------
    ValueError
        When it is something else; infinities and "nan" are no numbers here.
    """
    plain = "".join(
        str(unicodedata.decimal(one)) if unicodedata.category(one) == "Nd" else one
        for one in typed.strip()
    ).replace(",", ".")
    is_plain = plain.count(".") <= 1 and plain.replace(".", "", 1).isdigit() and len(plain) <= 12
    value = float(plain) if is_plain else math.nan
    if not 0.0 <= value <= 1.0:
        raise ValueError(_("Enter a number from 0 to 1, such as 0.02."))
    return value


class RunForm(BaseForm):
    """How a run should weigh diversity and fit."""

    epsilon = ShareField(
        _l("How much diversity may be given up for a better fit?"),
        missing=_l("Enter how much diversity may be given up"),
        description=_l(
            "0 keeps every bit of diversity. 0.02 gives up at most 2 % of the diversity sum, "
            "which usually makes the homes fit much better. 1 looks at fit only."
        ),
    )
    seed = WholeNumberField(
        _l("Seed"),
        low=0,
        high=MOST_SEED,
        description=_l(
            "Breaks ties. The same seed and the same applications give the same answer. "
            "Leave it empty, and one is drawn and kept with the run."
        ),
    )
    time_limit_s = WholeNumberField(
        _l("Longest time in seconds"),
        low=1,
        high=MOST_SECONDS,
        description=_l("When it is over, you get the best answer so far with its proof."),
    )
