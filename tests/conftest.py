"""What every test may ask for: a database of each kind, settings, the application, a client."""

import gc
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
import structlog
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlmodel import Session
from werkzeug.routing import Rule

from exchange.config import Settings
from exchange.records import base
from exchange.records.base import make_engine
from exchange.records.session import open_session
from tests import databases
from tests.patience import PATIENCE_S

pytest_plugins = ["tests.browser"]

# The suite draws the same examples each time, so that it fails for a change and not by chance;
# `--hypothesis-profile=default` draws others. No example fails for being slow to draw or to run.
hypothesis.settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("steady")

# Where many write at once, the last in the queue may wait long on a slow disk.
base.BUSY_S = PATIENCE_S

LONGEST = (
    "journeys",
    "kills",
    "test_permissions.py",
    "test_isolation.py",
    "test_youth_dialogue.py",
    "cli",
    "matching",
    "jobs",
)
"""Where the long files are; begun first, so that no worker is left alone with one in the end."""

_SERVER: list[databases.PostgresServer] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the long suites be asked for by name."""
    parser.addoption("--full", action="append", default=[], metavar="SUITE")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the long suites that were asked for and nothing else; else everything but those."""
    asked = set(config.getoption("--full"))
    suites = [{name for mark in item.iter_markers("full") for name in mark.args} for item in items]
    kept = [bool(of & asked) if asked else not of for of in suites]
    config.hook.pytest_deselected(
        items=[item for item, keep in zip(items, kept, strict=True) if not keep]
    )
    items[:] = [item for item, keep in zip(items, kept, strict=True) if keep]
    items.sort(key=_rank)


def pytest_collection_finish() -> None:
    """Keep what lives as long as the suite out of every later search for garbage.

    Each test with an application leaves so much behind that all else would be looked through again.
    """
    gc.collect()
    gc.freeze()


def _rank(item: pytest.Item) -> int:
    parts = item.path.relative_to(Path(__file__).parent).parts
    return min((LONGEST.index(part) for part in parts if part in LONGEST), default=len(LONGEST))


def pytest_configure(config: pytest.Config) -> None:
    """Start the databases once, before the workers of the suite are."""
    if hasattr(config, "workerinput"):
        return
    url = os.environ.get(databases.PG_URL)
    programs = databases.find_postgres()
    if not url and programs:
        server = databases.PostgresServer(programs)
        server.start()
        _SERVER.append(server)
        url = server.url
    databases.prepare_templates(url)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what `pytest_configure` started."""
    if hasattr(config, "workerinput"):
        return
    databases.remove_templates()
    for server in _SERVER:
        server.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly when half of the database tests did not run."""
    if databases.PG_TEMPLATE not in os.environ:
        terminalreporter.write_line("NO POSTGRESQL: its half of the tests did not run.", red=True)


@pytest.fixture(autouse=True)
def _logs() -> Iterator[None]:
    """Begin each test with logs as they are in a new process.

    A test that sets them up binds them to its own standard error, which is closed after it.
    """
    before = list(logging.getLogger().handlers)
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = before


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database; the test runs once on each kind."""
    if request.param == "sqlite":
        yield databases.new_sqlite(tmp_path)
        return
    if databases.PG_TEMPLATE not in os.environ:
        pytest.skip("no PostgreSQL on this machine")
    url = databases.new_postgres()
    yield url
    databases.drop_postgres(url)


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """An engine on the fresh database."""
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    """A writing session; what is not committed is rolled back."""
    with open_session(engine) as opened:
        yield opened


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of an installation of its own."""
    return Settings(
        instance_dir=tmp_path / "instance",
        database_url=database_url,
        base_url="http://127.0.0.1:8000",
        _env_file=None,  # type: ignore[call-arg]
    )


class Compiled(BytecodeCache):
    """Keeps templates as compiled from one application of the suite to the next."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template's code back if the template is still the same."""
        if bucket.key + bucket.checksum in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key + bucket.checksum])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template's code."""
        self.kept[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


COMPILED = Compiled()


@pytest.fixture(scope="session", autouse=True)
def _addresses_compiled_once() -> Iterator[None]:
    """Compile the function that writes a route's address once for all applications of the suite.

    It depends on the words of the route alone, and is nine tenths of what an application costs.
    """
    compiled: dict[tuple[object, ...], Any] = {}
    original = Rule._compile_builder

    def compile_once(rule: Rule, append_unknown: bool = True) -> Any:
        words = (rule.rule, rule.subdomain, rule.host, repr(rule.defaults), append_unknown)
        if words not in compiled:
            compiled[words] = original(rule, append_unknown)
        return compiled[words]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compile_once)
        yield


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The whole application on the fresh database."""
    from exchange.app import create_app  # Slow; only page tests pay for it.

    made = create_app(settings)
    made.jinja_env.bytecode_cache = COMPILED
    yield made
    made.extensions["exchange.engine"].dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without scripts."""
    return app.test_client()
