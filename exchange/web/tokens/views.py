"""Tokens of a programme: listed, made, shown once, revoked; and the API explained to people."""

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from exchange.domain.api_scopes import Scope
from exchange.domain.roles import Permission
from exchange.errors import InvalidInput
from exchange.records import Programme
from exchange.services import api_tokens, programmes, step_up
from exchange.services.authority import require
from exchange.web.cycles.forms import ConfirmForm
from exchange.web.guards import permit
from exchange.web.request_state import settings
from exchange.web.tokens.forms import TokenForm
from exchange.web.tokens.words import SCOPES

blueprint = Blueprint("tokens", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/api")
@permit(Permission.PUBLIC)
def guide() -> Page:
    """How a program speaks to this service."""
    return render_template(
        "tokens/guide.html",
        scopes=[(one.value, SCOPES[one]) for one in Scope],
        base=settings().base_url.rstrip("/"),
        may_make=any(g.actor.may(Permission.MANAGE_CYCLES, one) for one in g.actor.roles),
    )


@blueprint.get("/programmes/<id:programme_id>/tokens")
@permit(Permission.MANAGE_CYCLES)
def index(programme_id: str) -> Page:
    """The tokens of a programme, those that ended among them."""
    programme = _programme(programme_id)
    lines = api_tokens.list_tokens(g.db, g.actor, programme)
    return render_template(
        "tokens/index.html",
        programme=programme,
        lines=lines,
        scopes={one.value: words for one, words in SCOPES.items()},
        now=g.now,
        form=ConfirmForm(),
    )


@blueprint.get("/programmes/<id:programme_id>/tokens/new")
@permit(Permission.MANAGE_CYCLES)
def new(programme_id: str) -> Page:
    """A form for a token; whoever fills it in has typed a code first, so that nothing is lost."""
    programme = _programme(programme_id)
    step_up.require_step_up(g.actor, g.now)
    return _form_page(programme, _form(programme, empty=True))


@blueprint.post("/programmes/<id:programme_id>/tokens/new")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def make(programme_id: str) -> Page:
    """Make a token, and show it: on this page, and never again."""
    programme = _programme(programme_id)
    form = _form(programme)
    if not form.validate() or form.fault_lines():
        return _form_page(programme, form)
    try:
        token, text = api_tokens.make_token(
            g.db,
            g.actor,
            programme,
            name=form.name.data,
            scopes=form.scopes.data,
            days=int(form.days.data),
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _form_page(programme, form)
    g.db.commit()
    return render_template(
        "tokens/made.html",
        programme=programme,
        token=token,
        text=text,
        address=f"{settings().base_url.rstrip('/')}/api/v1",
    )


@blueprint.post("/tokens/<id:token_id>/revoke")
@permit(Permission.MANAGE_CYCLES)
def revoke(token_id: str) -> Page:
    """End a token at once."""
    programme = api_tokens.revoke_token(g.db, g.actor, token_id, g.now)
    g.db.commit()
    return redirect(url_for("tokens.index", programme_id=programme.public_id), 303)


def _programme(programme_id: str) -> Programme:
    programme = programmes.get_programme(g.db, g.actor, programme_id)
    require(g.actor, Permission.MANAGE_CYCLES, programme.id or 0)
    return programme


def _form(programme: Programme, *, empty: bool = False) -> TokenForm:
    offered = api_tokens.offered_scopes(g.actor, programme)
    return TokenForm(offered, formdata=None) if empty else TokenForm(offered)


def _form_page(programme: Programme, form: TokenForm) -> Page:
    return render_template("tokens/new.html", programme=programme, form=form), form.status()
