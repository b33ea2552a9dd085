"""Who works for a programme: seen, invited, confirmed by a second person, let go."""

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission, Role, RoleOfferState
from exchange.errors import InvalidInput, NotFound
from exchange.records import Programme, RoleOffer
from exchange.services import programmes, staff
from exchange.services.step_up import require_step_up
from exchange.web.guards import permit
from exchange.web.i18n import current_language
from exchange.web.staff.forms import ButtonForm, RoleForm
from exchange.web.staff.words import ROLES, STATES

blueprint = Blueprint("staff", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/programmes/<id:programme_id>/people")
@permit(Permission.MANAGE_PEOPLE)
def index(programme_id: str) -> Page:
    """Who has which role, and who was offered one."""
    programme = programmes.manage_programme(g.db, g.actor, programme_id)
    return render_template(
        "staff/index.html",
        programme=programme,
        colleagues=staff.list_staff(g.db, g.actor, programme),
        offers=[_line(one) for one in staff.list_offers(g.db, g.actor, programme)],
        roles=ROLES,
        states=STATES,
        form=ButtonForm(),
    )


@blueprint.get("/programmes/<id:programme_id>/people/new")
@permit(Permission.MANAGE_PEOPLE)
def new(programme_id: str) -> Page:
    """Ask whom to offer which role; a code first, so that nothing is typed in vain."""
    programme = programmes.manage_programme(g.db, g.actor, programme_id)
    require_step_up(g.actor, g.now)
    form = RoleForm(formdata=None, data={"language": current_language()})
    return _form_page(programme, form)


@blueprint.post("/programmes/<id:programme_id>/people/new")
@permit(Permission.MANAGE_PEOPLE, shows_form_again=True)
def propose(programme_id: str) -> Page:
    """Offer the role: to a second person first, where there is one."""
    programme = programmes.manage_programme(g.db, g.actor, programme_id)
    form = RoleForm()
    if not form.validate():
        return _form_page(programme, form)
    try:
        staff.propose_role(
            g.db,
            g.actor,
            programme,
            email=form.email.data,
            role=Role(form.role.data),
            partner=form.partner.data,
            language=form.language.data,
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _form_page(programme, form)
    return _done(programme)


@blueprint.post("/programmes/<id:programme_id>/people/offers/<id:role_offer_id>/confirm")
@permit(Permission.MANAGE_PEOPLE)
def confirm(programme_id: str, role_offer_id: str) -> Page:
    """Be the second person."""
    programme, offer = _offer(programme_id, role_offer_id)
    staff.confirm_role(g.db, g.actor, offer, g.now)
    return _done(programme)


@blueprint.post("/programmes/<id:programme_id>/people/offers/<id:role_offer_id>/send-again")
@permit(Permission.MANAGE_PEOPLE)
def send_again(programme_id: str, role_offer_id: str) -> Page:
    """Send the invitation again, with a new link."""
    programme, offer = _offer(programme_id, role_offer_id)
    staff.send_again(g.db, g.actor, offer, g.now)
    return _done(programme)


@blueprint.post("/programmes/<id:programme_id>/people/offers/<id:role_offer_id>/withdraw")
@permit(Permission.MANAGE_PEOPLE)
def withdraw(programme_id: str, role_offer_id: str) -> Page:
    """Take it back, or say no to a colleague's."""
    programme, offer = _offer(programme_id, role_offer_id)
    staff.withdraw_offer(g.db, g.actor, offer, g.now)
    return _done(programme)


@blueprint.get("/programmes/<id:programme_id>/people/<id:account_id>/<role>")
@permit(Permission.MANAGE_PEOPLE)
def taking(programme_id: str, account_id: str, role: str) -> Page:
    """Ask whether somebody is to lose a role."""
    programme = programmes.manage_programme(g.db, g.actor, programme_id)
    account, membership = staff.get_membership(
        g.db, g.actor, programme, account_id=account_id, role=_known(role)
    )
    require_step_up(g.actor, g.now)
    return render_template(
        "staff/taking.html",
        programme=programme,
        account=account,
        role=ROLES[membership.role],
        is_own=account.id == g.actor.account_id,
        form=ButtonForm(),
    )


@blueprint.post("/programmes/<id:programme_id>/people/<id:account_id>/<role>")
@permit(Permission.MANAGE_PEOPLE)
def take(programme_id: str, account_id: str, role: str) -> Page:
    """Take the role away."""
    programme = programmes.manage_programme(g.db, g.actor, programme_id)
    account, membership = staff.get_membership(
        g.db, g.actor, programme, account_id=account_id, role=_known(role)
    )
    staff.take_role_away(g.db, g.actor, programme, account, membership.role, g.now)
    is_own = account.id == g.actor.account_id
    g.db.commit()
    if is_own:
        return redirect(url_for("accounts.show"), 303)
    return redirect(url_for("staff.index", programme_id=programme_id), 303)


def _known(role: str) -> Role:
    try:
        return Role(role)
    except ValueError:
        raise NotFound("There is nothing at this address.") from None


def _line(offer: RoleOffer) -> dict[str, object]:
    is_proposed = offer.state is RoleOfferState.PROPOSED
    is_mine = offer.proposed_by_id == g.actor.account_id
    has_expired = offer.expires_at is not None and offer.expires_at <= g.now
    return {
        "offer": offer,
        "is_mine": is_mine,
        "may_confirm": is_proposed and not is_mine,
        "has_expired": has_expired,
    }


def _offer(programme_id: str, role_offer_id: str) -> tuple[Programme, RoleOffer]:
    programme = programmes.manage_programme(g.db, g.actor, programme_id)
    return programme, staff.get_offer(g.db, g.actor, programme, role_offer_id)


def _form_page(programme: Programme, form: RoleForm) -> Page:
    partners = staff.list_partners(g.db, programme)
    body = render_template("staff/new.html", programme=programme, partners=partners, form=form)
    return body, form.status()


def _done(programme: Programme) -> Response:
    g.db.commit()
    return redirect(url_for("staff.index", programme_id=programme.public_id), 303)
