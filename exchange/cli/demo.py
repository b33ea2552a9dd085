"""`exchange demo`: from nothing to a finished match with its exports, then the site."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta

import click

from exchange.cli.acting import Desk, acting
from exchange.cli.export import write_whole
from exchange.cli.run import EXIT_CODES, watch
from exchange.cli.serve import open_socket, start_web, start_worker
from exchange.cli.supervisor import Supervisor
from exchange.clock import now
from exchange.config import Settings
from exchange.domain.cycle import LIVE_RUN_STATES, RunState
from exchange.exports import KINDS
from exchange.exports.contacts_svg import contacts_svg
from exchange.exports.csv_file import csv_bytes
from exchange.exports.run_report import format_summary
from exchange.jobs.queue import enqueue_run
from exchange.logs import configure_logging
from exchange.records.base import migrate
from exchange.records.match_run import MatchRun
from exchange.services import cycles, exports, links, runs, seeding

SEED = 2026
"""Fixed, so that everybody sees the same demonstration."""
LINK_LIFETIME = timedelta(hours=12)
_FINISHED = frozenset({RunState.READY, RunState.PUBLISHED, RunState.SUPERSEDED})


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--no-serve", is_flag=True, help="Stop after the match and its files.")
def demo(port: int, no_serve: bool) -> None:
    """Show it all: an invented programme, its match with files, and the site around it.

    Running it again is harmless: it finds what is there and goes on from it.
    """
    settings = Settings(base_url=f"http://127.0.0.1:{port}")
    configure_logging("WARNING")
    migrate(settings.resolved_database_url)
    with nullcontext() if no_serve else open_socket(f"127.0.0.1:{port}") as listening:
        supervisor = Supervisor({"EXCHANGE_BASE_URL": settings.base_url})
        try:
            with acting(None, settings) as desk:
                seeded = seeding.load_demo(desk.session, desk.actor, desk.at)
                desk.session.commit()
            run = _finished_run(seeded.cycle.public_id, supervisor, settings)
            _write_files(run, settings)
            click.echo(format_summary(run.report or {}))
            click.echo(f"\nFiles: {settings.instance_dir / 'exports'}")
            if listening is None:
                return
            start_worker(supervisor, settings)
            start_web(supervisor, listening, count=1)
            click.echo(f"Site: {settings.base_url}")
            click.echo(f"Signed in as the coordinator, once: {_link(seeded, settings)}")
            click.echo("Stop with Ctrl-C.")
            sys.exit(supervisor.run())
        finally:
            supervisor.stop()
