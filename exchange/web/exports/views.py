"""Downloads of a cycle and of its runs, and files that are defined once. All are on the record."""

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from exchange.domain.recipients import FILES
from exchange.domain.roles import Permission
from exchange.errors import InvalidInput, NotFound
from exchange.exports import KINDS, Table
from exchange.exports.files import FORMS, file_bytes
from exchange.records import Cycle, Programme
from exchange.services import cycles, export_definitions, exports, runs
from exchange.services.exports import OF_A_CYCLE
from exchange.web.cycles.forms import ConfirmForm
from exchange.web.desk_words import EXPORTS
from exchange.web.exports.forms import DefinitionForm, recipient_of, schedule_of
from exchange.web.exports.words import FAULTS, FORM_WORDS, OTHER_FAULT, RECIPIENTS, SCHEDULES
from exchange.web.guards import permit
from exchange.web.request_state import settings

blueprint = Blueprint("exports", __name__)

Page = str | AnyResponse | tuple[str, int]


@blueprint.get("/runs/<id:run_id>/exports")
@permit(Permission.EXPORT)
def index(run_id: str) -> str:
    """All files of a run, with a button for each form."""
    run = runs.get_run(g.db, g.actor, run_id, permission=Permission.EXPORT)
    cycle = g.db.get(Cycle, run.cycle_id)
    return render_template(
        "exports/index.html",
        run=run,
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        kinds={kind: EXPORTS[kind] for kind in KINDS},
        forms=FORM_WORDS,
        form=ConfirmForm(),
    )


@blueprint.post("/runs/<id:run_id>/exports/<kind>")
@permit(Permission.EXPORT)
def download(run_id: str, kind: str) -> Response:
    """Write one file; a POST, because it leaves a line in the audit trail."""
    run = runs.get_run(g.db, g.actor, run_id, permission=Permission.EXPORT)
    form = _form(kind)
    table = exports.export_table(
        g.db, g.actor, kind, cycle_id=run.cycle_id, run_id=run.id, at=g.now
    )
    return _answer(table, form, f"{kind}-{run.public_id[:8]}")


@blueprint.get("/cycles/<id:cycle_id>/exports")
@permit(Permission.EXPORT)
def of_cycle(cycle_id: str) -> str:
    """Files that need no run, and those that were defined."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.EXPORT)
    return render_template(
        "exports/cycle.html",
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        kinds={kind: EXPORTS[kind] for kind in OF_A_CYCLE},
        words=EXPORTS,
        forms=FORM_WORDS,
        recipients=RECIPIENTS,
        schedules=SCHEDULES,
        faults=FAULTS,
        other_fault=OTHER_FAULT,
        definitions=export_definitions.list_definitions(g.db, g.actor, cycle),
        published=runs.published_run(g.db, g.actor, cycle),
        form=ConfirmForm(),
    )


@blueprint.post("/cycles/<id:cycle_id>/exports/<kind>")
@permit(Permission.EXPORT)
def download_of_cycle(cycle_id: str, kind: str) -> Response:
    """Write one file of a cycle."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.EXPORT)
    form = _form(kind)
    table = exports.export_table(g.db, g.actor, kind, cycle_id=cycle.id, at=g.now)
    return _answer(table, form, f"{kind}-{cycle.public_id[:8]}")


@blueprint.get("/cycles/<id:cycle_id>/exports/new")
@permit(Permission.EXPORT)
def new(cycle_id: str) -> Page:
    """A form for a file that is written again and again."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.EXPORT)
    return _form_page(cycle, DefinitionForm(formdata=None))


@blueprint.post("/cycles/<id:cycle_id>/exports/new")
@permit(Permission.EXPORT, shows_form_again=True)
def define(cycle_id: str) -> Page:
    """Keep what a file holds and who gets it."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.EXPORT)
    form = DefinitionForm()
    if not form.validate() or form.fault_lines():
        return _form_page(cycle, form)
    try:
        export_definitions.define(
            g.db,
            g.actor,
            cycle,
            name=form.name.data,
            kind=form.kind.data,
            recipient=recipient_of(form),
            party=form.party.data or "",
            granted=form.granted.data or (),
            reason=form.reason.data or "",
            form=form.file_form.data,
            schedule=schedule_of(form),
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _form_page(cycle, form)
    g.db.commit()
    return redirect(url_for("exports.of_cycle", cycle_id=cycle_id), 303)


@blueprint.post("/exports/<id:definition_id>")
@permit(Permission.EXPORT)
def fetch(definition_id: str) -> Response:
    """Write a defined file."""
    definition, _cycle = export_definitions.get_definition(g.db, g.actor, definition_id)
    table = export_definitions.defined_table(
        g.db, g.actor, definition, key=settings().secret_key, at=g.now
    )
    return _answer(table, definition.form, f"{definition.kind}-{definition.public_id[:8]}")


@blueprint.post("/exports/<id:definition_id>/remove")
@permit(Permission.EXPORT)
def remove(definition_id: str) -> Page:
    """Forget a defined file."""
    cycle = export_definitions.forget(g.db, g.actor, definition_id, g.now)
    g.db.commit()
    return redirect(url_for("exports.of_cycle", cycle_id=cycle.public_id), 303)


def _form(kind: str) -> str:
    form = request.form.get("form", "")
    if kind not in KINDS or form not in FORMS:
        raise NotFound("There is nothing at this address.")
    return form


def _answer(table: Table, form: str, name: str) -> Response:
    """The file, once its line in the audit trail is kept; its name says nothing about anybody."""
    ending, content_type = FORMS[form]
    data = file_bytes(table, form)
    g.db.commit()
    response = make_response(data)
    response.headers["Content-Type"] = content_type
    response.headers["Content-Disposition"] = f'attachment; filename="{name}{ending}"'
    return response


def _form_page(cycle: Cycle, form: DefinitionForm) -> Page:
    body = render_template(
        "exports/new.html",
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        files_for=[
            (words, [EXPORTS[kind][0] for kind in KINDS if kind in FILES.get(one, KINDS)])
            for one, words in RECIPIENTS.items()
        ],
        form=form,
    )
    return body, form.status()
