"""Why a student is where they are, why not elsewhere, why nowhere; and whom to recruit next."""

from flask import Blueprint, g, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.cycle import RunState
from exchange.domain.queues import LONGEST_SEARCH
from exchange.domain.roles import Permission
from exchange.domain.rules import TERM_WEIGHTS
from exchange.records import Cycle, MatchRun, Programme
from exchange.services import hand, reasons, runs
from exchange.services.labels import labels_of
from exchange.web.desk_words import RUN_STATES, TERMS
from exchange.web.guards import permit
from exchange.web.hand.words import obstacle_lines
from exchange.web.i18n import country_name, language_name
from exchange.web.reasons import unplaced_words
from exchange.web.signup.words import NEED_WORDS
from exchange.web.why import words

blueprint = Blueprint("why", __name__)

Page = str | Response
PLACED = hand.EDITABLE | {RunState.SUPERSEDED}


@blueprint.get("/runs/<id:run_id>/why")
@permit(Permission.SEE_RUNS)
def placement(run_id: str) -> Page:
    """What speaks for a placement, for staff, and what student and host may be told of it."""
    run, student = runs.get_run(g.db, g.actor, run_id), request.args.get("student", "")
    if run.state not in PLACED or not student:
        return _nothing(run)
    frame = _frame(run)
    match = hand.read_match(g.db, g.actor, run)
    card, placed = reasons.why_placement(match, student)
    return render_template(
        "why/placement.html",
        placement=placed,
        labels=labels_of(g.db, g.actor, run.cycle_id, [student, placed.host_id]),
        for_coordinator=words.for_coordinator(card),
        for_student=words.for_student(card),
        for_host=words.for_host(card),
        terms=[(TERMS[name], placed.terms[name]) for name in TERM_WEIGHTS if name in placed.terms],
        **frame,
    )


@blueprint.get("/runs/<id:run_id>/why-not")
@permit(Permission.SEE_RUNS)
def pair(run_id: str) -> Page:
    """What speaks against a pair that was not made: the rule, or what it would cost."""
    run = runs.get_run(g.db, g.actor, run_id)
    student, host = request.args.get("student", ""), request.args.get("host", "").strip()
    if run.state not in PLACED or not student:
        return _nothing(run)
    frame = _frame(run)
    match = hand.read_match(g.db, g.actor, run)
    chosen = runs.find_host(g.db, g.actor, run, host) if host else None
    hosts = [] if chosen else runs.search_hosts(g.db, g.actor, run, host[:LONGEST_SEARCH])
    found = reasons.why_not_pair(g.db, match, student, chosen) if chosen else None
    way = found.by_hand if found else None
    return render_template(
        "why/pair.html",
        student=student,
        typed=host,
        host=chosen,
        hosts=hosts[: runs.MOST_HOSTS],
        has_more=len(hosts) > runs.MOST_HOSTS,
        is_made=bool(chosen) and match.host_of.get(student) == chosen,
        found=found,
        against=obstacle_lines(found.against) if found else [],
        labels=labels_of(
            g.db, g.actor, run.cycle_id, [student, chosen, way.other_id if way else None, *hosts]
        ),
        report=run.report or {},
        **frame,
    )


@blueprint.get("/runs/<id:run_id>/why-unplaced")
@permit(Permission.SEE_RUNS)
def unplaced(run_id: str) -> Page:
    """Why a student has no place, and what would make one possible."""
    run, student = runs.get_run(g.db, g.actor, run_id), request.args.get("student", "")
    if run.state not in PLACED or not student:
        return _nothing(run)
    frame = _frame(run)
    match = hand.read_match(g.db, g.actor, run)
    found = reasons.why_unplaced(g.db, match, student)
    return render_template(
        "why/unplaced.html",
        student=student,
        found=found,
        sentence=unplaced_words(found.reason, found.detail),
        closing=[(obstacle_lines([code])[0], count) for code, count in found.closing.items()],
        only=[(obstacle_lines([code])[0], count) for code, count in found.only.items()],
        labels=labels_of(g.db, g.actor, run.cycle_id, [student]),
        **frame,
    )


@blueprint.get("/runs/<id:run_id>/recruit")
@permit(Permission.SEE_RUNS)
def recruit(run_id: str) -> Page:
    """Which hosts would help most, by what one more of each kind would bring."""
    run = runs.get_run(g.db, g.actor, run_id)
    if run.state not in PLACED:
        return _nothing(run)
    found = (run.report or {}).get("recruit", [])
    return render_template(
        "why/recruit.html",
        rows=[(_kind_of_host(one["kind"], one["what"]), one) for one in found],
        **_frame(run),
    )


@blueprint.get("/runs/<id:run_id>/leans-on")
@permit(Permission.SEE_RUNS)
def leans_on(run_id: str) -> Page:
    """Which hosts the match leans on: whose withdrawal would leave guests without a home."""
    run = runs.get_run(g.db, g.actor, run_id)
    if run.state not in PLACED:
        return _nothing(run)
    frame = _frame(run)
    found = (run.report or {}).get("leans_on")
    rows = found["most"] if found else []
    return render_template(
        "why/leans_on.html",
        found=found,
        rows=rows,
        labels=labels_of(g.db, g.actor, run.cycle_id, [row[0] for row in rows]),
        **frame,
    )


def _kind_of_host(kind: str, what: str) -> str:
    if kind == "nation":
        return country_name(what)
    if kind == "language":
        return language_name(what)
    return str(NEED_WORDS.get(what, what))


def _nothing(run: MatchRun) -> Page:
    return render_template(
        "why/nothing.html",
        states=RUN_STATES,
        way_on=url_for("placements.index", run_id=run.public_id),
        **_frame(run),
    )


def _frame(run: MatchRun) -> dict[str, object]:
    """What every page here shows. Asked for first and held: else each service reads it again."""
    cycle = g.db.get(Cycle, run.cycle_id)
    assert isinstance(cycle, Cycle)
    return {
        "run": run,
        "cycle": cycle,
        "programme": g.db.get(Programme, cycle.programme_id),
        "may_see_people": g.actor.may(Permission.SEE_APPLICATIONS, cycle.programme_id),
        "may_start": g.actor.may(Permission.START_RUNS, cycle.programme_id)
        and run.state in hand.EDITABLE,
    }
