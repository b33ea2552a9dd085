"""Match runs: started, watched, cancelled, and what came out. Publishing is not for programs."""

from datetime import date
from typing import Any

from flask import g, url_for

from exchange.domain.api_scopes import Scope
from exchange.domain.cycle import RunState
from exchange.domain.roles import Permission
from exchange.jobs.queue import enqueue_run
from exchange.records import Cycle, MatchRun
from exchange.services import cycles, export_rows, rule_versions, runs, slices
from exchange.services.export_rows import EVERYBODY, Row
from exchange.services.rule_versions import rules_of
from exchange.services.runs import PlacementRow
from exchange.web.api import bearer, models
from exchange.web.api.answering import Done
from exchange.web.api.lists import listed, part_of_list, place_in
from exchange.web.api.operations import operation
from exchange.web.request_state import settings

TAG = "Runs and their results"


@operation(
    "GET",
    "/cycles/<id:cycle_id>/runs",
    tag=TAG,
    scope=Scope.RUNS_READ,
    answer=models.Listed[models.Run],
    query=models.PageQuery,
    problems=(404,),
    is_list=True,
)
def list_runs(cycle_id: str, query: models.PageQuery) -> models.Listed[models.Run]:
    """List the runs of a cycle, in the order in which they were started."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.SEE_RUNS)
    return part_of_list(
        query,
        find=lambda after, most: slices.runs_after(g.db, g.actor, cycle, after=after, most=most),
        tell=lambda run: models.Run(**_facts(run, cycle)),
        place_of=lambda run: run.id or 0,
    )


@operation(
    "POST",
    "/cycles/<id:cycle_id>/runs",
    tag=TAG,
    scope=Scope.RUNS_WRITE,
    answer=models.Run,
    body=models.NewRun,
    status=202,
    problems=(404, 409),
)
def start_run(cycle_id: str, body: models.NewRun) -> Done:
    """Start a run: the applications are frozen as they are, and a worker solves.

    The Location header is where to watch it. One run of a cycle is under way at a time; another
    is refused with 409 and the id of the first as `run_id`.
    """
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.START_RUNS)
    run = runs.start_run(
        g.db,
        g.actor,
        cycle_id=cycle.id or 0,
        epsilon=rules_of(cycle.rules).epsilon if body.epsilon is None else body.epsilon,
        seed=body.seed,
        time_limit_s=body.time_limit_s,
        at=g.now,
    )
    public_id = run.public_id
    return Done(
        models.Run(**_facts(run, cycle)),
        headers={"Location": url_for("api.show_run", run_id=public_id)},
        then=lambda: enqueue_run(public_id, settings()),
    )


@operation(
    "GET",
    "/runs/<id:run_id>",
    tag=TAG,
    scope=Scope.RUNS_READ,
    answer=models.RunDetails,
    problems=(404,),
)
def show_run(run_id: str) -> models.RunDetails:
    """Show a run: how far it is, or what came out.

    Ask again every few seconds while `state` is queued or running, with If-None-Match.
    """
    run = runs.get_run(g.db, g.actor, run_id)
    cycle = g.db.get_one(Cycle, run.cycle_id)
    return models.RunDetails(
        **_facts(run, cycle),
        report=run.report,
        rules_version=rule_versions.number_of(g.db, run.rule_version_id),
    )


@operation(
    "POST",
    "/runs/<id:run_id>/cancel",
    tag=TAG,
    scope=Scope.RUNS_WRITE,
    answer=models.Run,
    problems=(404, 409),
)
def cancel_run(run_id: str) -> Done:
    """Cancel a run: at once while it waits, within seconds while it works."""
    run = runs.get_run(g.db, g.actor, run_id, permission=Permission.START_RUNS)
    runs.request_cancel(g.db, g.actor, run, g.now)
    cycle = g.db.get_one(Cycle, run.cycle_id)
    return Done(models.Run(**_facts(run, cycle)))


@operation(
    "GET",
    "/runs/<id:run_id>/placements",
    tag=TAG,
    scope=Scope.PLACEMENTS_READ,
    answer=models.Listed[models.Placement],
    query=models.PlacementQuery,
    problems=(404,),
    is_list=True,
)
def list_placements(run_id: str, query: models.PlacementQuery) -> models.Listed[models.Placement]:
    """List what a run proposes, by the ids of applications."""
    run = runs.get_run(g.db, g.actor, run_id)
    return part_of_list(
        query,
        find=lambda after, most: slices.placements_after(
            g.db, g.actor, run, after=after, most=most, only_review=query.review
        ),
        tell=_placement,
        place_of=lambda row: row.placement.id or 0,
    )


@operation(
    "GET",
    "/runs/<id:run_id>/unplaced",
    tag=TAG,
    scope=Scope.PLACEMENTS_READ,
    answer=models.Listed[models.Unplaced],
    query=models.PageQuery,
    problems=(404,),
    is_list=True,
)
def list_unplaced(run_id: str, query: models.PageQuery) -> models.Listed[models.Unplaced]:
    """List the students whom a run leaves without a place, each with the reason."""
    run = runs.get_run(g.db, g.actor, run_id)
    return part_of_list(
        query,
        find=lambda after, most: slices.unplaced_after(g.db, g.actor, run, after=after, most=most),
        tell=lambda pair: models.Unplaced(
            student_id=pair[1].public_id, reason=pair[0].reason, detail=pair[0].detail
        ),
        place_of=lambda pair: pair[0].id or 0,
    )


@operation(
    "GET",
    "/runs/<id:run_id>/contacts",
    tag=TAG,
    scope=Scope.PLACEMENTS_READ,
    answer=models.Listed[models.Contact],
    query=models.PageQuery,
    problems=(404,),
    is_list=True,
)
def list_contacts(run_id: str, query: models.PageQuery) -> models.Listed[models.Contact]:
    """List which nations meet, and how often."""
    run = runs.get_run(g.db, g.actor, run_id)
    names = tuple(models.Contact.model_fields)
    return part_of_list(
        query,
        find=lambda after, most: slices.contacts_after(g.db, g.actor, run, after=after, most=most),
        tell=lambda row: models.Contact(**{name: getattr(row, name) for name in names}),
        place_of=lambda row: row.id or 0,
    )


@operation(
    "GET",
    "/runs/<id:run_id>/waiting-list",
    tag=TAG,
    scope=Scope.PLACEMENTS_READ,
    answer=models.Listed[models.Waiting],
    query=models.PageQuery,
    problems=(404,),
    is_list=True,
)
def list_waiting(run_id: str, query: models.PageQuery) -> models.Listed[models.Waiting]:
    """List the students who have no place in a run, whoever has waited longest first."""
    run = runs.get_run(g.db, g.actor, run_id)
    cycle = g.db.get_one(Cycle, run.cycle_id)
    after = place_in(query)
    waiting = list(export_rows.waiting_of(g.db, run, cycle, EVERYBODY))
    if after is not None:
        waiting = [row for row in waiting if _place(row) > after]
    shown = waiting[: query.limit]
    return listed(
        [_waiting(row) for row in shown],
        _place(shown[-1]) if len(waiting) > len(shown) else None,
    )


def _place(row: Row) -> list[int | str]:
    since: date = row["waiting_since"] or row["sent_on"]
    return [since.isoformat(), row["sent_on"].isoformat(), row["student_id"]]


def _waiting(row: Row) -> models.Waiting:
    told = {
        "student_id": row["student_id"],
        "state": row["state"],
        "nation": (row["nationality"] or [None])[0],
        "waiting_since": row["waiting_since"],
        "sent_on": row["sent_on"],
        "reason": row["reason"],
    }
    if bearer.has(Scope.PEOPLE_READ):
        told["reference"] = row["reference"]
    return models.Waiting(**told)


def _placement(row: PlacementRow) -> models.Placement:
    names = ("student_nation", "host_nation", "quality", "review", "only_contact_of_pair", "terms")
    return models.Placement(
        id=row.placement.public_id,
        student_id=row.student.public_id,
        host_id=row.host.public_id,
        state=row.placement.state.value,
        **{name: getattr(row.placement, name) for name in names},
    )


_OF_RUN = (
    "kind",
    "state",
    "created_at",
    "started_at",
    "finished_at",
    "published_at",
    "stage",
    "progress",
    "gap",
    "epsilon",
    "seed",
    "time_limit_s",
    "code_version",
)


def _facts(run: MatchRun, cycle: Cycle) -> dict[str, Any]:
    return {
        "id": run.public_id,
        "cycle_id": cycle.public_id,
        **{name: getattr(run, name) for name in _OF_RUN},
        "error": run.error_code if run.state is RunState.FAILED else None,
    }
