"""The ledger counts what came about, and a run takes the balance of earlier cycles with it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from exchange.domain.placement import PlacementState
from exchange.domain.rules import Rules
from exchange.errors import NotFound
from exchange.records import Placement
from exchange.services import cycles, reciprocity
from exchange.services.rule_versions import rules_of
from tests.services.people import AT, Office, enrol, finish, make_office, start
from tests.services.test_cycle_copies import copy


@pytest.fixture
def office(session: Session) -> Office:
    """An office whose match of last year was confirmed."""
    made = make_office(session)
    ids = enrol(session, made)
    finish(session, start(session, made), ids)
    _confirm(session)
    return made


def _confirm(session: Session) -> list[Placement]:
    found = list(session.exec(select(Placement)))
    for one in found:
        one.state = PlacementState.CONFIRMED
        session.add(one)
    session.flush()
    assert found
    return found


def _next(session: Session, office: Office) -> Office:
    closes = AT + timedelta(days=500)
    made = copy(session, office, opens_at=AT - timedelta(days=1), closes_at=closes)
    return replace(office, cycle=made)


def test_ledger_counts_confirmed_placements_by_cycle(session: Session, office: Office) -> None:
    now = _next(session, office)
    both = reciprocity.cycles_of_ledger(session, office.programme.id)
    assert both == [office.cycle, now.cycle]
    lines = reciprocity.ledger(session, office.actor, office.programme, both)
    placed = list(session.exec(select(Placement)))
    assert sum(sum(one.sent.values()) + sum(one.received.values()) for one in lines) == len(placed)
    first = placed[0]
    line = next(one for one in lines if {first.student_nation, first.host_nation} == {*one.names})
    assert line.balance == (1 if line.names[0] == first.student_nation else -1) * sum(
        {one.student_nation, one.host_nation} == {*line.names} for one in placed
    )
    for state in (PlacementState.ENDED, PlacementState.MOVED, PlacementState.OFFERED):
        for one in placed:
            one.state = state
        session.flush()
        assert reciprocity.ledger(session, office.actor, office.programme, both) == []


def test_run_takes_the_balance_of_as_many_cycles_as_its_rules_say(
    session: Session, office: Office
) -> None:
    now = _next(session, office)
    without = Rules(reciprocity_tolerance=1)
    assert reciprocity.with_standing_balance(session, now.cycle, without) == without
    rules = Rules(reciprocity_tolerance=1, reciprocity_cycles=1)
    cycles.set_rules(session, now.actor, now.cycle, rules, AT)
    run = start(session, now)
    balance = rules_of(run.rules).standing_balance
    lines = reciprocity.ledger(session, now.actor, now.programme, [office.cycle])
    assert balance == {one.names: one.balance for one in lines if one.balance}
    assert balance
    assert rules_of(now.cycle.rules).standing_balance == {}


def test_another_programme_has_a_ledger_of_its_own(session: Session, office: Office) -> None:
    other = make_office(session, "Strangers")
    theirs = reciprocity.cycles_of_ledger(session, other.programme.id)
    assert reciprocity.ledger(session, other.actor, other.programme, theirs) == []
    with pytest.raises(NotFound):
        reciprocity.ledger(session, other.actor, office.programme, [office.cycle])
