"""Offers to a student, a guardian or a host: look at the other side as far as allowed, answer.

An offer is known by its number among one's own, so that no address tells anything.
"""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.offer import Answer, Party, Rung
from exchange.domain.placement import LIVE_PLACEMENT_STATES, PlacementState
from exchange.domain.roles import Permission
from exchange.errors import Conflict
from exchange.records import Cycle, Programme
from exchange.records.session import open_session
from exchange.services import disclosures, offer_answers, placement_consents
from exchange.services.offer_answers import OPEN, OwnOffer
from exchange.web.consents.placement_form import PlacementConsentForm
from exchange.web.guards import permit
from exchange.web.i18n import country_name, language_name, page_language
from exchange.web.offers.words import CONTACT
from exchange.web.own_offers.forms import OfferForm
from exchange.web.own_offers.words import own_state
from exchange.web.request_state import SAFE_METHODS, engine
from exchange.web.signup.words import INTEREST_WORDS

blueprint = Blueprint("own_offers", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/application/offers")
@permit(Permission.OWN_APPLICATION)
def index() -> Page:
    """The offers of one's own application."""
    return _list("own_offers.show", url_for("application.status"))


@blueprint.get("/application/offers/<int:number>")
@permit(Permission.OWN_APPLICATION)
def show(number: int) -> Page:
    """One offer: the other side as far as it may be seen, and the answer."""
    return _offer_page(number, "own_offers.index")


@blueprint.post("/application/offers/<int:number>")
@permit(Permission.OWN_APPLICATION, shows_form_again=True)
def answer(number: int) -> Page:
    """Answer it."""
    return _answer(number, "own_offers.index", "own_offers.show")


@blueprint.post("/application/offers/<int:number>/agreements")
@permit(Permission.OWN_APPLICATION)
def agree(number: int) -> Page:
    """Give and withdraw what this pair needs besides."""
    return _agree(number, "own_offers.index", "own_offers.show")


@blueprint.get("/guardian/offers")
@permit(Permission.OWN_GUARDIANSHIP)
def guardian_index() -> Page:
    """The offers that a guardian is asked about."""
    return _list("own_offers.guardian_show", url_for("guardian.show"))


@blueprint.get("/guardian/offers/<int:number>")
@permit(Permission.OWN_GUARDIANSHIP)
def guardian_show(number: int) -> Page:
    """One offer, and the guardian's answer."""
    return _offer_page(number, "own_offers.guardian_index")


@blueprint.post("/guardian/offers/<int:number>")
@permit(Permission.OWN_GUARDIANSHIP, shows_form_again=True)
def guardian_answer(number: int) -> Page:
    """Answer as a guardian."""
    return _answer(number, "own_offers.guardian_index", "own_offers.guardian_show")


@blueprint.post("/guardian/offers/<int:number>/agreements")
@permit(Permission.OWN_GUARDIANSHIP)
def guardian_agree(number: int) -> Page:
    """Give and withdraw it as a guardian."""
    return _agree(number, "own_offers.guardian_index", "own_offers.guardian_show")


def _list(endpoint: str, back: str) -> Page:
    mine = offer_answers.own_offers(g.db, g.actor)
    return render_template(
        "own_offers/index.html",
        offers=[(one, own_state(one, g.now)) for one in reversed(mine)],
        zones={one.number: _cycle(one).time_zone for one in mine},
        endpoint=endpoint,
        back=back,
    )


def _offer_page(number: int, index_endpoint: str) -> Page:
    mine = _find(number)
    if mine is None:
        return redirect(url_for(index_endpoint), 303)
    return _page(mine, OfferForm(formdata=None, answer=_said(mine)), index_endpoint)


def _answer(number: int, index_endpoint: str, show_endpoint: str) -> Page:
    mine = _find(number)
    if mine is None:
        return redirect(url_for(index_endpoint), 303)
    form = OfferForm()
    if not form.validate():
        return _page(mine, form, index_endpoint)
    offer_id = mine.offered.offer.public_id
    if request.form.get("offer") != offer_id:
        raise Conflict("Your offers have changed in the meantime. Look at them again.")
    offer_answers.respond(
        g.db,
        g.actor,
        offer_id,
        accepts=form.answer.data == "yes",
        reason=form.reason.data,
        at=g.now,
    )
    g.db.commit()
    return redirect(url_for(show_endpoint, number=number), 303)


def _agree(number: int, index_endpoint: str, show_endpoint: str) -> Page:
    mine = _find(number)
    if mine is None:
        return redirect(url_for(index_endpoint), 303)
    form = PlacementConsentForm()
    form.ask(placement_consents.own_lines(g.db, g.actor, mine.offered.placement))
    offer_answers.agree(
        g.db,
        g.actor,
        mine,
        wanted=form.wanted(),
        shown=form.texts(),
        language=page_language(),
        at=g.now,
    )
    g.db.commit()
    return redirect(url_for(show_endpoint, number=number), 303)


def _agreements(mine: OwnOffer) -> PlacementConsentForm | None:
    """What the reader is asked to agree to besides, as it stands; None where that is nothing."""
    if mine.offered.placement.state not in LIVE_PLACEMENT_STATES:
        return None
    lines = placement_consents.own_lines(g.db, g.actor, mine.offered.placement)
    if not lines:
        return None
    form = PlacementConsentForm(formdata=None)
    form.ask(lines)
    form.tick(lines)
    return form


def _find(number: int) -> OwnOffer | None:
    mine = offer_answers.own_offers(g.db, g.actor)
    return next((one for one in mine if one.number == number), None)


def _said(mine: OwnOffer) -> str | None:
    return {Answer.ACCEPTED: "yes", Answer.DECLINED: "no"}.get(mine.line.answer)


def _page(mine: OwnOffer, form: OfferForm, index_endpoint: str) -> Page:
    is_live = mine.offered.offer.ended_at is None
    cycle = _cycle(mine)
    agreements = _agreements(mine) if is_live else None
    body = render_template(
        "own_offers/show.html",
        mine=mine,
        cycle=cycle,
        programme=g.db.get_one(Programme, cycle.programme_id),
        state=own_state(mine, g.now),
        other=_other_side(mine) if is_live else None,
        may_answer=is_live and mine.offered.placement.state in OPEN,
        is_confirmed=mine.offered.placement.state is PlacementState.CONFIRMED,
        is_guardian=mine.line.party is Party.GUARDIAN,
        said_yes=mine.line.answer is Answer.ACCEPTED,
        agreements=agreements,
        is_asked_more=agreements is not None and not all(one.data for one in agreements.boxes()),
        agreements_to=url_for(
            "own_offers.guardian_agree" if g.actor.guardian_id else "own_offers.agree",
            number=mine.number,
        ),
        index=url_for(index_endpoint),
        form=form,
    )
    return body, form.status()


def _other_side(mine: OwnOffer) -> dict[str, Any]:
    """What may be seen, in words; without the note on record there is nothing to see."""
    _note_look(mine)
    seen = disclosures.disclose(g.db, mine.offered, mine.line.party, g.now)
    return {
        "seen": seen,
        "nation": country_name(seen.nation),
        "languages": [language_name(tag) for tag in seen.languages],
        "interests": [str(INTEREST_WORDS.get(code, code)) for code in seen.interests],
        "contact": [(CONTACT[way], value) for way, value in seen.contact.items()],
        "is_named": seen.rung >= Rung.FIRST_NAME,
        "has_contact": seen.rung is Rung.CONTACT,
    }


def _note_look(mine: OwnOffer) -> None:
    one, party = mine.offered, mine.line.party
    if disclosures.is_noted(g.db, g.actor, one, party, g.now):
        return
    if request.method not in SAFE_METHODS:
        # A form that is shown again: the session writes already, and two would wait for each other.
        disclosures.note_look(g.db, g.actor, one, party, g.now)
        g.db.commit()
        return
    with open_session(engine()) as db:
        disclosures.note_look(db, g.actor, one, party, g.now)
        db.commit()


def _cycle(mine: OwnOffer) -> Cycle:
    found: Cycle = g.db.get_one(Cycle, mine.offered.offer.cycle_id)
    return found
