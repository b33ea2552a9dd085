"""`exchange test`: the checks and the suite, with everything they need.

What could not be had is named loudly; with `--strict` it is a failure.
"""

import os
import subprocess
import sys
from collections.abc import Sequence

import click

from exchange import bootstrap
from exchange.cli.testbed import provide_browser, provide_postgres
from exchange.errors import ConfigurationError

_PARALLEL = ("--numprocesses=2", "--dist=loadfile", "--no-loadscope-reorder")
_COVERAGE = ("--cov", "--cov-report=term:skip-covered")


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--strict", is_flag=True, help="Fail when a browser or PostgreSQL cannot be had.")
@click.option("--full", "suites", multiple=True, metavar="SUITE", help="Run that long suite.")
@click.option("--coverage", is_flag=True, help="Count which lines ran; a third slower.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def test(
    strict: bool, suites: Sequence[str], coverage: bool, pytest_arguments: Sequence[str]
) -> None:
    """Check the code and run the suite; arguments go to pytest, which then runs alone."""
    if not (bootstrap.CHECKOUT / "tests").is_dir():
        raise ConfigurationError("The suite is not installed; run this in a checkout.")
    environment = dict(os.environ)
    lacking = []
    browser = provide_browser(environment)
    if not browser:
        lacking.append("NO BROWSER: the journeys did not run. Install chromium.")
    postgres = provide_postgres(environment)
    if not postgres:
        lacking.append("NO POSTGRESQL: half of the database tests did not run. Install postgresql.")
    click.echo(f"Browser: {browser or 'NONE'}. PostgreSQL: {postgres or 'NONE'}.")
    failed = [] if pytest_arguments or suites else _failed_checks(environment)
    pytest = [*_PARALLEL, *(_COVERAGE if coverage else ())]
    chosen = [f"--full={suite}" for suite in suites]
    if _run("pytest", [*pytest, *chosen, *pytest_arguments], environment):
        failed.append("pytest")
    for sentence in lacking:
        click.secho(sentence, fg="red", bold=True, err=True)
    if failed:
        click.secho(f"FAILED: {', '.join(failed)}.", fg="red", bold=True, err=True)
    sys.exit(1 if failed or (strict and lacking) else 0)


def _failed_checks(environment: dict[str, str]) -> list[str]:
    """Run the checks that need no running code; return the names of those that failed."""
    checks = {
        "ruff check": ("ruff", ["check", "--quiet", "."]),
        "ruff format": ("ruff", ["format", "--quiet", "--check", "."]),
        "mypy": ("mypy", []),
    }
    return [name for name, (tool, words) in checks.items() if _run(tool, words, environment)]


def _run(module: str, arguments: Sequence[str], environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", module, *arguments]
    click.echo(f"> {module} {' '.join(arguments)}")
    sys.stdout.flush()
    return subprocess.run(command, cwd=bootstrap.CHECKOUT, env=environment, check=False).returncode
