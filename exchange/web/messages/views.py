"""The way to everything about messages of a cycle, and what was written to one person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, g, render_template
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.notices.events import audience_of
from exchange.notices.texts import BASE_URL, LINK
from exchange.records import OutboxMail
from exchange.services import applications, cycles, guardians, sent_messages
from exchange.web.guards import permit
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.mail_texts.words import AUDIENCES
from exchange.web.request_state import settings
from exchange.web.viewing import note_viewing

blueprint = Blueprint("messages", __name__)

Page = str | Response

SENT = (_l("Sent"), "good")
WAITING = (_l("On its way"), "accent")
FAILED = (_l("Could not be delivered"), "danger")


@dataclass(frozen=True, slots=True)
class Line:
    """One mail as a page shows it."""

    subject: str
    text: str | None
    recipient: str
    audience: Any
    state: tuple[Any, str]
    at: datetime


@blueprint.get("/cycles/<id:cycle_id>/messages")
@permit(Permission.MANAGE_CYCLES)
def index(cycle_id: str) -> Page:
    """What can be done about messages."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.MANAGE_CYCLES)
    return render_template("messages/index.html", cycle=cycle)


@blueprint.get("/applications/<id:application_id>/messages")
@permit(Permission.SEE_APPLICATIONS)
def of_application(application_id: str) -> Page:
    """What was written about one application, to whom."""
    details = applications.get_application(g.db, g.actor, application_id)
    note_viewing(details)
    found = sent_messages.messages_of(g.db, g.actor, details.application, details.cycle)
    return render_template(
        "messages/of_application.html",
        application=details.application,
        cycle=details.cycle,
        lines=_lines(found),
    )


@blueprint.get("/application/messages")
@permit(Permission.OWN_APPLICATION)
def own() -> Page:
    """What was written to me."""
    lines = _lines(sent_messages.own_messages(g.db, g.actor))
    details = applications.own_application(g.db, g.actor)
    return render_template("messages/own.html", lines=lines, cycle=details.cycle)


@blueprint.get("/guardian/messages")
@permit(Permission.OWN_GUARDIANSHIP)
def own_of_guardian() -> Page:
    """What was written to me as a parent or guardian."""
    lines = _lines(sent_messages.own_guardian_messages(g.db, g.actor))
    mine = guardians.own_guardianship(g.db, g.actor)
    return render_template("messages/own_of_guardian.html", lines=lines, cycle=mine.cycle)


def _lines(mails: Sequence[OutboxMail]) -> list[Line]:
    return [
        Line(
            subject=mail.subject,
            text=_text(mail),
            recipient=mail.recipient,
            audience=AUDIENCES[audience_of(mail.template)],
            state=SENT if mail.sent_at else FAILED if mail.dead_at else WAITING,
            at=mail.sent_at or mail.created_at,
        )
        for mail in mails
    ]


def _text(mail: OutboxMail) -> str | None:
    if mail.kept is None:
        return None
    text = mail.kept.replace(LINK, _("[Here stood a link that works once.]"))
    return text.replace(BASE_URL, settings().base_url.rstrip("/"))
