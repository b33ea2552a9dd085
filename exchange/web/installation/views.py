"""The installation: who administers it, given and taken away, and its programmes."""

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.errors import InvalidInput
from exchange.services import installation
from exchange.web.guards import permit
from exchange.web.installation.forms import AdministratorForm

blueprint = Blueprint("installation", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/installation")
@permit(Permission.MANAGE_PROGRAMMES)
def index() -> Page:
    """Who administers the installation, who is proposed, and every programme."""
    return _page(AdministratorForm(formdata=None))


@blueprint.post("/installation")
@permit(Permission.MANAGE_PROGRAMMES, shows_form_again=True)
def propose() -> Page:
    """Propose somebody; given at once where nobody else could confirm it."""
    form = AdministratorForm()
    if not form.validate():
        return _page(form)
    try:
        installation.propose(g.db, g.actor, form.email.data, g.now)
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _page(form)
    return _done()


@blueprint.post("/installation/administrators/<id:account_id>/confirm")
@permit(Permission.MANAGE_PROGRAMMES)
def confirm(account_id: str) -> Page:
    """Be the second person."""
    installation.confirm(g.db, g.actor, account_id, g.now)
    return _done()


@blueprint.post("/installation/administrators/<id:account_id>/withdraw")
@permit(Permission.MANAGE_PROGRAMMES)
def withdraw(account_id: str) -> Page:
    """Take a proposal back, or say no to a colleague's."""
    installation.withdraw(g.db, g.actor, account_id, g.now)
    return _done()


@blueprint.post("/installation/administrators/<id:account_id>/take")
@permit(Permission.MANAGE_PROGRAMMES)
def take(account_id: str) -> Page:
    """Take the role away."""
    account = installation.take_away(g.db, g.actor, account_id, g.now)
    is_own = account.id == g.actor.account_id
    g.db.commit()
    return redirect(url_for("accounts.show" if is_own else "installation.index"), 303)


def _page(form: AdministratorForm) -> Page:
    body = render_template(
        "installation/index.html",
        administrators=installation.list_administrators(g.db, g.actor),
        proposals=installation.list_proposals(g.db, g.actor, g.now),
        programmes=installation.list_programmes(g.db, g.actor),
        me=g.actor.account_id,
        form=form,
    )
    return body, form.status()


def _done() -> Response:
    g.db.commit()
    return redirect(url_for("installation.index"), 303)
