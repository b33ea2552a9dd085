"""How a programme is called and reached."""

from exchange.web.base_form import BaseForm
from exchange.web.fields import EmailField, TextField
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.zone_field import ZoneField


class ProgrammeForm(BaseForm):
    """Name, address and time zone."""

    name = TextField(
        _l("Name of the programme"), missing=_l("Enter the name of the programme"), max_length=200
    )
    contact_email = EmailField(
        _l("E-mail address that applicants may write to"),
        missing=_l("Enter an e-mail address"),
        render_kw={"autocomplete": "off"},
    )
    time_zone = ZoneField(
        _l("Time zone"),
        missing=_l("Choose a time zone"),
        description=_l("New cycles begin with it. Cycles that are there already keep theirs."),
    )
