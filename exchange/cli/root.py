"""`exchange`: finds a command by its name, and ends with the exit code of its refusal.

A command's module is imported when the command is called, so that `exchange match` loads no web
framework and `exchange serve` no solver. No command is defined here.
"""

import importlib
import sys
from collections.abc import Sequence
from typing import Any

import click

from exchange import __version__
from exchange.cli.refusals import as_refusal, report

# A new command adds its row here: name -> (where it is, one line for `exchange --help`).
COMMANDS = {
    "demo": ("exchange.cli.demo:demo", "From nothing to a finished match and a running site."),
    "match": ("exchange.cli.match:match", "Match two files, without a database."),
    "init": ("exchange.cli.init:init", "Make the database."),
    "migrate": ("exchange.cli.init:migrate_database", "Upgrade the database."),
    "serve": ("exchange.cli.serve:serve", "Serve the site."),
    "worker": ("exchange.cli.worker:worker", "Take match runs and mails from the queue."),
    "programme": ("exchange.cli.programme:programme", "Create and list programmes."),
    "cycle": ("exchange.cli.cycle:cycle", "Create, open and close cycles."),
    "user": ("exchange.cli.user:user", "Create accounts."),
    "import": ("exchange.cli.import_:import_", "Import students or hosts from a file."),
    "run": ("exchange.cli.run:run", "Start, follow and publish match runs."),
    "export": ("exchange.cli.export:export", "Write the files of a cycle."),
    "backup": ("exchange.cli.backup:backup", "Copy the embedded database while it is in use."),
    "routes": ("exchange.cli.routes:routes", "List the routes and their permissions."),
    "test": ("exchange.cli.test:test", "Run the suite with everything it needs."),
}
HIDDEN = {"web-process": "exchange.cli.serve:web_process"}
"""Commands that only other commands start."""


class LazyGroup(click.Group):
    """A group that imports a command when it is asked for, and reports refusals in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of that name; None when there is none."""
        place = HIDDEN.get(cmd_name) or COMMANDS.get(cmd_name, ("", ""))[0]
        if not place:
            return None
        module, _, attribute = place.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{place} is no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def main(self, args: Sequence[str] | None = None, *rest: Any, **options: Any) -> Any:
        """Run; a refusal becomes one line on standard error and its exit code."""
        arguments = list(sys.argv[1:] if args is None else args)
        try:
            return super().main(arguments, *rest, **options)
        except Exception as error:
            refusal = as_refusal(error)
            if refusal is None:
                raise
            report(refusal, as_json="--json" in arguments)
            sys.exit(refusal.exit_code)


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="exchange")
def root() -> None:
    """Sign up students and hosts, match them across nations, hand over the result."""
