"""The form that starts a match run."""

from exchange.web.base_form import BaseForm
from exchange.web.fields import WholeNumberField
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.number_fields import ShareField

MOST_SEED = 2**31 - 1
MOST_SECONDS = 3600


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
