"""The form that gives students to whoever looks after them."""

import re
from collections.abc import Iterable
from typing import Any

from exchange.services.caseloads import MOST_AT_ONCE, Colleague
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import PickField, choices_of
from exchange.web.i18n import lazy_gettext as _l

_ID = re.compile(r"[0-9a-f]{32}")


class AssignForm(BaseForm):
    """Who looks after the students that are ticked."""

    account = PickField(_l("Who looks after those you ticked?"), nothing=_l("Nobody in particular"))

    def __init__(self, colleagues: Iterable[Colleague], *args: Any, **kwargs: Any) -> None:
        self.colleagues = choices_of((one.public_id, one.name) for one in colleagues)
        super().__init__(*args, **kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer the staff of the programme before what was chosen is read."""
        self.account.choices, self.account.names_people = self.colleagues, True
        super().process(*args, **kwargs)


def ticked(words: Iterable[str]) -> list[str]:
    """Return the ids of the boxes that were ticked; other words are nothing of ours."""
    return [one for one in words if _ID.fullmatch(one)][: MOST_AT_ONCE + 1]
