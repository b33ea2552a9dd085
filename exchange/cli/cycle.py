"""`exchange cycle`: one run of a programme, from sign-up to travel."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from exchange.cli.acting import Desk, acting, as_option
from exchange.cli.cycle_rules import rules
from exchange.cli.output import json_option, show, show_table
from exchange.domain.cycle import is_open
from exchange.domain.rule_packs import PackName
from exchange.errors import InvalidInput
from exchange.records.cycle import Cycle
from exchange.services import cycle_copies, cycles, programmes
from exchange.services.time_zones import moment_in, moment_written


@click.group()
def cycle() -> None:
    """Create, copy, open, close and list cycles, and choose their rules."""


@cycle.command(name="create")
@click.option("--programme", required=True, help="Id of the programme.")
@click.option("--name", required=True)
@click.option("--time-zone", default=None, help="[default: the programme's]")
@click.option("--opens-at", required=True, help="Such as 2027-01-10T09:00, in the cycle's zone.")
@click.option("--closes-at", required=True, help="The same; sign-up ends just before.")
@click.option("--stay-from", required=True, help="First day of the stay, such as 2027-07-01.")
@click.option("--stay-to", required=True, help="Last day of the stay.")
@click.option("--guardians", type=int, default=1, help="Guardians of a minor who agree: 1 or 2.")
@click.option("--adult-age", type=int, default=18, help="Age of majority, 18 to 21.")
@click.option(
    "--rule-pack",
    type=click.Choice([pack.value for pack in PackName]),
    default=PackName.PLAIN.value,
    show_default=True,
    help="What hosts and students have to fulfil before anybody is matched.",
)
@as_option
@json_option
def create(programme: str, name: str, email: str | None, as_json: bool, **given: Any) -> None:
    """Create a cycle."""
    with acting(email) as desk:
        owner = programmes.get_programme(desk.session, desk.actor, programme)
        time_zone = given["time_zone"] or owner.time_zone
        made = cycles.create_cycle(
            desk.session,
            desk.actor,
            programme_id=owner.id,
            name=name,
            time_zone=time_zone,
            opens_at=_moment("opens_at", given["opens_at"], time_zone),
            closes_at=_moment("closes_at", given["closes_at"], time_zone),
            stay_from_on=_day("stay_from_on", given["stay_from"]),
            stay_to_on=_day("stay_to_on", given["stay_to"]),
            guardians_needed=given["guardians"],
            adult_age=given["adult_age"],
            rule_pack=PackName(given["rule_pack"]),
            at=desk.at,
        )
        desk.session.commit()
        show(_facts(made, desk), as_json=as_json)


@cycle.command(name="copy")
@click.argument("cycle_id", metavar="CYCLE")
@click.option("--name", default=None, help="[default: the same, a year later]")
@click.option("--opens-at", default=None, help="Such as 2027-01-10T09:00. [default: a year later]")
@click.option("--closes-at", default=None, help="The same.")
@click.option("--stay-from", default=None, help="Such as 2027-07-01. [default: a year later]")
@click.option("--stay-to", default=None, help="The same.")
@as_option
@json_option
def copy(cycle_id: str, email: str | None, as_json: bool, **given: str | None) -> None:
    """Make next year's cycle: rules, questions and files go along, nothing about a person does."""
    with acting(email) as desk:
        source = cycles.get_cycle(desk.session, desk.actor, cycle_id)
        plan = cycle_copies.plan_next(desk.session, desk.actor, source)
        opens_at, closes_at = (
            _moment(name, text, plan.time_zone) if text else moment_in(plan.time_zone, planned)
            for name, text, planned in (
                ("opens_at", given["opens_at"], plan.opens_at),
                ("closes_at", given["closes_at"], plan.closes_at),
            )
        )
        stay_from, stay_to = given["stay_from"], given["stay_to"]
        made = cycle_copies.copy_cycle(
            desk.session,
            desk.actor,
            source,
            name=given["name"] or plan.name,
            time_zone=plan.time_zone,
            opens_at=opens_at,
            closes_at=closes_at,
            stay_from_on=_day("stay_from_on", stay_from) if stay_from else plan.stay_from_on,
            stay_to_on=_day("stay_to_on", stay_to) if stay_to else plan.stay_to_on,
            guardians_needed=plan.guardians_needed,
            adult_age=plan.adult_age,
            rule_pack=plan.rule_pack,
            at=desk.at,
        )
        desk.session.commit()
        show(_facts(made, desk), as_json=as_json)


@cycle.command(name="open")
@click.argument("cycle_id", metavar="CYCLE")
@as_option
@json_option
def open_(cycle_id: str, email: str | None, as_json: bool) -> None:
    """Open sign-up now."""
    with acting(email) as desk:
        found = cycles.get_cycle(desk.session, desk.actor, cycle_id)
        cycles.open_cycle(desk.session, desk.actor, found, at=desk.at)
        desk.session.commit()
        show(_facts(found, desk), as_json=as_json)


@cycle.command(name="close")
@click.argument("cycle_id", metavar="CYCLE")
@as_option
@json_option
def close(cycle_id: str, email: str | None, as_json: bool) -> None:
    """Close sign-up now."""
    with acting(email) as desk:
        found = cycles.get_cycle(desk.session, desk.actor, cycle_id)
        cycles.close_cycle(desk.session, desk.actor, found, at=desk.at)
        desk.session.commit()
        show(_facts(found, desk), as_json=as_json)


@cycle.command(name="rule-pack")
@click.argument("cycle_id", metavar="CYCLE")
@click.argument("rule_pack", metavar="PACK", type=click.Choice([pack.value for pack in PackName]))
@as_option
@json_option
def rule_pack(cycle_id: str, rule_pack: str, email: str | None, as_json: bool) -> None:
    """Give a cycle another rule pack; it counts from the next snapshot and publication on."""
    with acting(email) as desk:
        found = cycles.get_cycle(desk.session, desk.actor, cycle_id)
        cycles.set_rule_pack(desk.session, desk.actor, found, PackName(rule_pack), at=desk.at)
        desk.session.commit()
        show(_facts(found, desk), as_json=as_json)


@cycle.command(name="list")
@as_option
@json_option
def list_all(email: str | None, as_json: bool) -> None:
    """List cycles."""
    with acting(email) as desk:
        rows = [_facts(one, desk) for one in cycles.list_cycles(desk.session, desk.actor)]
    show_table(rows, list(rows[0]) if rows else [], as_json=as_json, nothing="No cycle yet.")


cycle.add_command(rules)


def _moment(field: str, text: str, time_zone: str) -> datetime:
    """Read a moment; one without an offset is what the clocks of the zone show."""
    try:
        return moment_written(time_zone, text)
    except ValueError as error:
        raise _fault(field, "Give a day and a time such as 2027-01-10T09:00.") from error


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _fault(field, "Give a day such as 2027-07-01.") from error


def _fault(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, {field: [sentence]}, field=field)


def _facts(one: Cycle, desk: Desk) -> dict[str, Any]:
    zone = ZoneInfo(one.time_zone)
    return {
        "cycle": one.public_id,
        "name": one.name,
        "sign_up": "open" if is_open(one.opens_at, one.closes_at, desk.at) else "closed",
        "opens_at": one.opens_at.astimezone(zone),
        "closes_at": one.closes_at.astimezone(zone),
        "stay_from_on": one.stay_from_on,
        "stay_to_on": one.stay_to_on,
        "rule_pack": one.rule_pack.value,
    }
