"""The form that asks once more before everything is erased."""

from exchange.web.base_form import BaseForm
from exchange.web.fields import TickField
from exchange.web.i18n import lazy_gettext as _l


class EraseForm(BaseForm):
    """Not a button alone: what it does cannot be undone."""

    is_sure = TickField(
        _l("Yes, erase my application and everything that is kept about me."),
        missing=_l("Confirm that everything is to be erased"),
    )
