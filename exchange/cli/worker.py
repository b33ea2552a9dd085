"""`exchange worker`: takes match runs from the queue, sends mails, and reaps abandoned runs."""

import sys

import click

from exchange.config import Settings
from exchange.logs import configure_logging
from exchange.records.base import check_revision, make_engine


@click.command()
@click.option(
    "--concurrency",
    type=click.IntRange(1, 32),
    default=None,
    help="How many runs at a time. [default: EXCHANGE_WORKER_COUNT, or 1]",
)
@click.option("--parent", type=int, hidden=True, help="End with this process.")
def worker(concurrency: int | None, parent: int | None) -> None:
    """Take match runs from the queue and send the mails that are due, until told to stop."""
    settings = Settings()
    configure_logging(settings.log_level)
    engine = make_engine(settings.resolved_database_url)
    check_revision(engine)
    engine.dispose()
    # A slow import (SciPy, OR-Tools), made once here: the slots are forked from this process.
    from exchange.jobs.worker import worker_main

    sys.exit(
        worker_main(
            settings,
            concurrency=concurrency or settings.worker_count,
            parent_pid=parent,
        )
    )
