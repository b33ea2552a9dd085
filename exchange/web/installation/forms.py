"""Who is to administer the installation."""

from exchange.web.base_form import BaseForm
from exchange.web.fields import EmailField
from exchange.web.i18n import lazy_gettext as _l


class AdministratorForm(BaseForm):
    """The address of an account."""

    email = EmailField(
        _l("E-mail address"),
        missing=_l("Enter the e-mail address of the person"),
        description=_l("Of somebody who has an account here and an app that shows codes."),
        render_kw={"autocomplete": "off"},
    )
