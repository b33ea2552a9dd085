"""Signing in, signing out, one's account, and a password that was forgotten."""

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.errors import InvalidInput
from exchange.records import Account, LinkPurpose
from exchange.services import account_links, accounts, links, step_up
from exchange.web import sessions
from exchange.web.accounts.forms import (
    ForgottenForm,
    NewEmailForm,
    NewPasswordForm,
    PasswordForm,
    SignInForm,
    SignInLinkForm,
)
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


@blueprint.get("/sign-in/forgotten")
@permit(Permission.PUBLIC)
def forgotten() -> Page:
    """Ask for the address to which a link for a new password goes."""
    return render_template("accounts/forgotten.html", form=ForgottenForm())


@blueprint.post("/sign-in/forgotten")
@permit(Permission.PUBLIC, shows_form_again=True)
def mail_password_link() -> Page:
    """Mail the link if there is an account, and say the same if there is none."""
    form = ForgottenForm()
    if not form.validate():
        return render_template("accounts/forgotten.html", form=form), form.status()
    account_links.ask_for_password(g.db, email=form.email.data, client_key=g.client_key, at=g.now)
    g.db.commit()
    return redirect(url_for("accounts.link_sent"), 303)


@blueprint.get("/sign-in/forgotten/sent")
@permit(Permission.PUBLIC)
def link_sent() -> Page:
    """Says the same to everybody."""
    return render_template("accounts/link_sent.html")


@blueprint.get("/sign-in/new-password/<token>")
@permit(Permission.PUBLIC)
def new_password(token: str) -> Page:
    """Ask for a new password; the link is used up by sending it."""
    return render_template("accounts/new_password.html", form=NewPasswordForm())


@blueprint.post("/sign-in/new-password/<token>")
@permit(Permission.PUBLIC, shows_form_again=True)
def set_new_password(token: str) -> Page:
    """Set it. Nobody is signed in by this, and the second step stays."""
    form = NewPasswordForm()
    if not form.validate():
        return render_template("accounts/new_password.html", form=form), form.status()
    try:
        account_links.set_password(g.db, token, password=form.new.data, at=g.now)
    except InvalidInput as refusal:
        _add_to(form, refusal)
        return render_template("accounts/new_password.html", form=form), 422
    g.db.commit()
    return redirect(url_for("accounts.sign_in"), 303)


@blueprint.get("/account")
@permit(Permission.SIGNED_IN)
def show() -> Page:
    """How one signs in, and what can be changed about it."""
    account = g.db.get_one(Account, g.actor.account_id)
    return render_template(
        "accounts/show.html",
        account=account,
        has_app=step_up.has_app(g.db, account.id),
        codes_left=step_up.codes_left(g.db, account.id),
    )


@blueprint.get("/account/email")
@permit(Permission.SIGNED_IN)
def email() -> Page:
    """Ask for a new address, after a code."""
    step_up.require_step_up(g.actor, g.now)
    return render_template("accounts/email.html", form=NewEmailForm())


@blueprint.post("/account/email")
@permit(Permission.SIGNED_IN, shows_form_again=True)
def mail_email_link() -> Page:
    """Mail a link to the new address; the old one counts until it is opened."""
    form = NewEmailForm()
    if not form.validate():
        return render_template("accounts/email.html", form=form), form.status()
    try:
        account_links.ask_for_email(
            g.db, g.actor, email=form.email.data, client_key=g.client_key, at=g.now
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return render_template("accounts/email.html", form=form), 422
    g.db.commit()
    return redirect(url_for("accounts.email_sent"), 303)


@blueprint.get("/account/email/sent")
@permit(Permission.SIGNED_IN)
def email_sent() -> Page:
    """What to do now."""
    return render_template("accounts/email_sent.html")


@blueprint.get("/account/email/confirm/<token>")
@permit(Permission.PUBLIC)
def confirm_email(token: str) -> Page:
    """A button, because programs that look at links would use this one up."""
    return render_template("accounts/confirm_email.html", form=SignInLinkForm())


@blueprint.post("/account/email/confirm/<token>")
@permit(Permission.PUBLIC)
def take_email(token: str) -> Page:
    """Take the new address over; everybody who was signed in signs in again."""
    account_links.confirm_email(g.db, token, g.now)
    g.db.commit()
    return redirect(url_for("accounts.sign_in"), 303)


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
        _add_to(form, refusal)
        return render_template("accounts/password.html", form=form), 422
    account_links.tell_of_change(g.db, account, g.now)
    sessions.begin(account_id=g.actor.account_id)
    g.db.commit()
    return redirect(_destination(), 303)


def _add_to(form: PasswordForm | NewPasswordForm, refusal: InvalidInput) -> None:
    for sentence in (one for many in refusal.faults.values() for one in many):
        form.add_fault("new", sentence)


def _destination() -> str:
    """The page that was asked for before signing in, if it is one of ours; else the first page."""
    target = request.args.get("next", "")
    if target and is_safe_return(target):
        return target
    return url_for("cycles.index" if "cycles.index" in current_app.view_functions else "home.index")
