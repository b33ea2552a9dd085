"""`exchange demo`: from nothing to a finished match with its exports, then the site."""

import secrets
import sys
from contextlib import nullcontext
from datetime import timedelta

import click

from exchange.cli.acting import Desk, acting
from exchange.cli.run import watch
from exchange.cli.serve import open_socket, start_web, start_worker
from exchange.cli.supervisor import Supervisor
from exchange.config import Settings
from exchange.domain.cycle import LIVE_RUN_STATES, RunState
from exchange.errors import SolverError
from exchange.exports import KINDS
from exchange.exports.contacts_svg import contacts_svg
from exchange.exports.csv_file import csv_bytes
from exchange.exports.run_report import format_summary
from exchange.exports.whole import write_whole
from exchange.jobs.queue import enqueue_run
from exchange.logs import configure_logging
from exchange.records import Cycle, LinkPurpose, MatchRun
from exchange.records.base import migrate
from exchange.services import cycles, exports, links, runs, seeding
from exchange.services.rule_versions import rules_of

SEED = 2026
LINK_LIFETIME = timedelta(hours=12)


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--no-serve", is_flag=True, help="Stop after the match and its files.")
def demo(port: int, no_serve: bool) -> None:
    """Show it all: an invented programme, its match with files, and the site around it.

    Running it again is harmless: it finds what is there and goes on from it.
    """
    settings = Settings(base_url=f"http://127.0.0.1:{port}")
    configure_logging("WARNING")
    click.echo("Making the programme and its match, which takes up to a minute …")
    migrate(settings.resolved_database_url)
    supervisor = Supervisor(
        {
            "EXCHANGE_BASE_URL": settings.base_url,
            "EXCHANGE_DEMO": "true",
            "EXCHANGE_LOG_LEVEL": "WARNING",
        }
    )
    with nullcontext() if no_serve else open_socket(f"127.0.0.1:{port}") as listening:
        try:
            # They take seconds to load, which is as long as it takes to load the seeds.
            start_worker(supervisor, settings)
            if listening is not None:
                start_web(supervisor, listening, count=1)
            _show(settings, supervisor)
            if listening is not None:
                click.echo(f"Site: {settings.base_url}")
                coordinator, reviewer, lead = _sign_in_links(settings)
                click.echo(f"Coordinator's desk, a link that works once: {coordinator}")
                click.echo(f"Second person, to confirm a publication (another browser): {reviewer}")
                click.echo(f"Safeguarding lead, who reads calls for help (a third browser): {lead}")
                click.echo("Stop with Ctrl-C.")
                sys.exit(supervisor.run())
        finally:
            supervisor.stop()


def _show(settings: Settings, supervisor: Supervisor) -> None:
    """Load the programme, match it unless that is done, write its files and say what came out."""
    with acting(None, settings) as desk:
        cycle_id = seeding.load_demo(desk.session, desk.actor, desk.at).cycle.public_id
        desk.session.commit()
        found = _find_run(desk, cycle_id)
    run = found or _match(cycle_id, supervisor, settings)
    _write_files(run, settings)
    click.echo(format_summary(run.report or {}))
    click.echo(f"\nFiles: {settings.instance_dir / 'exports'}")


def _find_run(desk: Desk, cycle_id: str) -> MatchRun | None:
    """Return the finished run that counts, if there is one: the published, else the latest."""
    cycle = cycles.get_cycle(desk.session, desk.actor, cycle_id)
    found = runs.list_runs(desk.session, desk.actor, cycle.id)
    for states in ({RunState.PUBLISHED}, {RunState.READY}):
        for one in found:
            if one.state in states:
                return one
    return None


def _match(cycle_id: str, supervisor: Supervisor, settings: Settings) -> MatchRun:
    """Start a run, or join one that an earlier demonstration left, and wait for its end."""
    with acting(None, settings) as desk:
        cycle = cycles.get_cycle(desk.session, desk.actor, cycle_id)
        live = [
            one
            for one in runs.list_runs(desk.session, desk.actor, cycle.id)
            if one.state in LIVE_RUN_STATES
        ]
        run = live[0] if live else _start(desk, cycle)
        desk.session.commit()
    enqueue_run(run.public_id, settings)
    ended = watch(run.public_id, None, settings=settings, meanwhile=supervisor.check)
    if ended.state is not RunState.READY:
        raise SolverError(
            f"The match of the demonstration ended as {ended.state}; look at the log above.",
            run=ended.public_id,
            error=ended.error_code,
        )
    return ended


def _start(desk: Desk, cycle: Cycle) -> MatchRun:
    return runs.start_run(
        desk.session,
        desk.actor,
        cycle_id=cycle.id,
        epsilon=rules_of(cycle.rules).epsilon,
        seed=SEED,
        time_limit_s=None,
        idempotency_key=secrets.token_hex(16),
        at=desk.at,
    )


def _write_files(run: MatchRun, settings: Settings) -> None:
    """Write every export for programs, and the picture of who meets whom."""
    folder = settings.instance_dir / "exports"
    with acting(None, settings) as desk:
        for kind in KINDS:
            table = exports.export_table(
                desk.session, desk.actor, kind, cycle_id=run.cycle_id, run_id=run.id, at=desk.at
            )
            write_whole(folder / f"{kind}.csv", csv_bytes(table, for_="programs"))
        met = runs.run_contacts(desk.session, desk.actor, run)
        desk.session.commit()
    picture = contacts_svg(met, title="Who meets whom", standalone=True)
    write_whole(folder / "contacts.svg", picture.encode())


def _sign_in_links(settings: Settings) -> list[str]:
    """Make links by which the staff of the demonstration are signed in, once each."""
    with acting(None, settings) as desk:
        demo = seeding.load_demo(desk.session, desk.actor, desk.at)
        tokens = [
            links.issue_link(
                desk.session,
                purpose=LinkPurpose.SIGN_IN,
                account_id=account.id,
                at=desk.at,
                ttl=LINK_LIFETIME,
            )
            for account in (demo.coordinator, demo.reviewer, demo.lead)
        ]
        desk.session.commit()
    return [f"{settings.base_url}/sign-in/link/{token}" for token in tokens]
