"""The step of sign-up that asks for consents, one box a purpose, none ticked beforehand."""

from typing import Any

from flask import g

from exchange.domain.cycle import ApplicationKind
from exchange.records import Application
from exchange.services import consents
from exchange.services.actor import Actor
from exchange.web.consents.forms import ConsentBoxes
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.i18n import page_language
from exchange.web.signup.step_form import StepForm


class ConsentsForm(StepForm, ConsentBoxes):
    """What one may agree to besides taking part."""

    title = _l("What you agree to")
    intro = _l(
        "Tick only what you are happy with. Nothing here is needed for a place, and a box left "
        "empty is never held against you. You can change each of them at any time."
    )

    def bind(self, journey: Any) -> None:
        """Show the boxes that this person is asked about."""
        self.ask(journey.consent_purposes())
        if journey.kind is ApplicationKind.STUDENT and journey.is_of_minor():
            self.photographs.description = _(
                "Photographs and stories: your parent or guardian is asked too"
            )

    def profile_values(self) -> dict[str, Any]:
        """Consents are no part of a profile: no match reads them."""
        return {}


def keep_consents(journey: Any, application: Application) -> None:
    """Store what was ticked, as the applicant, with the text that this language shows."""
    form = journey.consents()
    if form is None:
        return
    consents.decide(
        g.db,
        Actor(application_id=application.id),
        application,
        wanted=form.wanted(),
        shown=form.texts(),
        language=page_language(),
        at=g.now,
    )
