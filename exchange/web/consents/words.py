"""Consents and guardians in words."""

from exchange.domain.consent import NEEDED, TEXTS, Purpose
from exchange.domain.cycle import GuardianState
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l

GUARDIAN_STATES = {
    GuardianState.INVITED: (_l("Has not answered yet"), "accent"),
    GuardianState.AGREED: (_l("Has agreed"), "good"),
    GuardianState.REFUSED: (_l("Has said no"), "danger"),
    GuardianState.WITHDRAWN: (_l("No longer agrees"), "danger"),
}
"""Words and colour of each state; the words always stand with the colour."""

OWN_STATES = {
    GuardianState.INVITED: (_l("You have not answered yet"), "accent"),
    GuardianState.AGREED: (_l("You have agreed"), "good"),
    GuardianState.REFUSED: (_l("You have said no"), "warm"),
    GuardianState.WITHDRAWN: (_l("You no longer agree"), "warm"),
}
"""The same to the guardian."""


def shown_text(purpose: Purpose) -> str:
    """The text of a consent as this page shows it; its hash is stored with the consent."""
    return str(_(TEXTS[purpose].text))


def needed_sentences() -> list[str]:
    """What running the programme takes, whatever is ticked."""
    return [str(_(sentence)) for sentence in NEEDED]
