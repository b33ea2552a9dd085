"""The laboratory in which processes are killed."""

import os
from collections.abc import Iterator

import pytest

from exchange.config import Settings
from exchange.records.base import make_engine
from tests import databases
from tests.kills.lab import Lab
from tests.kills.nursery import Nursery


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where the processes come from."""
    made = Nursery()
    yield made
    made.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lab(
    request: pytest.FixtureRequest, nursery: Nursery, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """An installation with a small cycle, for all tests of a file.

    Its worker is stopped at the end, and must leave no trace.
    """
    folder = tmp_path_factory.mktemp("kills")
    if request.param == "postgresql":
        if databases.PG_TEMPLATE not in os.environ:
            pytest.skip("no PostgreSQL on this machine")
        url = databases.new_postgres()
    else:
        url = databases.new_sqlite(folder)
    settings = Settings(instance_dir=folder / "instance", database_url=url)
    engine = make_engine(url)
    laboratory = Lab(engine, settings, folder, nursery)
    yield laboratory
    laboratory.close()
    print(f"{request.param}: {laboratory.kills} processes killed")
    engine.dispose()
    if request.param == "postgresql":
        databases.drop_postgres(url)
