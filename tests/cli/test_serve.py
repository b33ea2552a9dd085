"""`exchange serve`: several processes that come and go together."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exchange.cli.root import root
from exchange.config import Settings
from exchange.records.base import migrate
from tests.bench.signup.load import CSRF, Browser
from tests.patience import PATIENCE_S, free_port, wait_until

CHECKOUT = Path(__file__).resolve().parents[2]


def _environment(instance: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_")}
    return {**kept, "PYTHONPATH": str(CHECKOUT), "EXCHANGE_INSTANCE_DIR": str(instance)}


def _exchange(instance: Path, *arguments: str) -> Result:
    return CliRunner(env={"EXCHANGE_INSTANCE_DIR": str(instance)}).invoke(root, arguments)


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """An installation with an empty database."""
    folder = tmp_path / "instance"
    migrate(Settings(instance_dir=folder, database_url="").resolved_database_url)
    return folder


@pytest.fixture
def site(instance: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A serving installation and its address; nothing of it is left afterwards."""
    bind = f"127.0.0.1:{free_port()}"
    with (instance / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "exchange", "serve", "--bind", bind],
            cwd=instance.parent,
            env=_environment(instance),
            stdout=log,
            stderr=log,
        )
    _wait_for(lambda: _answers(bind), process)
    _wait_for(lambda: len(_children(process.pid)) == 4, process)
    yield process, bind
    if process.poll() is None:
        process.terminate()
        process.wait(PATIENCE_S)


def test_serve_children_killed_start_again_and_end_with_their_parent(
    site: tuple[subprocess.Popen[bytes], str],
) -> None:
    process, bind = site
    before = _children(process.pid)
    for pid in before:
        if _parent(pid) == process.pid:
            os.kill(pid, signal.SIGKILL)
    _wait_for(lambda: not [pid for pid in before if _is_alive(pid)], process)
    _wait_for(lambda: _answers(bind), process)
    _wait_for(lambda: len(_children(process.pid)) == 4, process)
    children = _children(process.pid)
    process.kill()
    process.wait(PATIENCE_S)
    _wait_for(lambda: not [pid for pid in children if _is_alive(pid)])


@pytest.mark.parametrize(("proxies", "clients"), [("0", 1), ("1", 2)])
def test_serve_counts_clients_as_the_trusted_proxy_tells_them_apart(
    instance: Path, proxies: str, clients: int
) -> None:
    bind = f"127.0.0.1:{free_port()}"
    environment = {**_environment(instance), "EXCHANGE_TRUSTED_PROXIES": proxies}
    process = subprocess.Popen(
        [sys.executable, "-m", "exchange", "serve", "--bind", bind],
        cwd=instance.parent,
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(lambda: _answers(bind), process)
        for number in (1, 2):
            with closing(Browser(int(bind.rpartition(":")[2]), number)) as browser:
                token = CSRF.search(browser.get("/application/link"))
                assert token is not None
                values = {"reference": "S-2345", "email": "a@example.org", "csrf_token": token[1]}
                browser.post("/application/link", values)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
    with closing(sqlite3.connect(instance / "exchange.sqlite")) as database:
        query = "SELECT count(*) FROM rate_limit WHERE bucket LIKE 'link:%'"
        assert database.execute(query).fetchone() == (clients,)


def test_serve_database_not_migrated_exits_with_3(tmp_path: Path) -> None:
    done = _exchange(tmp_path / "instance", "serve", "--bind", "127.0.0.1:0")
    assert done.exit_code == 3
    assert "exchange migrate" in done.stderr


def test_serve_port_in_use_exits_with_4(instance: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = _exchange(instance, "serve", "--bind", f"127.0.0.1:{taken.getsockname()[1]}")
    assert done.exit_code == 4
    assert "choose another port" in done.stderr


def test_routes_json_lists_every_route_with_its_permission(instance: Path) -> None:
    done = _exchange(instance, "routes", "--json")
    routes = json.loads(done.stdout)
    assert {"rule": "/", "endpoint": "home.index", "methods": ["GET"], "permission": "public"} in (
        routes
    )
    assert all(route["permission"] for route in routes)


def _answers(bind: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{bind}/healthz", timeout=PATIENCE_S) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def _wait_for(is_true: Callable[[], bool], alive: subprocess.Popen[bytes] | None = None) -> None:
    def is_true_at_last() -> bool:
        assert alive is None or alive.poll() is None, "the site has ended"
        return is_true()

    wait_until(is_true_at_last)


def _children(pid: int) -> list[int]:
    """Return the living descendants of a process."""
    found, parents = [], {pid}
    while parents:
        parents = {one for one in _all_pids() if _parent(one) in parents}
        found += [one for one in parents if _is_alive(one)]
    return sorted(found)


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _parent(pid: int) -> int | None:
    stat = _stat(pid)
    return int(stat[1]) if stat else None


def _is_alive(pid: int) -> bool:
    stat = _stat(pid)
    return bool(stat) and stat[0] != "Z"
