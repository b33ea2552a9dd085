"""Cycles and programmes: made within their limits, seen by their own staff only."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from exchange.domain.cycle import ApplicationState
from exchange.domain.roles import Permission, Role
from exchange.domain.rules import Rules
from exchange.errors import Conflict, Forbidden, InvalidInput, NotFound
from exchange.records import Cycle
from exchange.records.session import open_session
from exchange.services import cycles, programmes
from exchange.services.actor import SYSTEM, Actor
from exchange.services.time_zones import moment_in
from tests.services.people import (
    AT,
    Office,
    approve,
    host,
    make_office,
    sign_up,
    start,
    student,
    told,
)
from tests.services.together import at_once


def _create(session: Session, office: Office, **values: Any) -> Cycle:
    return cycles.create_cycle(
        session,
        office.actor,
        **{
            "programme_id": office.programme.id,
            "name": "Winter",
            "time_zone": "Asia/Kathmandu",
            "opens_at": AT,
            "closes_at": AT + timedelta(days=9),
            "stay_from_on": date(2027, 12, 1),
            "stay_to_on": date(2027, 12, 20),
            "at": AT,
            **values,
        },
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"closes_at": AT}, "closes_at"),
        ({"stay_to_on": date(2027, 11, 1)}, "stay_to_on"),
        ({"time_zone": "Middle/Earth"}, "time_zone"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"guardians_needed": 0}, "guardians_needed"),
        ({"guardians_needed": 3}, "guardians_needed"),
        ({"adult_age": 17}, "adult_age"),
        ({"adult_age": 22}, "adult_age"),
    ],
)
def test_cycle_that_cannot_be_is_refused_by_field(
    session: Session, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput, match=".") as refused:
        _create(session, make_office(session), **values)
    assert set(refused.value.faults) == {field}
    assert "cycle:create" == told(session)[1]
    assert told(session).count("cycle:create") == 1


def test_cycles_of_another_programme_are_not_found(session: Session) -> None:
    mine, theirs = make_office(session), make_office(session, "Strangers")
    assert cycles.get_cycle(session, mine.actor, mine.cycle.public_id) == mine.cycle
    assert cycles.list_cycles(session, mine.actor) == [mine.cycle]
    assert programmes.list_programmes(session, mine.actor) == [mine.programme]
    acts: list[Callable[[], object]] = [
        lambda: cycles.get_cycle(session, mine.actor, theirs.cycle.public_id),
        lambda: cycles.get_cycle(session, mine.actor, "0" * 32),
        lambda: cycles.close_cycle(session, mine.actor, theirs.cycle, AT),
        lambda: cycles.open_cycle(session, mine.actor, theirs.cycle, AT),
        lambda: cycles.set_rules(session, mine.actor, theirs.cycle, Rules(), AT),
        lambda: programmes.get_programme(session, mine.actor, theirs.programme.public_id),
        lambda: _create(session, replace(mine, programme=theirs.programme)),
    ]
    for act in acts:
        with pytest.raises(NotFound, match="nothing at this address"):
            act()
    assert {cycle.id for cycle in cycles.list_cycles(session, SYSTEM)} == {
        mine.cycle.id,
        theirs.cycle.id,
    }


def test_role_without_the_function_is_forbidden(session: Session) -> None:
    office = make_office(session)
    auditor = Actor(account_id=1, roles={office.programme.id: frozenset({Role.AUDITOR})})
    assert cycles.get_cycle(session, auditor, office.cycle.public_id) == office.cycle
    with pytest.raises(Forbidden, match="role does not include"):
        cycles.close_cycle(session, auditor, office.cycle, AT)
    with pytest.raises(Forbidden, match="role does not include"):
        cycles.get_cycle(session, auditor, office.cycle.public_id, Permission.EXPORT)


def test_cycle_is_open_from_its_first_moment_to_just_before_its_last(session: Session) -> None:
    cycle = make_office(session).cycle
    second = timedelta(seconds=1)
    moments = [cycle.opens_at - second, cycle.opens_at, cycle.closes_at - second, cycle.closes_at]
    assert [cycles.open_cycles(session, at) for at in moments] == [[], [cycle], [cycle], []]


def test_cycle_closed_now_can_be_closed_again_without_an_event(session: Session) -> None:
    office = make_office(session)
    for _ in range(2):
        cycles.close_cycle(session, office.actor, office.cycle, AT)
    assert office.cycle.closes_at == AT
    assert told(session).count("cycle:close") == 1
    with pytest.raises(Conflict, match="closed in the past"):
        cycles.open_cycle(session, office.actor, office.cycle, AT)


def test_cycle_opened_before_its_time_opens_now(session: Session) -> None:
    office = make_office(session)
    winter = _create(session, office, opens_at=AT + timedelta(days=1))
    cycles.open_cycle(session, office.actor, winter, AT)
    assert winter.opens_at == AT
    assert winter.version == 2


def test_rules_of_a_cycle_are_set_by_many_at_once_once(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        session.commit()

    floors = (number / 100 for number in count(1))

    def set_rules(session: Session) -> int:
        seen = office.cycle.model_copy()
        found = session.exec(select(Cycle)).one()
        assert found.version >= seen.version
        cycles.set_rules(session, office.actor, found, Rules(min_quality=next(floors)), AT)
        return found.version

    results = at_once(engine, set_rules)
    won = [one for one in results if isinstance(one, int)]
    assert sorted(won) == list(range(2, 2 + len(won)))
    with open_session(engine) as session:
        assert session.exec(select(Cycle)).one().version == 1 + len(won)
        assert told(session).count("cycle:set_rules") == len(won)


def test_counts_of_a_cycle_are_by_kind_and_state(session: Session) -> None:
    office = make_office(session)
    for number in range(3):
        sign_up(session, office, student(number))
    approve(session, office, sign_up(session, office, host(0, capacity=2)))
    sign_up(session, office, host(1, capacity=4))
    start(session, office)
    counts = cycles.cycle_counts(session, office.cycle.id)
    assert counts.students == {ApplicationState.SUBMITTED: 3}
    assert counts.hosts == {ApplicationState.APPROVED: 1, ApplicationState.SUBMITTED: 1}
    assert (counts.places, counts.runs) == (2, 1)


def test_programme_is_made_by_administrators_only(session: Session) -> None:
    office = make_office(session)
    with pytest.raises(Forbidden, match="administrator"):
        programmes.create_programme(
            session,
            office.actor,
            name="Mine",
            contact_email="a@example.org",
            time_zone="UTC",
            at=AT,
        )


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        ("Europe/Vienna", datetime(2027, 7, 1, 12), datetime(2027, 7, 1, 10, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2027, 7, 1, 12), datetime(2027, 7, 1, 6, 15, tzinfo=UTC)),
    ],
)
def test_local_time_means_the_zones_own(zone: str, wall: datetime, expected: datetime) -> None:
    assert moment_in(zone, wall) == expected
