"""Forms of lists: one decision about what is ticked, and a name for a filter."""

import re
from collections.abc import Iterable
from typing import Any

from exchange.domain.cycle import ApplicationState
from exchange.services.bulk_decisions import MOST
from exchange.services.saved_queues import LONGEST_NAME
from exchange.services.screening import MAX_REASON
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, choices_of
from exchange.web.fields import LongTextField, TextField
from exchange.web.i18n import lazy_gettext as _l

_TICKED = re.compile(r"([0-9a-f]{32})\.([0-9]{1,8})")


class BulkForm(BaseForm):
    """What becomes of the applications that are ticked."""

    decision = OneOfField(
        _l("Your decision on those you ticked"),
        missing=_l("Choose a decision"),
        choices=choices_of(
            (
                (ApplicationState.APPROVED.value, _l("Approve: the match may use them")),
                (ApplicationState.RETURNED.value, _l("Return: something is missing")),
                (ApplicationState.DECLINED.value, _l("Decline: they end here")),
            )
        ),
    )
    reason = LongTextField(
        _l("Reason"),
        max_length=MAX_REASON,
        rows=3,
        description=_l("Needed when you return them: each applicant reads what you write here."),
    )


class SaveForm(BaseForm):
    """A name for the filter of the page."""

    name = TextField(_l("Keep this filter as"), missing=_l("Enter a name"), max_length=LONGEST_NAME)


def ticked(words: Iterable[str]) -> list[tuple[str, int]]:
    """Return (id, version) of each box that was ticked; other words are nothing of ours."""
    found = [_TICKED.fullmatch(word) for word in words]
    return [(one[1], int(one[2])) for one in found if one][: MOST + 1]


def as_typed(chosen: Iterable[tuple[str, int]]) -> set[Any]:
    """Return the values of the boxes that are to be ticked again."""
    return {f"{public_id}.{version}" for public_id, version in chosen}
