"""Files of a cycle and of a run, for whoever gets them; each is noted on the audit trail."""

from flask import Response, g

from exchange.domain.api_scopes import Scope
from exchange.domain.recipients import Recipient
from exchange.domain.roles import Permission
from exchange.errors import NotFound
from exchange.exports import KINDS, Table
from exchange.exports.files import FORMS, file_bytes
from exchange.exports.recipient_view import for_recipient
from exchange.records import Cycle, MatchRun
from exchange.services import cycles, exports, runs
from exchange.services.export_rows import Party
from exchange.services.exports import OF_A_CYCLE, PERSONAL
from exchange.web.api import bearer, models
from exchange.web.api.operations import operation
from exchange.web.request_state import settings

TAG = "Files"
MEDIA = ("application/json", "text/csv")


@operation(
    "GET",
    "/cycles/<id:cycle_id>/exports/<kind>",
    tag=TAG,
    scope=Scope.EXPORTS_READ,
    query=models.ExportQuery,
    media=MEDIA,
    problems=(404,),
)
def export_cycle(cycle_id: str, kind: str, query: models.ExportQuery) -> Response:
    """Write a file that needs no run: participants, hosts, waiting-list or relocations.

    Files for the office hold people, and need people:read and special:read as well. An auditor's
    needs neither: its ids lead nowhere. A recipient other than the office gets only the columns
    that are meant for it.
    """
    if kind not in OF_A_CYCLE:
        raise NotFound("There is nothing at this address.")
    g.write_too()
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.EXPORT)
    return _file(cycle, None, kind, query)


@operation(
    "GET",
    "/runs/<id:run_id>/exports/<kind>",
    tag=TAG,
    scope=Scope.EXPORTS_READ,
    query=models.ExportQuery,
    media=MEDIA,
    problems=(404,),
)
def export_run(run_id: str, kind: str, query: models.ExportQuery) -> Response:
    """Write any file of a run.

    One of placements, unplaced, contacts, run-report, which hold ids alone; or of participants,
    hosts, rooming, waiting-list, mobilities and relocations, which hold people: see the files of
    a cycle.
    """
    if kind not in KINDS:
        raise NotFound("There is nothing at this address.")
    g.write_too()
    run = runs.get_run(g.db, g.actor, run_id, permission=Permission.EXPORT)
    return _file(g.db.get_one(Cycle, run.cycle_id), run, kind, query)


def _file(cycle: Cycle, run: MatchRun | None, kind: str, query: models.ExportQuery) -> Response:
    party = Party(Recipient(query.recipient), (query.party or "").strip())
    _check_scopes(kind, party.recipient)
    table: Table = exports.export_table(
        g.db,
        g.actor,
        kind,
        cycle_id=cycle.id or 0,
        run_id=run.id if run is not None else None,
        party=party,
        # Whoever made the token has typed a code then.
        is_scheduled=True,
        at=g.now,
    )
    table = for_recipient(
        table,
        party.recipient,
        granted=(),
        purpose=f"token:{g.bearer.token.public_id}",
        key=settings().secret_key,
        on=cycle.stay_from_on,
    )
    ending, content_type = FORMS[query.form]
    data = file_bytes(table, query.form)
    g.db.commit()
    made = Response(data, content_type=content_type)
    name = f"{kind}-{(run or cycle).public_id[:8]}{ending}"
    made.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return made


def _check_scopes(kind: str, recipient: Recipient) -> None:
    """Files about people for the office hold all of it; for others, names and contact at most."""
    if kind not in PERSONAL or recipient is Recipient.AUDITOR:
        return
    is_office = recipient is Recipient.OFFICE
    bearer.need(Scope.PEOPLE_READ, *([Scope.SPECIAL_READ] if is_office else []))
