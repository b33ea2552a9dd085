"""The group of commands: found by name, listed without loading, refusing in one line."""

import json

import click
import pytest
from click.testing import CliRunner

from exchange import __version__
from exchange.cli import root as cli
from exchange.errors import Conflict, InvalidInput


@click.command()
@click.option("--json", "as_json", is_flag=True)
def refused(as_json: bool) -> None:
    raise Conflict("A run is under way; wait for it.", run_id="ab12")


@click.command()
@click.option("--json", "as_json", is_flag=True)
def faulty(as_json: bool) -> None:
    raise InvalidInput("Nothing was saved.", {"name": ["Enter a name."]})


@click.command()
def broken() -> None:
    raise KeyError("a fault of our own")


@click.command()
def full() -> None:
    raise OSError(28, "No space left on device", "exports/placements.csv")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for command in (refused, faulty, broken, full):
        place = f"{__name__}:{command.name}"
        monkeypatch.setitem(cli.COMMANDS, command.name or "", (place, "Tries."))
    return CliRunner()


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_command_of_every_row_is_there(name: str) -> None:
    found = cli.root.get_command(click.Context(cli.root), name)
    assert isinstance(found, click.Command)


def test_help_names_every_command(run: CliRunner) -> None:
    done = run.invoke(cli.root, ["--help"])
    assert done.exit_code == 0
    assert all(f"  {name} " in done.output for name in cli.COMMANDS)


def test_version_is_that_of_the_package(run: CliRunner) -> None:
    assert run.invoke(cli.root, ["--version"]).output == f"exchange, version {__version__}\n"


def test_unknown_command_is_a_usage_fault(run: CliRunner) -> None:
    done = run.invoke(cli.root, ["nothing"])
    assert done.exit_code == 2
    assert "No such command 'nothing'" in done.stderr


def test_refusal_is_one_line_and_its_exit_code(run: CliRunner) -> None:
    done = run.invoke(cli.root, ["refused"])
    assert (done.exit_code, done.stdout) == (6, "")
    assert done.stderr == "A run is under way; wait for it.\n"


def test_refusal_in_json_is_one_document(run: CliRunner) -> None:
    done = run.invoke(cli.root, ["refused", "--json"])
    assert done.exit_code == 6
    assert json.loads(done.stderr) == {
        "error": "conflict",
        "message": "A run is under way; wait for it.",
        "facts": {"run_id": "ab12"},
    }


def test_refusal_of_fields_names_each(run: CliRunner) -> None:
    assert run.invoke(cli.root, ["faulty"]).stderr == "Nothing was saved. name: Enter a name.\n"
    document = json.loads(run.invoke(cli.root, ["faulty", "--json"]).stderr)
    assert document["faults"] == {"name": ["Enter a name."]}


def test_full_disk_is_a_fault_of_storage(run: CliRunner) -> None:
    done = run.invoke(cli.root, ["full"])
    assert done.exit_code == 5
    assert done.stderr == "exports/placements.csv: No space left on device.\n"


def test_fault_of_our_own_is_not_hidden(run: CliRunner) -> None:
    done = run.invoke(cli.root, ["broken"])
    assert isinstance(done.exception, KeyError)


@pytest.mark.parametrize(
    ("variable", "value", "exit_code", "sentence"),
    [
        ("WORKER_COUNT", "many", 4, "The settings are wrong. EXCHANGE_WORKER_COUNT: "),
        ("DATABASE_URL", "nonsense", 4, "EXCHANGE_DATABASE_URL is no address of a database"),
        ("DATABASE_URL", "postgresql+psycopg://x@127.0.0.1:1/x", 5, "The database cannot be used"),
    ],
)
def test_migrate_in_wrong_surroundings_says_which(
    variable: str,
    value: str,
    exit_code: int,
    sentence: str,
    run: CliRunner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(f"EXCHANGE_{variable}", value)
    done = run.invoke(cli.root, ["migrate"])
    assert done.exit_code == exit_code
    assert done.stderr.startswith(sentence)
    assert len(done.stderr.splitlines()) == 1
