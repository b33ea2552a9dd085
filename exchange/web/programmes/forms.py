"""How a programme is called and reached."""

from typing import Any
from zoneinfo import available_timezones

from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import PickField, choices_of
from exchange.web.fields import EmailField, TextField
from exchange.web.i18n import lazy_gettext as _l


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
    time_zone = PickField(
        _l("Time zone"),
        missing=_l("Choose a time zone"),
        description=_l("New cycles begin with it. Cycles that are there already keep theirs."),
    )

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer the time zones before what was typed is read."""
        self.time_zone.choices = choices_of((name, name) for name in sorted(available_timezones()))
        super().process(*args, **kwargs)
