"""`exchange cycle rules`: the rules of a cycle as a file, out and in."""

from pathlib import Path

import click

from exchange.cli.acting import acting, as_option
from exchange.cli.files_in import read_file
from exchange.cli.output import json_option, show
from exchange.errors import RulesError
from exchange.exports.rules_toml import rules_toml
from exchange.intake.rules import read_rules
from exchange.services import cycles, rule_people, rule_versions
from exchange.services.rule_versions import rules_of
from exchange.translations import Sentence


@click.command()
@click.argument("cycle_id", metavar="CYCLE")
@click.option(
    "--take",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Make the rules of this file the next version.",
)
@click.option("--reason", default="", help="Why; it stays with the version.")
@as_option
@json_option
def rules(cycle_id: str, file: Path | None, reason: str, email: str | None, as_json: bool) -> None:
    """Print the rules of a cycle as RULES.toml, or take others from such a file."""
    with acting(email) as desk:
        cycle = cycles.get_cycle(desk.session, desk.actor, cycle_id)
        if file is None:
            click.echo(rules_toml(rules_of(cycle.rules)), nl=False)
            return
        if not reason.strip():
            raise click.UsageError("Say why the rules change: --reason TEXT.")
        given = read_rules(read_file(file, max_mb=1), name=file.name)
        found, unknown = rule_people.resolve_rules(desk.session, cycle, given)
        if unknown:
            raise RulesError(
                Sentence(
                    "%(count)d ids in the file are nobody's in this cycle; check them.",
                    count=len(unknown),
                ),
                ids=unknown,
            )
        cycles.set_rules(desk.session, desk.actor, cycle, found, desk.at, reason=reason)
        number = rule_versions.current_number(desk.session, cycle.id)
        desk.session.commit()
        show({"cycle": cycle.public_id, "version": number}, as_json=as_json)
