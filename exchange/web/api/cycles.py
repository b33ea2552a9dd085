"""The programme of the token, its cycles, and the rules that these have had."""

from typing import Any

from flask import g

from exchange.domain.api_scopes import Scope
from exchange.domain.cycle import is_open
from exchange.domain.roles import Permission
from exchange.errors import NotFound
from exchange.records import Cycle, Programme, RuleVersion
from exchange.services import cycles, rule_versions, slices
from exchange.services.cycles import CycleCounts
from exchange.web.api import models
from exchange.web.api.lists import listed, part_of_list
from exchange.web.api.operations import operation

TAG = "Programme and cycles"


@operation(
    "GET",
    "/programmes",
    tag=TAG,
    scope=None,
    answer=models.Listed[models.Programme],
    query=models.PageQuery,
    is_list=True,
)
def list_programmes(query: models.PageQuery) -> models.Listed[models.Programme]:
    """List the programmes of the token.

    A token belongs to one programme, so there is one. Any token may ask.
    """
    del query
    return listed([_programme(_own())], None)


@operation(
    "GET",
    "/programmes/<id:programme_id>",
    tag=TAG,
    scope=None,
    answer=models.Programme,
    problems=(404,),
)
def show_programme(programme_id: str) -> models.Programme:
    """Show the programme of the token."""
    return _programme(_own(programme_id))


@operation(
    "GET",
    "/cycles",
    tag=TAG,
    scope=Scope.CYCLES_READ,
    answer=models.Listed[models.Cycle],
    query=models.PageQuery,
    is_list=True,
)
def list_cycles(query: models.PageQuery) -> models.Listed[models.Cycle]:
    """List the cycles of the programme, in the order in which they were made."""
    programme = _own()
    return part_of_list(
        query,
        find=lambda after, most: slices.cycles_after(
            g.db, g.actor, programme.id or 0, after=after, most=most
        ),
        tell=lambda cycle: models.Cycle(**_facts(cycle, programme)),
        place_of=lambda cycle: cycle.id or 0,
    )


@operation(
    "GET",
    "/cycles/<id:cycle_id>",
    tag=TAG,
    scope=Scope.CYCLES_READ,
    answer=models.CycleDetails,
    problems=(404,),
)
def show_cycle(cycle_id: str) -> models.CycleDetails:
    """Show a cycle, with how many applications, places and runs it has."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id)
    counts = cycles.cycle_counts(g.db, cycle.id or 0)
    return models.CycleDetails(**_facts(cycle, _own()), counts=_counts(counts))


@operation(
    "GET",
    "/cycles/<id:cycle_id>/rules",
    tag=TAG,
    scope=Scope.RULES_READ,
    answer=models.Listed[models.RulesVersion],
    query=models.PageQuery,
    problems=(404,),
    is_list=True,
)
def list_rules(cycle_id: str, query: models.PageQuery) -> models.Listed[models.RulesVersion]:
    """List the versions of a cycle's rules; the last is in force."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.SEE_RUNS)
    return part_of_list(
        query,
        find=lambda after, most: slices.versions_after(
            g.db, g.actor, cycle, after=after, most=most
        ),
        tell=_version,
        place_of=lambda version: version.number,
    )


@operation(
    "GET",
    "/cycles/<id:cycle_id>/rules/<int:number>",
    tag=TAG,
    scope=Scope.RULES_READ,
    answer=models.RulesVersion,
    problems=(404,),
)
def show_rules(cycle_id: str, number: int) -> models.RulesVersion:
    """Show one version of a cycle's rules."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.SEE_RUNS)
    # Larger than any database counts: nothing has that number.
    return _version(rule_versions.get_version(g.db, g.actor, cycle, min(number, 2**31 - 1)))


def _own(public_id: str | None = None) -> Programme:
    """The programme of the token; any other is absent."""
    found: Programme = g.db.get_one(Programme, g.bearer.token.programme_id)
    if public_id not in (None, found.public_id):
        raise NotFound("There is nothing at this address.")
    return found


def _programme(programme: Programme) -> models.Programme:
    return models.Programme(
        id=programme.public_id,
        name=programme.name,
        time_zone=programme.time_zone,
        contact_email=programme.contact_email,
    )


def _facts(cycle: Cycle, programme: Programme) -> dict[str, Any]:
    names = (
        "name",
        "time_zone",
        "opens_at",
        "closes_at",
        "stay_from_on",
        "stay_to_on",
        "rule_pack",
    )
    return {
        "id": cycle.public_id,
        "programme_id": programme.public_id,
        **{name: getattr(cycle, name) for name in names},
        "is_open": is_open(cycle.opens_at, cycle.closes_at, g.now),
    }


def _counts(counts: CycleCounts) -> models.Counts:
    return models.Counts(
        students={state.value: count for state, count in counts.students.items()},
        hosts={state.value: count for state, count in counts.hosts.items()},
        places=counts.places,
        runs=counts.runs,
    )


def _version(version: RuleVersion) -> models.RulesVersion:
    return models.RulesVersion(
        number=version.number,
        rule_pack=version.rule_pack,
        created_at=version.created_at,
        reason=version.reason,
        rules=version.rules,
    )
