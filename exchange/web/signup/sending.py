"""A complete draft becomes an application, or what was sent before is corrected by it."""

from typing import Any

from flask import g
from pydantic import ValidationError

from exchange.errors import Conflict
from exchange.services import corrections, drafts, enrolment, rate_limits, renewals
from exchange.web.i18n import gettext as _
from exchange.web.signup.consent_forms import keep_consents
from exchange.web.signup.journey import Journey

SIGN_UPS_AN_HOUR = 30
"""From one client."""


def submit(journey: Journey) -> None:
    """Send everything, and commit."""
    with rate_limits.counted(
        g.db, f"sign-up:{g.client_key}", limit=SIGN_UPS_AN_HOUR, window_s=3600, at=g.now
    ):
        _make_application(journey)
        g.db.commit()


def _make_application(journey: Journey) -> None:
    try:
        profile: Any = journey.profile()
    except ValidationError as error:
        raise Conflict(_("Some answers have changed. Check them once more.")) from error
    if journey.draft.reopened_at is not None:
        application = corrections.correct_profile(
            g.db,
            g.actor,
            journey.draft,
            profile=profile,
            answers=journey.question_answers(),
            at=g.now,
        )
        keep_consents(journey, application)
        return
    application = enrolment.submit_profile(
        g.db,
        g.actor,
        cycle_id=journey.cycle.id,
        kind=journey.kind,
        profile=profile,
        idempotency_key=journey.draft.public_id,
        language=journey.draft.language,
        answers=journey.question_answers(),
        at=g.now,
    )
    keep_consents(journey, application)
    renewals.carry_over(g.db, g.actor, journey.draft, application, g.now)
    drafts.mark_submitted(g.db, journey.draft, application_id=application.id, at=g.now)
