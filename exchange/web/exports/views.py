"""Downloads of a run: each file for spreadsheets and for programs. Every one is on the record."""

from flask import Blueprint, Response, g, make_response, render_template, request

from exchange.domain.roles import Permission
from exchange.errors import NotFound
from exchange.exports import KINDS
from exchange.exports.csv_file import csv_bytes
from exchange.exports.xlsx_file import xlsx_bytes
from exchange.records import Cycle, Programme
from exchange.services import exports, runs
from exchange.web.cycles.forms import ConfirmForm
from exchange.web.desk_words import EXPORTS
from exchange.web.guards import permit

blueprint = Blueprint("exports", __name__)

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
        form=ConfirmForm(),
    )


@blueprint.post("/runs/<id:run_id>/exports/<kind>")
@permit(Permission.EXPORT)
def download(run_id: str, kind: str) -> Response:
    """Write one file; a POST, because it leaves a line in the audit trail."""
    run = runs.get_run(g.db, g.actor, run_id, permission=Permission.EXPORT)
    form = request.form.get("form", "")
    if kind not in KINDS or form not in ("spreadsheets", "programs", "xlsx"):
        raise NotFound("There is nothing at this address.")
    table = exports.export_table(
        g.db, g.actor, kind, cycle_id=run.cycle_id, run_id=run.id, at=g.now
    )
    data = xlsx_bytes(table) if form == "xlsx" else csv_bytes(table, for_=form)
    g.db.commit()
    response = make_response(data)
    ending = "xlsx" if form == "xlsx" else f"for-{form}.csv"
    response.headers["Content-Type"] = XLSX if form == "xlsx" else CSV
    # The name says which run, and nothing about anybody.
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{kind}-{run.public_id[:8]}-{ending}"'
        if form != "xlsx"
        else f'attachment; filename="{kind}-{run.public_id[:8]}.xlsx"'
    )
    return response
