"""What a run proposes, placement by placement, and whom it leaves without a place."""

from flask import Blueprint, g, render_template, request

from exchange.domain.roles import Permission
from exchange.domain.rules import TERM_WEIGHTS
from exchange.records import Cycle, Programme
from exchange.services import applications, placements, runs
from exchange.services.hand import EDITABLE
from exchange.web.desk_words import TERMS
from exchange.web.guards import permit
from exchange.web.paging import page_number
from exchange.web.reasons import unplaced_words

blueprint = Blueprint("placements", __name__)


@blueprint.get("/runs/<id:run_id>/placements")
@permit(Permission.SEE_RUNS)
def index(run_id: str) -> str:
    """The placements of a run with every term; `review=yes` shows those a person must look at."""
    run = runs.get_run(g.db, g.actor, run_id)
    # Held from here on: the session forgets what nobody holds, and each service would ask again.
    cycle = g.db.get(Cycle, run.cycle_id)
    only_review = request.args.get("review") == "yes"
    page = placements.list_placements(
        g.db, g.actor, run, only_review=only_review, page=page_number()
    )
    students, hosts = applications.names_of(
        g.db,
        g.actor,
        run.cycle_id,
        students=[row.placement.student_id for row in page.rows],
        hosts=[row.placement.host_id for row in page.rows],
    )
    used = {term for row in page.rows for term in row.placement.terms}
    return render_template(
        "placements/index.html",
        run=run,
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        page=page,
        only_review=only_review,
        students=students,
        hosts=hosts,
        terms={name: TERMS[name] for name in TERM_WEIGHTS if name in used},
        may_change=run.state in EDITABLE and g.actor.may(Permission.START_RUNS, cycle.programme_id),
        may_see_people=g.actor.may(Permission.SEE_APPLICATIONS, cycle.programme_id),
    )


@blueprint.get("/runs/<id:run_id>/unplaced")
@permit(Permission.SEE_RUNS)
def unplaced(run_id: str) -> str:
    """The students without a place, each with the reason."""
    run = runs.get_run(g.db, g.actor, run_id)
    # Held from here on: the session forgets what nobody holds, and each service would ask again.
    cycle = g.db.get(Cycle, run.cycle_id)
    page = placements.list_unplaced(g.db, g.actor, run, page=page_number())
    students, _hosts = applications.names_of(
        g.db,
        g.actor,
        run.cycle_id,
        students=[row.application.student_id or 0 for row in page.rows],
        hosts=[],
    )
    return render_template(
        "placements/unplaced.html",
        unplaced_words=unplaced_words,
        run=run,
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        page=page,
        students=students,
        may_see_people=g.actor.may(Permission.SEE_APPLICATIONS, cycle.programme_id),
    )
