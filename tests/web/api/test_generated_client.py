"""A client that a program made from the document speaks to a real server."""

import importlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
import waitress
from flask import Flask

from exchange.config import Settings
from exchange.web.api.openapi import document
from tests.patience import free_port
from tests.web.api.caller import Caller
from tests.web.world import World

PACKAGE = "generated_exchange_client"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client, generated from the document as anybody would, and loaded."""
    from exchange.web.api import views  # Declares what the document tells.

    assert views.blueprint is not None
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_text(json.dumps(document()))
    # What is generated is not ours to format.
    (folder / "config.yml").write_text("post_hooks: []\n")
    made = subprocess.run(
        [
            sys.executable,
            "-m",
            "openapi_python_client",
            "generate",
            f"--path={folder / 'openapi.json'}",
            f"--config={folder / 'config.yml'}",
            f"--output-path={folder / PACKAGE}",
            "--meta=none",
            "--fail-on-warning",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    yield importlib.import_module(PACKAGE)
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings, with an address where the server of the test can listen."""
    return settings.model_copy(update={"base_url": f"http://127.0.0.1:{free_port()}"})


@pytest.fixture
def url(app: Flask, settings: Settings) -> Iterator[str]:
    """Where the application answers as a server."""
    port = int(settings.base_url.rsplit(":", 1)[1])
    server = waitress.create_server(app, host="127.0.0.1", port=port, threads=2)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield settings.base_url
    server.close()
    thread.join(10)


def _part(name: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.{name}")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_generated_client_lists_starts_watches_and_writes(
    client: ModuleType, url: str, office: Caller, world: World, engine: sa.Engine
) -> None:
    models, api = _part("models"), "api.runs_and_their_results"
    with client.AuthenticatedClient(base_url=f"{url}/api/v1", token=office.token) as session:
        cycles = _part("api.programme_and_cycles.list_cycles").sync(client=session, limit=1)
        assert [cycle.id for cycle in cycles.items] == [world.own.cycle]
        more = _part("api.programme_and_cycles.list_cycles").sync(
            client=session, cursor=cycles.next_
        )
        assert (len(more.items), more.next_) == (1, None)

        begun = _part(f"{api}.start_run").sync_detailed(
            world.own.cycle,
            client=session,
            body=models.NewRun(epsilon=0.1, seed=3),
            idempotency_key="client-1",
        )
        assert (begun.status_code, begun.parsed.state.value) == (202, "queued")
        shown = _part(f"{api}.show_run").sync(begun.parsed.id, client=session)
        assert (shown.seed, shown.epsilon, shown.report) == (3, 0.1, None)
        ended = _part(f"{api}.cancel_run").sync(
            begun.parsed.id, client=session, idempotency_key="client-2"
        )
        assert ended.state.value == "cancelled"

        placed = _part(f"{api}.list_placements").sync(world.own.run, client=session)
        assert [one.host_id for one in placed.items] == [world.own.host_application]

        answers = models.StudentProfile(nationalities=["PE"], languages=["es", "en:B1"])
        sent = models.NewStudent(kind="student", external_id="C-1", answers=answers)
        made = _part("api.applications.add_application").sync(
            world.own.cycle, client=session, body=sent, idempotency_key="client-3"
        )
        assert made.external_id == "C-1"
        sent.answers.nationalities = ["Peru"]
        refused = _part("api.applications.add_application").sync(
            world.own.cycle, client=session, body=sent, idempotency_key="client-4"
        )
        assert isinstance(refused, models.Problem)
        assert [fault.pointer for fault in refused.errors] == ["/answers/nationalities/0"]
