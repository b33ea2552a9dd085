"""A cycle made after the pattern of another: its rules, questions and files, a year later.

Nothing about a person goes along: no application, no pin, no forbid, no list for one host.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from exchange.domain.next_year import a_year_later, next_name
from exchange.domain.recipients import Recipient, Schedule
from exchange.domain.roles import Permission
from exchange.domain.rule_packs import PackName
from exchange.domain.rules import Rules
from exchange.records import Cycle, ExportDefinition, Question
from exchange.services import audit, cycles
from exchange.services.actor import Actor
from exchange.services.asked_questions import list_questions
from exchange.services.authority import require
from exchange.services.rule_versions import rules_of

_QUESTION = frozenset(Question.model_fields) - {"id", "public_id", "created_at", "cycle_id"}
_FILE = ("name", "kind", "recipient", "party", "granted", "reason", "form")


@dataclass(frozen=True, slots=True, kw_only=True)
class CyclePlan:
    """What a new cycle is to be; names are those of the form.

    Attributes
    ----------
    opens_at, closes_at : datetime
        Naive: what the clocks of the zone show.
    """

    name: str
    time_zone: str
    opens_at: datetime
    closes_at: datetime
    stay_from_on: date
    stay_to_on: date
    guardians_needed: int
    adult_age: int
    rule_pack: PackName


@dataclass(frozen=True, slots=True)
class Pattern:
    """What goes along from a cycle."""

    rules: Rules
    questions: tuple[Question, ...]
    files: tuple[ExportDefinition, ...]


def plan_next(session: Session, actor: Actor, cycle: Cycle) -> CyclePlan:
    """Propose what the cycle of the next year is: everything the same, a year later."""
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    zone = ZoneInfo(cycle.time_zone)
    opens, closes = (
        one.astimezone(zone).replace(tzinfo=None, fold=0)
        for one in (cycle.opens_at, cycle.closes_at)
    )
    stay_from_on = a_year_later(cycle.stay_from_on)
    return CyclePlan(
        name=next_name(cycle.name, stay_from_on.year),
        time_zone=cycle.time_zone,
        opens_at=a_year_later(opens),
        closes_at=a_year_later(closes),
        stay_from_on=stay_from_on,
        stay_to_on=a_year_later(cycle.stay_to_on),
        guardians_needed=cycle.guardians_needed,
        adult_age=cycle.adult_age,
        rule_pack=cycle.rule_pack,
    )


def pattern_of(session: Session, actor: Actor, cycle: Cycle) -> Pattern:
    """Return what a copy of a cycle takes along."""
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    everything = list_questions(session, cycle.id)
    asked = {one.id for one in everything if one.retired_at is None}
    # What is not asked any more goes along where something that is asked builds on it.
    needed = asked | {
        other
        for one in everything
        if one.id in asked
        for other in (one.depends_on_id, one.counterpart_id)
    }
    files = session.exec(
        select(ExportDefinition)
        .where(
            ExportDefinition.cycle_id == cycle.id,
            # A host's list is named by an application of that cycle.
            ExportDefinition.recipient != Recipient.HOST,
        )
        .order_by(col(ExportDefinition.id))
    )
    return Pattern(
        impersonal(rules_of(cycle.rules)),
        tuple(one for one in everything if one.id in needed),
        tuple(files),
    )


def impersonal(rules: Rules) -> Rules:
    """Return rules without what names the people of one cycle."""
    return replace(
        rules,
        pins=(),
        forbids=(),
        previous=(),
        hold_back=(),
        max_changes=None,
        standing_balance={},
    )


def copy_cycle(
    session: Session,
    actor: Actor,
    source: Cycle,
    *,
    name: str,
    time_zone: str,
    opens_at: datetime,
    closes_at: datetime,
    stay_from_on: date,
    stay_to_on: date,
    guardians_needed: int,
    adult_age: int,
    rule_pack: PackName,
    at: datetime,
) -> Cycle:
    """Make a cycle of the same programme with the rules, questions and files of another.

    Files that were written by a schedule are not: each is scheduled again by whom it concerns.
    Whoever copies them is the account they are written for.

    Raises
    ------
    InvalidInput
        As `cycles.create_cycle`.
    """
    pattern = pattern_of(session, actor, source)
    made = cycles.create_cycle(
        session,
        actor,
        programme_id=source.programme_id,
        name=name,
        time_zone=time_zone,
        opens_at=opens_at,
        closes_at=closes_at,
        stay_from_on=stay_from_on,
        stay_to_on=stay_to_on,
        rules=pattern.rules,
        guardians_needed=guardians_needed,
        adult_age=adult_age,
        rule_pack=rule_pack,
        at=at,
    )
    _copy_questions(session, pattern, made, at)
    for one in pattern.files:
        session.add(
            ExportDefinition(
                **{field: getattr(one, field) for field in _FILE},
                cycle_id=made.id,
                account_id=actor.account_id or one.account_id,
                schedule=Schedule.NEVER,
                created_at=at,
            )
        )
    session.flush()
    audit.record(
        session,
        actor,
        "cycle:copy",
        subject_kind="cycle",
        subject_id=made.public_id,
        programme_id=made.programme_id,
        facts={
            "from": source.public_id,
            "questions": len(pattern.questions),
            "files": len(pattern.files),
        },
        at=at,
    )
    return made


def _copy_questions(session: Session, pattern: Pattern, made: Cycle, at: datetime) -> None:
    """Copy what is asked, in order: what a question builds on has its new row before it does."""
    rows: dict[int | None, int | None] = {None: None}
    waiting = list(pattern.questions)
    while waiting:
        ready = [one for one in waiting if one.depends_on_id in rows and one.counterpart_id in rows]
        assert ready
        for one in ready:
            values = {field: getattr(one, field) for field in _QUESTION}
            copy = Question(
                **values
                | {
                    "cycle_id": made.id,
                    "depends_on_id": rows[one.depends_on_id],
                    "counterpart_id": rows[one.counterpart_id],
                    "version": 1,
                    "created_at": at,
                }
            )
            session.add(copy)
            session.flush()
            rows[one.id] = copy.id
        waiting = [one for one in waiting if one.id not in rows]
