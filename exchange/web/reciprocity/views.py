"""The ledger of reciprocity: who has sent whom how many, over the years."""

from flask import Blueprint, g, make_response, render_template
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.exports.files import FORMS, file_bytes
from exchange.exports.reciprocity import reciprocity_table
from exchange.records import Programme
from exchange.services import audit, programmes, reciprocity
from exchange.services.authority import require
from exchange.web.guards import permit
from exchange.web.i18n import country_name

blueprint = Blueprint("reciprocity", __name__)


@blueprint.get("/programmes/<id:programme_id>/reciprocity")
@permit(Permission.SEE_RUNS)
def index(programme_id: str) -> str:
    """What each pair of nations, and each sending organisation, has exchanged so far."""
    programme = _programme(programme_id)
    cycles = reciprocity.cycles_of_ledger(g.db, programme.id)
    return render_template(
        "reciprocity/index.html",
        programme=programme,
        cycles=cycles,
        lines=reciprocity.ledger(g.db, g.actor, programme, cycles),
        partners=reciprocity.sent_by_partner(g.db, g.actor, programme, cycles),
        country=country_name,
        may_export=g.actor.may(Permission.EXPORT, programme.id),
    )


@blueprint.post("/programmes/<id:programme_id>/reciprocity")
@permit(Permission.EXPORT)
def download(programme_id: str) -> Response:
    """The same as a file for spreadsheets."""
    programme = _programme(programme_id)
    require(g.actor, Permission.EXPORT, programme.id)
    cycles = reciprocity.cycles_of_ledger(g.db, programme.id)
    lines = reciprocity.ledger(g.db, g.actor, programme, cycles)
    table = reciprocity_table(
        [(one.names[0], one.names[1], one.sent, one.received) for one in lines],
        [(one.id, one.name) for one in cycles],
    )
    audit.record(
        g.db,
        g.actor,
        "export:ledger",
        subject_kind="programme",
        subject_id=programme.public_id,
        programme_id=programme.id,
        at=g.now,
    )
    g.db.commit()
    ending, content_type = FORMS["spreadsheets"]
    response = make_response(file_bytes(table, "spreadsheets"))
    response.headers["Content-Type"] = content_type
    response.headers["Content-Disposition"] = f'attachment; filename="reciprocity{ending}"'
    return response


def _programme(programme_id: str) -> Programme:
    programme = programmes.get_programme(g.db, g.actor, programme_id)
    require(g.actor, Permission.SEE_RUNS, programme.id)
    return programme
