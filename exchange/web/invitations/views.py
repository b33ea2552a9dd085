"""Taking a role: by the link of an invitation, or signed in, with the account that one has."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission, needs_codes
from exchange.errors import InvalidInput
from exchange.records import Programme, RoleOffer
from exchange.services import invitations, step_up
from exchange.web import sessions
from exchange.web.guards import permit
from exchange.web.invitations.forms import NewColleagueForm
from exchange.web.staff.words import WHAT_ROLES_DO

blueprint = Blueprint("invitations", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/invitation/<token>")
@permit(Permission.PUBLIC)
def show(token: str) -> Page:
    """Say what is offered, and ask for a name and a password; sending them uses the link up."""
    offer = invitations.invitation_of(g.db, token, g.now)
    if invitations.has_account(g.db, offer):
        return redirect(url_for("invitations.index"), 303)
    return _new_page(offer, NewColleagueForm(formdata=None))


@blueprint.post("/invitation/<token>")
@permit(Permission.PUBLIC, shows_form_again=True)
def accept(token: str) -> Page:
    """Make the account, take the role, and sign in; who needs codes sets up an app next."""
    offer = invitations.invitation_of(g.db, token, g.now)
    form = NewColleagueForm()
    if not form.validate():
        return _new_page(offer, form)
    try:
        account, taken = invitations.accept_as_new(
            g.db,
            token,
            display_name=form.display_name.data,
            password=form.password.data,
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _new_page(offer, form)
    sessions.begin(account_id=account.id)
    g.db.commit()
    return _onward(taken, has_app=False)


@blueprint.get("/account/roles")
@permit(Permission.SIGNED_IN)
def index() -> Page:
    """The roles that one was offered and can take."""
    return render_template(
        "invitations/index.html",
        offers=invitations.offers_to(g.db, g.actor, g.now),
        what=WHAT_ROLES_DO,
    )


@blueprint.post("/account/roles")
@permit(Permission.SIGNED_IN)
def take() -> Page:
    """Take one of them."""
    taken = invitations.accept(g.db, g.actor, request.form.get("offer", ""), g.now)
    has_app = step_up.has_app(g.db, g.actor.account_id)
    g.db.commit()
    return _onward(taken, has_app=has_app)


def _onward(taken: RoleOffer, *, has_app: bool) -> Response:
    if needs_codes(taken.role) and not has_app:
        return redirect(url_for("step_up.introduce", next=url_for("cycles.index")), 303)
    return redirect(url_for("cycles.index"), 303)


def _new_page(offer: RoleOffer, form: NewColleagueForm) -> Page:
    body = render_template(
        "invitations/show.html",
        programme=g.db.get_one(Programme, offer.programme_id),
        offer=offer,
        what=WHAT_ROLES_DO[offer.role],
        needs_codes=needs_codes(offer.role),
        form=form,
    )
    return body, form.status()
