"""What of last year's answers a new draft begins with."""

from collections.abc import Mapping
from typing import Any

from exchange.services.drafts import AGAIN
from exchange.web.signup.journey import CHECK

_ASKED_ANEW = frozenset({"consents", CHECK, AGAIN})
"""What the person agreed to, and that they looked through their answers."""
_DAYS = ("arrive_on", "depart_on", "available_from", "available_to")


def last_years_answers(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return answers to begin with: without consents and days, and all to be looked at again."""
    kept: dict[str, Any] = {}
    for slug, typed in data.items():
        if slug in _ASKED_ANEW:
            continue
        answers = {name: values for name, values in typed.items() if not name.startswith(_DAYS)}
        if answers:
            kept[slug] = answers
    return {**kept, AGAIN: {"steps": sorted(kept)}} if kept else {}
