"""Signing in, signing out, and changing one's password."""

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.errors import InvalidInput
from exchange.records import Account, LinkPurpose
from exchange.services import accounts, links
from exchange.web import sessions
from exchange.web.accounts.forms import PasswordForm, SignInForm, SignInLinkForm
from exchange.web.guards import is_safe_return, permit
from exchange.web.i18n import gettext as _

blueprint = Blueprint("accounts", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/sign-in")
@permit(Permission.PUBLIC)
def sign_in() -> Page:
    """Ask for e-mail address and password."""
    if g.actor.account_id is not None:
        return redirect(_destination(), 303)
    return render_template("accounts/sign_in.html", form=SignInForm())


@blueprint.post("/sign-in")
@permit(Permission.PUBLIC, shows_form_again=True)
def check_sign_in() -> Page:
    """Sign in, under a new token, or say that the two do not belong together."""
    form = SignInForm()
    if not form.validate():
        return render_template("accounts/sign_in.html", form=form), form.status()
    try:
        account = accounts.sign_in(
            g.db,
            email=form.email.data,
            password=form.password.data,
            client_key=g.client_key,
            at=g.now,
        )
    except InvalidInput as refusal:
        g.db.commit()
        form.form_errors.append(refusal.message)
        return render_template("accounts/sign_in.html", form=form), 422
    sessions.begin(account_id=account.id)
    g.db.commit()
    return redirect(_destination(), 303)


@blueprint.get("/sign-in/link/<token>")
@permit(Permission.PUBLIC)
def sign_in_link(token: str) -> Page:
    """A button, because programs that look at links would use this one up."""
    return render_template("accounts/sign_in_link.html", form=SignInLinkForm())


@blueprint.post("/sign-in/link/<token>")
@permit(Permission.PUBLIC)
def redeem_sign_in_link(token: str) -> Page:
    """Use the link up, and sign in whom it was made for."""
    link = links.redeem(g.db, token, LinkPurpose.SIGN_IN, g.now)
    sessions.begin(account_id=link.account_id)
    g.db.commit()
    return redirect(_destination(), 303)


@blueprint.post("/sign-out")
@permit(Permission.SIGNED_IN)
def sign_out() -> Response:
    """End the session on the server, and have the browser forget what it kept."""
    sessions.end()
    g.db.commit()
    return sessions.cleared(redirect(url_for("home.index"), 303))


@blueprint.get("/account/password")
@permit(Permission.SIGNED_IN)
def password() -> Page:
    """Ask for the old password and a new one."""
    return render_template("accounts/password.html", form=PasswordForm())


@blueprint.post("/account/password")
@permit(Permission.SIGNED_IN, shows_form_again=True)
def change_password() -> Page:
    """Change it, and end every other session of this account."""
    form = PasswordForm()
    if not form.validate():
        return render_template("accounts/password.html", form=form), form.status()
    account = g.db.get(Account, g.actor.account_id)
    try:
        accounts.sign_in(
            g.db,
            email=account.email,
            password=form.current.data,
            client_key=g.client_key,
            at=g.now,
        )
    except InvalidInput:
        g.db.commit()
        form.add_fault("current", _("This is not your password until now"))
        return render_template("accounts/password.html", form=form), 422
    try:
        accounts.change_password(g.db, g.actor, account, password=form.new.data, at=g.now)
    except InvalidInput as refusal:
        for sentence in (one for many in refusal.faults.values() for one in many):
            form.add_fault("new", sentence)
        return render_template("accounts/password.html", form=form), 422
    sessions.begin(account_id=g.actor.account_id)
    g.db.commit()
    return redirect(_destination(), 303)


def _destination() -> str:
    """The page that was asked for before signing in, if it is one of ours; else the first page."""
    target = request.args.get("next", "")
    if target and is_safe_return(target):
        return target
    return url_for("cycles.index" if "cycles.index" in current_app.view_functions else "home.index")
