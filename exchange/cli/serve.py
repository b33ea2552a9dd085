"""`exchange serve`: the site and its worker, each in processes of their own, until told to stop."""

import importlib
import os
import signal
import socket
import sys

import click

from exchange.cli.supervisor import Supervisor
from exchange.config import Settings
from exchange.errors import ConfigurationError
from exchange.jobs.lifeline import die_with_parent
from exchange.logs import configure_logging
from exchange.records.base import KEPT_CONNECTIONS, check_revision, make_engine

APPLICATION = "exchange.app"
"""Loaded by name, as every WSGI server loads its application: commands stand below it."""

_BACKLOG = 1024
_THREADS = KEPT_CONNECTIONS
_MOST_BODY_BYTES = 6 * 1024 * 1024


@click.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="ADDRESS:PORT")
@click.option(
    "--workers",
    type=click.IntRange(1, 32),
    default=1,
    show_default=True,
    help="Web processes that share the port. Slots for match runs: EXCHANGE_WORKER_COUNT.",
)
def serve(bind: str, workers: int) -> None:
    """Serve the site, with a worker for match runs and mails beside it."""
    settings = Settings()
    configure_logging(settings.log_level)
    engine = make_engine(settings.resolved_database_url)
    check_revision(engine)
    engine.dispose()
    with open_socket(bind) as listening:
        supervisor = Supervisor()
        start_worker(supervisor, settings)
        start_web(supervisor, listening, count=workers)
        click.echo(f"Serving on http://{bind}. Stop with Ctrl-C.", err=True)
        sys.exit(supervisor.run())


@click.command(name="web-process", hidden=True)
@click.option("--fd", type=int, required=True)
@click.option("--parent", type=int, required=True)
def web_process(fd: int, parent: int) -> None:
    """Answer requests on a socket that the parent has opened."""
    die_with_parent(parent, signal.SIGTERM)
    signal.signal(signal.SIGTERM, _stop)
    # Slow imports: no other command needs them.
    import waitress

    application = importlib.import_module(APPLICATION).create_app(Settings())
    waitress.serve(
        application,
        sockets=[socket.socket(fileno=fd)],
        threads=_THREADS,
        backlog=_BACKLOG,
        max_request_body_size=_MOST_BODY_BYTES,
        channel_timeout=30,
        # What a proxy says of the client is for the application to believe or not, as many hops
        # as the settings trust; thrown away here, everybody would share the proxy's rate limits.
        clear_untrusted_proxy_headers=False,
        connection_limit=1000,
        ident="",
        _quiet=True,
    )


def open_socket(bind: str) -> socket.socket:
    """Listen on ADDRESS:PORT.

    Raises
    ------
    ConfigurationError
        When that is no address, or somebody else listens there.
    """
    address, _, port = bind.rpartition(":")
    host = address.strip("[]")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ConfigurationError(f"{bind!r} is not ADDRESS:PORT; give one such as 127.0.0.1:8000.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, int(port)), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise ConfigurationError(
            f"Cannot listen on {bind} ({os.strerror(error.errno or 0)}); choose another port, "
            "or stop what listens there.",
            bind=bind,
        ) from error


def start_web(supervisor: Supervisor, listening: socket.socket, *, count: int) -> None:
    """Start web processes that share a listening socket."""
    fd = listening.fileno()
    for number in range(1, count + 1):
        supervisor.start(f"web-{number}", ["web-process", "--fd", str(fd)], pass_fds=[fd])


def start_worker(supervisor: Supervisor, settings: Settings) -> None:
    """Start the worker for match runs and mails."""
    supervisor.start("worker", ["worker", "--concurrency", str(settings.worker_count)])


def _stop(signum: int, frame: object) -> None:
    # Waitress ends its loop on SystemExit and lets its threads finish the answers under way.
    raise SystemExit(0)
