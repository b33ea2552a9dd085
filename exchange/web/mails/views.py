"""The mails that were written into files: listed, and read with their links.

A mail holds a link that opens somebody's application. So the pages are for the installation's
administrators alone, and for the staff of a demonstration; and where mails really go out, there
are no such pages at all.
"""

import re

from flask import Blueprint, abort, g, render_template, request
from markupsafe import Markup, escape

from exchange.domain.roles import Permission
from exchange.services import mail_files
from exchange.web.guards import permit
from exchange.web.request_state import settings

blueprint = Blueprint("mails", __name__)

MOST_PAGES = 10_000


@blueprint.get("/mails")
@permit(Permission.READ_MAILS)
def index() -> str:
    """The mails, the latest first."""
    _check_shown()
    return render_template(
        "mails/index.html",
        page=mail_files.list_mails(settings().instance_dir / "mail", page=_page_number()),
    )


@blueprint.get("/mails/<id:name>")
@permit(Permission.READ_MAILS)
def show(name: str) -> str:
    """One mail as text."""
    _check_shown()
    mail = mail_files.get_mail(settings().instance_dir / "mail", name)
    return render_template("mails/show.html", mail=mail, body=with_links(mail.body))


def _check_shown() -> None:
    if settings().smtp_url or not (g.actor.is_administrator or settings().demo):
        abort(404)


def with_links(body: str) -> Markup:
    """The text with the addresses of this installation as links; all else is text."""
    base = settings().base_url.rstrip("/")
    parts = []
    end = 0
    for found in re.finditer(rf"{re.escape(base)}(/[A-Za-z0-9/_.~-]+)", body):
        parts.append(escape(body[end : found.start()]))
        parts.append(Markup('<a href="{}">{}</a>').format(found[1], found[0]))
        end = found.end()
    return Markup("").join([*parts, escape(body[end:])])


def _page_number() -> int:
    word = request.args.get("page", "1")
    is_number = word.isascii() and word.isdigit() and len(word) < 6
    return min(max(int(word), 1), MOST_PAGES) if is_number else 1
