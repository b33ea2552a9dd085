"""The programmes of this installation, or those that one administers: listed, made, renamed."""

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.errors import InvalidInput
from exchange.services import cycles, programmes
from exchange.web.guards import permit
from exchange.web.programmes.forms import ProgrammeForm

blueprint = Blueprint("programmes", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/programmes")
@permit(Permission.MANAGE_PEOPLE)
def index() -> Page:
    """The programmes whose people the actor looks after, with their cycles."""
    mine = [
        one
        for one in programmes.list_programmes(g.db, g.actor)
        if g.actor.may(Permission.MANAGE_PEOPLE, one.id)
    ]
    of_each: dict[int, list[object]] = {one.id: [] for one in mine}
    for cycle in cycles.list_cycles(g.db, g.actor):
        if cycle.programme_id in of_each:
            of_each[cycle.programme_id].append(cycle)
    return render_template(
        "programmes/index.html",
        programmes=mine,
        cycles=of_each,
        with_tokens={one.id for one in mine if g.actor.may(Permission.MANAGE_CYCLES, one.id)},
        may_make=g.actor.is_administrator,
    )


@blueprint.get("/programmes/new")
@permit(Permission.MANAGE_PROGRAMMES)
def new() -> Page:
    """Ask how a new programme is called and reached."""
    return render_template("programmes/new.html", form=ProgrammeForm(formdata=None))


@blueprint.post("/programmes/new")
@permit(Permission.MANAGE_PROGRAMMES, shows_form_again=True)
def create() -> Page:
    """Make it; then somebody has to be asked to administer it."""
    form = ProgrammeForm()
    if not form.validate():
        return render_template("programmes/new.html", form=form), form.status()
    try:
        made = programmes.create_programme(g.db, g.actor, **_words(form), at=g.now)
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return render_template("programmes/new.html", form=form), 422
    g.db.commit()
    return redirect(url_for("staff.index", programme_id=made.public_id), 303)


@blueprint.get("/programmes/<id:programme_id>/edit")
@permit(Permission.MANAGE_PEOPLE)
def edit(programme_id: str) -> Page:
    """Show how a programme is called and reached."""
    programme = programmes.manage_programme(g.db, g.actor, programme_id)
    form = ProgrammeForm(formdata=None, obj=programme)
    return render_template("programmes/edit.html", programme=programme, form=form)


@blueprint.post("/programmes/<id:programme_id>/edit")
@permit(Permission.MANAGE_PEOPLE, shows_form_again=True)
def save(programme_id: str) -> Page:
    """Change it."""
    programme = programmes.manage_programme(g.db, g.actor, programme_id)
    form = ProgrammeForm()
    if not form.validate():
        body = render_template("programmes/edit.html", programme=programme, form=form)
        return body, form.status()
    try:
        programmes.edit_programme(g.db, g.actor, programme, **_words(form), at=g.now)
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return render_template("programmes/edit.html", programme=programme, form=form), 422
    g.db.commit()
    return redirect(url_for("programmes.index"), 303)


def _words(form: ProgrammeForm) -> dict[str, str]:
    return {
        "name": form.name.data,
        "contact_email": form.contact_email.data,
        "time_zone": form.time_zone.data,
    }
