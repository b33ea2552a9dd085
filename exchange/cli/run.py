"""`exchange run`: match runs of a cycle."""

import secrets
import sys
import time
from collections.abc import Callable
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from exchange.cli.acting import acting, as_option
from exchange.cli.output import json_option, show, show_table
from exchange.cli.reproduce import reproduce
from exchange.config import Settings
from exchange.domain.cycle import LIVE_RUN_STATES, RunState
from exchange.errors import Conflict
from exchange.jobs.queue import enqueue_run
from exchange.records.match_run import MatchRun
from exchange.services import cycles, publishing, runs
from exchange.services.rule_versions import rules_of

EXIT_CODES = {
    RunState.READY: 0,
    RunState.PUBLISHED: 0,
    RunState.SUPERSEDED: 0,
    RunState.INFEASIBLE: 7,
    RunState.CANCELLED: 1,
    RunState.TIMED_OUT: 1,
    RunState.FAILED: 1,
}
_LOOK_EVERY_S = 0.3


@click.group()
def run() -> None:
    """Start, watch, cancel, publish and reproduce match runs."""


@run.command(name="start")
@click.option("--cycle", "cycle_id", required=True, help="Id of the cycle.")
@click.option(
    "--epsilon",
    type=float,
    default=None,
    help="Share of diversity that may be given up for fit, 0 to 1. [default: the cycle's]",
)
@click.option("--seed", type=int, default=None, help="Breaks ties. [default: drawn and stored]")
@click.option("--time-limit", "time_limit_s", type=float, default=None, help="Seconds.")
@click.option("--wait", is_flag=True, help="Watch until it ends; the exit code says how.")
@as_option
@json_option
def start(
    cycle_id: str,
    epsilon: float | None,
    seed: int | None,
    time_limit_s: float | None,
    wait: bool,
    email: str | None,
    as_json: bool,
) -> None:
    """Start a match run; a worker takes it from the queue."""
    with acting(email) as desk:
        cycle = cycles.get_cycle(desk.session, desk.actor, cycle_id)
        made = runs.start_run(
            desk.session,
            desk.actor,
            cycle_id=cycle.id,
            epsilon=rules_of(cycle.rules).epsilon if epsilon is None else epsilon,
            seed=seed,
            time_limit_s=time_limit_s,
            idempotency_key=secrets.token_hex(16),
            at=desk.at,
        )
        desk.session.commit()
        run_id = made.public_id
        enqueue_run(run_id, desk.settings)
        if not wait:
            show(facts(made), as_json=as_json)
            return
    ended = watch(run_id, email)
    show(facts(ended), as_json=as_json)
    sys.exit(EXIT_CODES[ended.state])


@run.command(name="show")
@click.argument("run_id", metavar="RUN")
@as_option
@json_option
def show_one(run_id: str, email: str | None, as_json: bool) -> None:
    """Show one run with its certificate."""
    with acting(email) as desk:
        found = runs.get_run(desk.session, desk.actor, run_id)
    document = facts(found)
    if as_json:
        document["report"] = found.report
    show(document, as_json=as_json)


@run.command(name="list")
@click.option("--cycle", "cycle_id", required=True, help="Id of the cycle.")
@as_option
@json_option
def list_all(cycle_id: str, email: str | None, as_json: bool) -> None:
    """List the runs of a cycle, the latest first."""
    with acting(email) as desk:
        cycle = cycles.get_cycle(desk.session, desk.actor, cycle_id)
        rows = [facts(one) for one in runs.list_runs(desk.session, desk.actor, cycle.id)]
    columns = ("run", "state", "started_at", "placed", "effective_pairs", "gap", "seed")
    show_table(rows, columns, as_json=as_json, nothing="No run yet.")


@run.command(name="cancel")
@click.argument("run_id", metavar="RUN")
@as_option
@json_option
def cancel(run_id: str, email: str | None, as_json: bool) -> None:
    """Ask a waiting or working run to stop."""
    with acting(email) as desk:
        found = runs.get_run(desk.session, desk.actor, run_id)
        runs.request_cancel(desk.session, desk.actor, found, at=desk.at)
        desk.session.commit()
        show(facts(found), as_json=as_json)


@run.command(name="propose")
@click.argument("run_id", metavar="RUN")
@as_option
@json_option
def propose(run_id: str, email: str | None, as_json: bool) -> None:
    """Propose to publish a run; somebody else confirms it with `publish`."""
    with acting(email) as desk:
        found = runs.get_run(desk.session, desk.actor, run_id)
        publishing.propose(desk.session, desk.actor, found, at=desk.at)
        desk.session.commit()
        show(facts(found) | {"proposed": True}, as_json=as_json)


@run.command(name="publish")
@click.argument("run_id", metavar="RUN")
@as_option
@json_option
def publish(run_id: str, email: str | None, as_json: bool) -> None:
    """Confirm what somebody else proposed: offers are made, and everybody placed hears of it."""
    with acting(email) as desk:
        found = runs.get_run(desk.session, desk.actor, run_id)
        try:
            publishing.publish_run(desk.session, desk.actor, found, at=desk.at)
        except Conflict as refusal:
            if "changed" in refusal.facts:
                desk.session.rollback()
                publishing.let_fall(desk.session, desk.actor, found, at=desk.at)
                desk.session.commit()
            raise
        desk.session.commit()
        show(facts(found), as_json=as_json)


run.add_command(reproduce)


def watch(
    run_id: str,
    email: str | None,
    *,
    settings: Settings | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> MatchRun:
    """Follow a run to its end; draw a bar on a terminal and nothing anywhere else."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("queued", total=1.0)
        while True:
            with acting(email, settings) as desk:
                found = runs.get_run(desk.session, desk.actor, run_id)
            bar.update(task, completed=found.progress, description=found.stage or found.state)
            if found.state not in LIVE_RUN_STATES:
                return found
            meanwhile()
            time.sleep(_LOOK_EVERY_S)


def facts(found: MatchRun) -> dict[str, Any]:
    """Return what is shown of a run."""
    report = found.report or {}
    return {
        "run": found.public_id,
        "state": found.state.value,
        "stage": found.stage,
        "progress": found.progress,
        "started_at": found.started_at,
        "finished_at": found.finished_at,
        "students": report.get("students"),
        "placed": report.get("M"),
        "placed_at_most": report.get("M_bound"),
        "effective_pairs": report.get("D"),
        "effective_pairs_at_most": report.get("D_bound"),
        "gap": found.gap if report.get("gap") is None else report.get("gap"),
        "epsilon": found.epsilon,
        "seed": found.seed,
        "attempt": found.attempt,
        "error": found.error_code,
    }
