"""The form of a new token."""

from collections.abc import Sequence
from typing import Any

from exchange.domain.api_scopes import Scope
from exchange.services.api_tokens import LONGEST_NAME
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, SomeOfField, choices_of
from exchange.web.fields import TextField
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.tokens.words import LIFETIMES, SCOPES


class TokenForm(BaseForm):
    """What a program may do, and for how long."""

    name = TextField(
        _l("What is the token for?"),
        missing=_l("Enter a name"),
        max_length=LONGEST_NAME,
        description=_l("Such as the program that will use it, so that you know it again."),
    )
    scopes = SomeOfField(
        _l("What may the program do?"),
        missing=_l("Choose at least one thing that the program may do"),
        choices=choices_of((one.value, words) for one, words in SCOPES.items()),
        description=_l("Tick only what it needs. It never may more than you may yourself."),
    )
    days = OneOfField(
        _l("How long does it work?"),
        missing=_l("Choose how long the token works"),
        choices=choices_of((str(days), words) for days, words in LIFETIMES.items()),
    )

    def __init__(self, offered: Sequence[Scope], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scopes.choices = choices_of((one.value, SCOPES[one]) for one in offered)
        if self.scopes.raw_data:
            self.scopes.process_errors = []
            try:
                self.scopes.process_formdata(self.scopes.raw_data)
            except ValueError as error:
                self.scopes.process_errors.append(str(error))
