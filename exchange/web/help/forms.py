"""Forms by which help is asked for, and whom to call is said."""

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from exchange.domain.incident import Reporter
from exchange.records import Account
from exchange.services.incident_entries import LONGEST_TEXT
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import SomeOfField, choices_of
from exchange.web.fields import EmailField, LongTextField, NameField, PhoneField
from exchange.web.i18n import lazy_gettext as _l

HOST, GUARDIAN, STAFF = "host", "guardian", "staff:"
_OTHERS = {
    Reporter.STUDENT: ((HOST, _l("My host")), (GUARDIAN, _l("My parent or guardian"))),
    Reporter.GUARDIAN: ((HOST, _l("The host")), (GUARDIAN, _l("Another parent or guardian"))),
    Reporter.HOST: ((HOST, _l("My guest")), (GUARDIAN, _l("A parent or guardian of my guest"))),
    Reporter.STAFF: (
        (HOST, _l("The other side of the placement")),
        (GUARDIAN, _l("A parent or guardian")),
    ),
}


class HelpForm(BaseForm):
    """Ask for help; everything may be left empty."""

    text = LongTextField(
        _l("What would you like to say?"),
        max_length=LONGEST_TEXT,
        rows=5,
        description=_l("You can leave this empty. Somebody will ask you."),
    )
    named = SomeOfField(
        _l("Does it concern one of these people? They will see nothing of it."), choices=[]
    )

    def __init__(
        self, reporter: Reporter, staff: Iterable[Account], *args: Any, **kwargs: Any
    ) -> None:
        name = Markup("<bdi>{}</bdi>")
        names = [(f"{STAFF}{one.public_id}", name.format(one.display_name)) for one in staff]
        self.people = choices_of([*_OTHERS[reporter], *names])
        super().__init__(*args, **kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer the people before what was ticked is read."""
        self.named.choices = self.people
        super().process(*args, **kwargs)


class ReportForm(HelpForm):
    """Tell the leads of something on behalf of somebody."""

    text = LongTextField(
        _l("What has happened?"), missing=_l("Say what has happened"), max_length=LONGEST_TEXT
    )


class HelpContactsForm(BaseForm):
    """Whom to call in a programme."""

    duty_phone = PhoneField(
        _l("Duty number"),
        description=_l("Answered at any hour during a stay. It stands on the emergency card."),
    )
    outside_name = NameField(
        _l("Somebody outside the programme"),
        description=_l(
            "They are asked when no safeguarding lead may look at a call for help, because it "
            "names them all or there is none, and when nobody answers in time."
        ),
    )
    outside_email = EmailField(_l("Their e-mail address"))
    outside_phone = PhoneField(_l("Their telephone number"))
