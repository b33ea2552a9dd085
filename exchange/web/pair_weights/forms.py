"""Forms about what pairs of nations count for."""

from exchange.web.base_form import BaseForm
from exchange.web.fields import TickField
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.number_fields import DecimalField
from exchange.web.rules.forms import reason_field

LEAST = 0.001


class PairForm(BaseForm):
    """The weight of one pair of nations."""

    weight = DecimalField(
        _l("Weight of its own"),
        low=LEAST,
        high=1.0,
        description=_l(
            "Above 0 and at most 1. Empty: the weight that the facts give. To keep people apart, "
            "forbid them in the rules instead."
        ),
    )
    contested = TickField(
        _l("This pair is contested: treat it as nations in open rivalry, tension 4"),
        description=_l("A person then decides about each of its placements before release."),
    )
    reason = reason_field()


class FlattenForm(BaseForm):
    """Every pair weighs 1, or each its own again."""

    reason = reason_field()
