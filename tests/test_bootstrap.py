"""From a bare checkout: what is looked for, what is made, what is said when it cannot be."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from exchange import bootstrap

LOCK = "click==8.3.1 \\\n    --hash=sha256:aa\nuv==0.9.0 \\\n    --hash=sha256:bb\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a lock and the three files that run before anything is installed."""
    package = tmp_path / "exchange"
    package.mkdir()
    for name in ("__init__.py", "__main__.py", "bootstrap.py"):
        shutil.copy(bootstrap.CHECKOUT / "exchange" / name, package / name)
    (tmp_path / "requirements.lock").write_text(LOCK, encoding="utf-8")
    return tmp_path


def fake_environment(checkout: Path, *, lock_hash: str, extras: list[str]) -> None:
    """Make a `.venv` whose interpreter prints what it is asked to do."""
    programs = checkout / ".venv" / "bin"
    programs.mkdir(parents=True)
    python = programs / "python"
    python.write_text('#!/bin/sh\necho "started again: $*"\n', encoding="utf-8")
    python.chmod(0o755)
    stamp = {"lock": lock_hash, "extras": extras}
    (checkout / ".venv" / "exchange.json").write_text(json.dumps(stamp), encoding="utf-8")


def run_bare(checkout: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run in an interpreter that sees no installed package."""
    # -S leaves site-packages out; -E what the environment adds.
    command = [sys.executable, "-S", "-E", "-m", "exchange", *arguments]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)


@pytest.mark.skipif(os.name != "posix", reason="the stand-in interpreter is a shell script")
def test_bare_checkout_with_fresh_environment_starts_again_inside(checkout: Path) -> None:
    lock_hash = bootstrap.hashlib.sha256(LOCK.encode()).hexdigest()
    fake_environment(checkout, lock_hash=lock_hash, extras=["xlsx"])
    done = run_bare(checkout, "match", "a b.csv", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "started again: -m exchange match a b.csv --json\n"


def test_bare_package_without_lock_names_what_is_missing(checkout: Path) -> None:
    (checkout / "requirements.lock").unlink()
    done = run_bare(checkout, "demo")
    assert done.returncode == 4
    assert done.stdout == ""
    assert done.stderr.startswith("Missing: ")
    assert "sqlmodel" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_bare_checkout_where_a_file_stands_in_the_way_says_so(checkout: Path) -> None:
    (checkout / ".venv").write_text("", encoding="utf-8")
    done = run_bare(checkout, "demo")
    assert done.returncode == 4
    assert done.stderr == f"Cannot write {checkout / '.venv'}: File exists.\n"


def test_entry_is_readable_by_an_interpreter_that_is_too_old() -> None:
    source = (bootstrap.CHECKOUT / "exchange" / "__main__.py").read_text(encoding="utf-8")
    ast.parse(source.replace(" -> None", ""), feature_version=(3, 4))


def test_prepare_with_everything_here_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "STAMP", Path(os.devnull))
    bootstrap.prepare(["test", "--strict"])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["demo", "--no-serve"], {"xlsx"}),
        (["--version"], {"xlsx"}),
        (["test", "tests/matching"], {"dev"}),
        ([], {"xlsx"}),
    ],
)
def test_wanted_extras_follow_the_command(
    arguments: list[str], expected: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EXCHANGE_DATABASE_URL", raising=False)
    monkeypatch.delenv("EXCHANGE_QUEUE_URL", raising=False)
    assert bootstrap.wanted_extras(arguments) == expected


def test_wanted_extras_with_a_postgresql_address_include_its_driver(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EXCHANGE_DATABASE_URL", "postgresql+psycopg://nobody@localhost/exchange")
    assert bootstrap.wanted_extras(["demo"]) == {"xlsx", "postgres"}


@pytest.mark.parametrize(
    ("stamp", "extras", "expected"),
    [
        ({"lock": "same", "extras": ["xlsx"]}, {"xlsx"}, True),
        ({"lock": "same", "extras": ["dev"]}, {"xlsx", "postgres"}, True),
        ({"lock": "same", "extras": ["xlsx"]}, {"dev"}, False),
        ({"lock": "older", "extras": ["dev"]}, {"xlsx"}, False),
        ({"lock": "same", "extras": None}, {"xlsx"}, False),
        ([], {"xlsx"}, False),
    ],
)
def test_environment_is_fresh_only_for_the_same_lock_and_enough_extras(
    stamp: object,
    extras: set[str],
    expected: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "stamp.json"
    path.write_text(json.dumps(stamp), encoding="utf-8")
    monkeypatch.setattr(bootstrap, "STAMP", path)
    monkeypatch.setattr(bootstrap, "lock_hash", lambda: "same")
    assert bootstrap.is_fresh(extras) is expected


def test_lock_pins_every_package_with_hashes_and_names_no_address() -> None:
    text = bootstrap.LOCK.read_text(encoding="utf-8")
    assert "://" not in text
    pins = [line for line in text.splitlines() if line[:1].isalnum()]
    assert len(pins) > 50
    assert all("==" in pin and pin.endswith("\\") for pin in pins)
    assert any(pin.startswith("uv==") for pin in pins)
