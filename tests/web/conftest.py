"""What page tests may ask for: a visitor, and a world with two programmes."""

import os
from collections.abc import Iterator
from pathlib import Path

import itsdangerous
import pytest
import sqlalchemy as sa
from flask import Flask

from exchange.clock import now
from exchange.config import Settings
from exchange.records.base import make_engine
from exchange.records.session import open_session
from exchange.services import web_sessions
from tests import databases
from tests.web.visitor import Visitor
from tests.web.world import World, make_world

RAW_TOKEN = "0123456789abcdef"


class Enter:
    """Gives visitors a session as it is after signing in, without the cost of a password."""

    def __init__(self, app: Flask, engine: sa.Engine, settings: Settings) -> None:
        self.app, self.engine, self.key = app, engine, settings.secret_key

    def __call__(
        self,
        *,
        account_id: int | None = None,
        application_id: int | None = None,
        guardian_id: int | None = None,
        stepped_up: bool = False,
    ) -> Visitor:
        """Return a visitor with a new session; its `csrf` is the token of its forms.

        With `stepped_up` a code of the second step was typed just now.
        """
        visitor = Visitor(self.app)
        with open_session(self.engine) as db:
            _row, token = web_sessions.start(
                db,
                at=now(),
                account_id=account_id,
                application_id=application_id,
                guardian_id=guardian_id,
                stepped_up_at=now() if stepped_up else None,
                data={"csrf_token": RAW_TOKEN},
            )
            db.commit()
        visitor.client.set_cookie("session", token, domain="127.0.0.1")
        signer = itsdangerous.URLSafeTimedSerializer(self.key, salt="wtf-csrf-token")
        visitor.csrf = signer.dumps(RAW_TOKEN)
        return visitor


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """A browser that was never here."""
    return Visitor(app)


@pytest.fixture
def enter(app: Flask, engine: sa.Engine, settings: Settings) -> Enter:
    """A way to be somebody."""
    return Enter(app, engine, settings)


class Worlds:
    """The world in one database of each kind: made when first asked for, copied for each test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: dict[str, tuple[str, World]] = {}

    def of(self, kind: str) -> tuple[str, World]:
        """Return the address of the database to copy, and what is in it."""
        if kind not in self.made:
            is_sqlite = kind == "sqlite"
            url = databases.new_sqlite(self.folder) if is_sqlite else databases.new_postgres()
            engine = make_engine(url)
            self.made[kind] = (url, make_world(engine))
            engine.dispose()
        return self.made[kind]

    def close(self) -> None:
        """Remove what a server would keep."""
        if "postgresql" in self.made:
            databases.drop_postgres(self.made["postgresql"][0])


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    """What the databases of tests with a world are copied from."""
    made = Worlds(tmp_path_factory.mktemp("worlds"))
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, worlds: Worlds, tmp_path: Path) -> Iterator[str]:
    """A migrated database of the test's own, with the world in it if the test asks for that."""
    kind = request.param
    if kind == "postgresql" and databases.PG_TEMPLATE not in os.environ:
        pytest.skip("no PostgreSQL on this machine")
    template = worlds.of(kind)[0] if "world" in request.fixturenames else ""
    if kind == "sqlite":
        yield databases.new_sqlite(tmp_path, template=template)
        return
    url = databases.new_postgres(template=template)
    yield url
    databases.drop_postgres(url)


@pytest.fixture
def world(engine: sa.Engine, worlds: Worlds) -> World:
    """Two programmes that know nothing of each other."""
    return worlds.of(engine.dialect.name)[1]
