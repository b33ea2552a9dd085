"""Type a code before what cannot be undone; set up the app that shows codes; new recovery codes."""

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.domain.totp import app_link, shown_secret
from exchange.errors import InvalidInput
from exchange.records import Account
from exchange.services import account_links, accounts, step_up
from exchange.web import sessions
from exchange.web.base_form import BaseForm
from exchange.web.guards import is_safe_return, permit
from exchange.web.i18n import gettext as _
from exchange.web.request_state import settings
from exchange.web.step_up.forms import AnyCodeForm, ButtonForm, CodeForm, SetUpForm

blueprint = Blueprint("step_up", __name__)

Page = str | Response | tuple[str, int]

ISSUER = "Exchange"


@blueprint.get("/account/code")
@permit(Permission.SIGNED_IN)
def ask() -> Page:
    """Ask for a code; who has no app yet is shown how to set one up."""
    if not step_up.has_app(g.db, g.actor.account_id):
        return redirect(url_for("step_up.introduce", next=_onward()), 303)
    return _code_page(AnyCodeForm(formdata=None))


@blueprint.post("/account/code")
@permit(Permission.SIGNED_IN, shows_form_again=True)
def check() -> Page:
    """Take the code, and go on to what was asked for."""
    form = AnyCodeForm()
    if not form.validate():
        return _code_page(form)
    try:
        step_up.step_up(g.db, g.actor, form.code.data, key=settings().secret_key, at=g.now)
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _code_page(form)
    sessions.step_up()
    g.db.commit()
    return redirect(_destination(), 303)


@blueprint.get("/account/app")
@permit(Permission.SIGNED_IN)
def introduce() -> Page:
    """Say what the second step is for, and begin to set it up."""
    has_app = step_up.has_app(g.db, g.actor.account_id)
    if has_app and not step_up.is_fresh(g.actor.stepped_up_at, g.now):
        return redirect(url_for("step_up.ask", next=url_for("step_up.introduce")), 303)
    return _introduction(_first_form(formdata=None))


@blueprint.post("/account/app")
@permit(Permission.SIGNED_IN, shows_form_again=True)
def begin() -> Page:
    """Make a secret, after one's password was typed where there is one."""
    form = _first_form()
    if not form.validate():
        return _introduction(form)
    account = _account()
    if isinstance(form, SetUpForm):
        try:
            accounts.sign_in(
                g.db,
                email=account.email,
                password=form.password.data,
                client_key=g.client_key,
                at=g.now,
            )
        except InvalidInput:
            g.db.commit()
            form.add_fault("password", _("This is not your password"))
            return _introduction(form)
    step_up.begin_setup(g.db, g.actor, g.now)
    g.db.commit()
    return redirect(url_for("step_up.show_secret", next=_onward()), 303)


@blueprint.get("/account/app/set-up")
@permit(Permission.SIGNED_IN)
def show_secret() -> Page:
    """Show the key for the app, and ask for the first code."""
    return _set_up_page(CodeForm(formdata=None))


@blueprint.post("/account/app/set-up")
@permit(Permission.SIGNED_IN)
def finish() -> Page:
    """Take the app into use, and show the recovery codes: on this page, and never again."""
    form = CodeForm()
    if not form.validate():
        return _set_up_page(form)
    try:
        codes = step_up.finish_setup(
            g.db,
            g.actor,
            form.code.data,
            key=settings().secret_key,
            keep_session_id=session.row_id,  # type: ignore[attr-defined]
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _set_up_page(form)
    sessions.step_up()
    account_links.tell_of_change(g.db, _account(), g.now)
    g.db.commit()
    return render_template("step_up/codes.html", codes=codes, onward=_destination())


@blueprint.get("/account/recovery-codes")
@permit(Permission.SIGNED_IN)
def recovery_codes() -> Page:
    """Say how many are left, and ask whether to make new ones."""
    if not step_up.has_app(g.db, g.actor.account_id):
        return redirect(url_for("step_up.introduce"), 303)
    return render_template(
        "step_up/renew.html",
        form=ButtonForm(),
        left=step_up.codes_left(g.db, g.actor.account_id),
    )


@blueprint.post("/account/recovery-codes")
@permit(Permission.SIGNED_IN)
def renew_codes() -> Page:
    """Make new ones, and show them: on this page, and never again."""
    step_up.require_step_up(g.actor, g.now)
    codes = step_up.renew_codes(g.db, g.actor, g.now)
    g.db.commit()
    return render_template("step_up/codes.html", codes=codes, onward=url_for("accounts.show"))


def _first_form(**options: None) -> BaseForm:
    """Accounts that sign in by links alone have no password to ask for."""
    has_password = _account().password_hash is not None
    return SetUpForm(**options) if has_password else ButtonForm(**options)


def _introduction(form: BaseForm) -> Page:
    body = render_template(
        "step_up/introduce.html",
        form=form,
        has_app=step_up.has_app(g.db, g.actor.account_id),
        has_password=isinstance(form, SetUpForm),
    )
    return body, form.status()


def _set_up_page(form: CodeForm) -> Page:
    secret = step_up.pending_secret(g.db, g.actor, key=settings().secret_key)
    if secret is None:
        return redirect(url_for("step_up.introduce", next=_onward()), 303)
    body = render_template(
        "step_up/set_up.html",
        form=form,
        secret=shown_secret(secret),
        app_link=app_link(secret, ISSUER),
    )
    return body, form.status()


def _code_page(form: AnyCodeForm) -> Page:
    return render_template("step_up/ask.html", form=form), form.status()


def _account() -> Account:
    found: Account = g.db.get_one(Account, g.actor.account_id)
    return found


def _onward() -> str | None:
    target = request.args.get("next", "")
    return target if target and is_safe_return(target) else None


def _destination() -> str:
    return _onward() or url_for("accounts.show")
