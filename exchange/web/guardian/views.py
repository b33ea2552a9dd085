"""A guardian's own pages: open the link, read what is asked, agree or not, withdraw, close."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from exchange.domain.consent import TEXTS, Purpose
from exchange.domain.cycle import WITHOUT_GUARDIANS, ApplicationState, GuardianState
from exchange.domain.roles import Permission
from exchange.errors import Gone
from exchange.records import LinkPurpose, Programme
from exchange.services import (
    agreements,
    consents,
    guardians,
    links,
    offer_answers,
    rate_limits,
)
from exchange.services.guardians import Guardianship
from exchange.services.question_answers import shown_answers
from exchange.services.web_sessions import hash_token
from exchange.web import sessions
from exchange.web.consents.forms import ConsentBoxes
from exchange.web.consents.words import OWN_STATES, shown_text
from exchange.web.guardian.answers import list_answers, name_of
from exchange.web.guardian.forms import AnswerForm, BareForm, NewLinkForm
from exchange.web.guards import permit
from exchange.web.i18n import current_language, page_language

blueprint = Blueprint("guardian", __name__)

Page = str | Response | tuple[str, int]

LINKS_AN_HOUR = 10
"""From one client."""
LINKS_A_DAY = 5
"""For one reference, whoever asks."""
ENDED = WITHOUT_GUARDIANS - {ApplicationState.WAITING}


@blueprint.get("/guardian/open/<token>")
@permit(Permission.PUBLIC)
def open_link(token: str) -> Page:
    """A button, because programs that read mail follow links and would use this one up."""
    return render_template("guardian/open_link.html", form=BareForm())


@blueprint.post("/guardian/open/<token>")
@permit(Permission.PUBLIC)
def redeem(token: str) -> Page:
    """Use the link up, and let this browser answer for the guardian."""
    try:
        link = links.redeem(g.db, token, LinkPurpose.GUARDIAN, g.now)
    except Gone as refusal:
        # A guardian has no other way in, so the answer is the page that sends a new link.
        page = render_template(
            "guardian/new_link.html", form=NewLinkForm(formdata=None), gone=refusal.message
        )
        return page, 410
    sessions.begin(guardian_id=link.guardian_id)
    mine = guardians.own_guardianship(g.db, g.actor)
    guardians.note_language(g.db, mine.guardian, page_language())
    g.db.commit()
    return redirect(url_for("guardian.show"), 303)


@blueprint.get("/guardian/link")
@permit(Permission.PUBLIC)
def new_link() -> Page:
    """Ask for a new link."""
    return render_template("guardian/new_link.html", form=NewLinkForm())


@blueprint.post("/guardian/link")
@permit(Permission.PUBLIC, shows_form_again=True)
def request_link() -> Page:
    """Mail a new link if reference and address belong together, and say the same if they do not."""
    form = NewLinkForm()
    if not form.validate():
        return render_template("guardian/new_link.html", form=form), form.status()
    rate_limits.hit(g.db, f"link:{g.client_key}", limit=LINKS_AN_HOUR, window_s=3600, at=g.now)
    asked_for = hash_token(form.reference.data.strip().upper())
    rate_limits.hit(g.db, f"guardian:{asked_for}", limit=LINKS_A_DAY, window_s=86_400, at=g.now)
    guardians.request_link(g.db, reference=form.reference.data, email=form.email.data, at=g.now)
    g.db.commit()
    return redirect(url_for("guardian.link_sent"), 303)


@blueprint.get("/guardian/link/sent")
@permit(Permission.PUBLIC)
def link_sent() -> Page:
    """Says the same to everybody."""
    return render_template("guardian/link_sent.html")


@blueprint.get("/guardian")
@permit(Permission.OWN_GUARDIANSHIP)
def show() -> Page:
    """Who asks, for what, and what was answered."""
    mine = _own()
    given = consents.in_force(g.db, mine.application, guardian=mine.guardian)
    return render_template(
        "guardian/show.html",
        **_known(mine),
        answers=list_answers(mine),
        questions=shown_answers(g.db, mine.application, current_language()),
        given=[(TEXTS[purpose].title, row) for purpose, row in given.items()],
        has_offers=bool(offer_answers.own_offers(g.db, g.actor)),
        is_saved=request.args.get("saved") == "yes",
    )


@blueprint.get("/guardian/answer")
@permit(Permission.OWN_GUARDIANSHIP)
def question() -> Page:
    """The question, and what one may consent to besides."""
    mine = _own()
    if mine.guardian.state is GuardianState.AGREED or mine.application.state in ENDED:
        return redirect(url_for("guardian.show"), 303)
    form = AnswerForm(formdata=None)
    form.ask(_asked(mine))
    return _question_page(mine, form)


@blueprint.post("/guardian/answer")
@permit(Permission.OWN_GUARDIANSHIP, shows_form_again=True)
def answer() -> Page:
    """Keep the answer."""
    mine = _own()
    form = AnswerForm()
    form.ask(_asked(mine))
    if not form.validate():
        return _question_page(mine, form)
    if form.answer.data == "yes":
        agreements.agree(
            g.db,
            g.actor,
            wanted=form.wanted(),
            shown=form.texts() | {Purpose.TAKING_PART: shown_text(Purpose.TAKING_PART)},
            language=page_language(),
            at=g.now,
        )
    else:
        agreements.refuse(g.db, g.actor, g.now)
    g.db.commit()
    return redirect(url_for("guardian.show", saved="yes"), 303)


@blueprint.get("/guardian/consents")
@permit(Permission.OWN_GUARDIANSHIP)
def boxes() -> Page:
    """What one has consented to besides, box by box."""
    mine = _own()
    if mine.guardian.state is not GuardianState.AGREED:
        return redirect(url_for("guardian.show"), 303)
    form = ConsentBoxes(formdata=None)
    form.ask(_asked(mine))
    form.tick(consents.in_force(g.db, mine.application, guardian=mine.guardian))
    return render_template("guardian/consents.html", **_known(mine), form=form)


@blueprint.post("/guardian/consents")
@permit(Permission.OWN_GUARDIANSHIP, shows_form_again=True)
def save_boxes() -> Page:
    """Give what is ticked and withdraw the rest."""
    mine = _own()
    form = ConsentBoxes()
    form.ask(_asked(mine))
    if not form.validate():
        body = render_template("guardian/consents.html", **_known(mine), form=form)
        return body, form.status()
    if mine.guardian.state is not GuardianState.AGREED:
        return redirect(url_for("guardian.show"), 303)
    consents.decide(
        g.db,
        g.actor,
        mine.application,
        wanted=form.wanted(),
        shown=form.texts(),
        language=page_language(),
        at=g.now,
        guardian=mine.guardian,
    )
    g.db.commit()
    return redirect(url_for("guardian.show", saved="yes"), 303)


@blueprint.get("/guardian/withdraw")
@permit(Permission.OWN_GUARDIANSHIP)
def confirm_withdrawal() -> Page:
    """Ask once more, as the page that asks for agreement does."""
    mine = _own()
    if mine.guardian.state is not GuardianState.AGREED or mine.application.state in ENDED:
        return redirect(url_for("guardian.show"), 303)
    return render_template("guardian/withdraw.html", **_known(mine), form=BareForm())


@blueprint.post("/guardian/withdraw")
@permit(Permission.OWN_GUARDIANSHIP)
def withdraw() -> Page:
    """No longer agree; sent twice, it is so all the same."""
    if _own().guardian.state is GuardianState.AGREED:
        agreements.refuse(g.db, g.actor, g.now)
        g.db.commit()
    return redirect(url_for("guardian.show", saved="yes"), 303)


@blueprint.post("/guardian/close")
@permit(Permission.OWN_GUARDIANSHIP)
def close() -> Response:
    """Let this browser forget the guardian."""
    sessions.end()
    g.db.commit()
    return sessions.cleared(redirect(url_for("home.index"), 303))


def _own() -> Guardianship:
    return guardians.own_guardianship(g.db, g.actor)


def _asked(mine: Guardianship) -> tuple[Purpose, ...]:
    return consents.asked_purposes(g.db, mine.application, g.now, guardian=mine.guardian)


def _known(mine: Guardianship) -> dict[str, object]:
    """What every page of a guardian shows."""
    return {
        "guardian": mine.guardian,
        "application": mine.application,
        "cycle": mine.cycle,
        "programme": g.db.get(Programme, mine.cycle.programme_id),
        "name": Markup("<bdi>{}</bdi>").format(name_of(mine.student)),
        "state": OWN_STATES[mine.guardian.state],
        "has_agreed": mine.guardian.state is GuardianState.AGREED,
        "has_ended": mine.application.state in ENDED,
        "is_asked_more": bool(_asked(mine)),
    }


def _question_page(mine: Guardianship, form: AnswerForm) -> Page:
    body = render_template(
        "guardian/answer.html",
        **_known(mine),
        form=form,
        text=shown_text(Purpose.TAKING_PART),
    )
    return body, form.status()
