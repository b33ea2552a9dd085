"""A match changed by hand: a run of its own each time, priced, reasoned, taken back."""

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from exchange.domain.cycle import ApplicationState, RunKind, RunState
from exchange.domain.hand import Edit, OverrideKind, move, release, swap
from exchange.domain.placement import PlacementState, RelocationReason
from exchange.domain.roles import Role
from exchange.domain.rules import Rules
from exchange.domain.snapshot import Snapshot as FrozenSnapshot
from exchange.errors import Conflict, ExchangeError, Forbidden, InvalidInput, NotFound
from exchange.pipeline import run_match
from exchange.records import (
    Application,
    MatchRun,
    Override,
    Placement,
    Relocation,
    UnplacedRow,
)
from exchange.records.session import open_session
from exchange.services import (
    accounts,
    attempts,
    cycles,
    hand,
    offer_desk,
    overrides,
    relocations,
    rematches,
    runs,
    screening,
)
from exchange.services.actor import SYSTEM, Actor
from tests.services.people import AT, Office, enrol, make_office, publish, start, told
from tests.services.together import at_once


@pytest.fixture
def office(session: Session) -> Office:
    made = make_office(session)
    session.commit()
    return made


def solved(session: Session, run: MatchRun) -> MatchRun:
    """Work a run off here, as a worker would."""
    claimed = attempts.claim_run(session, run.public_id, at=AT, lease_s=60)
    assert claimed is not None
    result = run_match(
        FrozenSnapshot.from_json(claimed.snapshot_body),
        claimed.rules,
        claimed.options,
        gentle=claimed.gentle,
    )
    outcome = attempts.RunOutcome(
        state=RunState.READY,
        report=result.report,
        placements=result.placements,
        unplaced=result.unplaced,
        contacts=result.contacts,
    )
    attempts.finish_run(session, run.public_id, claimed.attempt, outcome=outcome, at=AT)
    session.refresh(run)
    return run


def homes(session: Session, run: MatchRun) -> dict[str, str]:
    return {one.student_id: one.host_id for one in hand.placements_of(session, run)}


def written(session: Session, run: MatchRun) -> tuple[object, ...]:
    """Everything that a run has written down."""
    session.refresh(run)
    rows = session.exec(select(Placement).where(Placement.run_id == run.id)).all()
    without = session.exec(select(UnplacedRow).where(UnplacedRow.run_id == run.id)).all()
    kept = run.model_dump(exclude={"version"})
    return kept, [one.model_dump() for one in rows], [one.model_dump() for one in without]


def test_a_move_makes_a_run_of_its_own_and_leaves_the_other_alone(
    session: Session, office: Office
) -> None:
    ids = enrol(session, office, students=2, hosts=3)
    run = solved(session, start(session, office))
    before = written(session, run)
    taken = set(homes(session, run).values())
    free = next(one for one in ids[2:] if one not in taken)
    made = hand.change_by_hand(
        session, office.actor, run, lambda _: move(ids[0], free), reason="They asked", at=AT
    )
    assert written(session, run) == before
    assert (made.kind, made.state, made.parent_id) == (RunKind.HAND, RunState.READY, run.id)
    assert run.rule_version_id is not None
    assert made.rule_version_id == run.rule_version_id
    assert homes(session, made) == {**homes(session, run), ids[0]: free}
    assert made.report is not None
    assert made.report["M"] == 2
    assert made.report["by_hand"]["edits"] == 1
    assert not {"gap", "D_bound", "S_bound", "Q_bound"} & made.report.keys()
    (override,) = session.exec(select(Override)).all()
    assert (override.kind, override.reason, override.run_id, override.made_by_id) == (
        OverrideKind.MOVE, "They asked", made.id, office.actor.account_id,
    )  # fmt: skip
    assert told(session)[-2:] == ["override:move", "run:hand"]
    publish(session, office, made)
    assert made.state is RunState.PUBLISHED


def test_a_swap_a_release_and_undo_lead_back(session: Session, office: Office) -> None:
    ids = enrol(session, office, students=2, hosts=2)
    run = solved(session, start(session, office))
    apart = run
    if len(set(homes(session, run).values())) == 1:
        other = next(one for one in ids[2:] if one not in homes(session, run).values())
        apart = hand.change_by_hand(
            session, office.actor, run, lambda _: move(ids[0], other), reason="Apart", at=AT
        )
    swapped = hand.change_by_hand(
        session,
        office.actor,
        apart,
        lambda match: swap(ids[0], ids[1], match.host_of),
        reason="Each asked for the other",
        at=AT,
    )
    before, after = homes(session, apart), homes(session, swapped)
    assert after == {ids[0]: before[ids[1]], ids[1]: before[ids[0]]}
    out = hand.change_by_hand(
        session, office.actor, swapped, lambda _: release(ids[0]), reason="Ill", at=AT
    )
    assert homes(session, out) == {ids[1]: after[ids[1]]}
    (unplaced,) = runs.run_unplaced(session, office.actor, out)
    assert (unplaced.application.public_id, unplaced.reason) == (ids[0], hand.TAKEN_OUT)
    with pytest.raises(Conflict, match="Take that one back first"):
        hand.undo(session, office.actor, swapped, AT)
    assert hand.undo(session, office.actor, out, AT).id == swapped.id
    assert out.state is RunState.CANCELLED
    assert hand.undo(session, office.actor, swapped, AT).id == apart.id
    with pytest.raises(Conflict, match="not published yet"):
        hand.undo(session, office.actor, out, AT)
    taken_back = session.exec(select(Override).where(Override.run_id == out.id)).one()
    assert (taken_back.taken_back_at, taken_back.taken_back_by_id) == (AT, office.actor.account_id)
    with pytest.raises(Conflict, match="Only a change by hand"):
        hand.undo(session, office.actor, run, AT)


def test_a_pair_that_a_rule_blocks_is_made_by_nobody(session: Session, office: Office) -> None:
    ids = enrol(session, office, students=2, hosts=2)
    run = solved(session, start(session, office))
    other = next(one for one in ids[2:] if one != homes(session, run)[ids[0]])
    hand.decide_pair(
        session, office.actor, run, OverrideKind.FORBID,
        student=ids[0], host=other, reason="Quarrel", at=AT,
    )  # fmt: skip
    administrator = accounts.actor_of(
        session,
        accounts.create_account(
            session, SYSTEM, email="root@example.org", display_name="Root", password=None,
            is_administrator=True, at=AT,
        ).id,
    )  # fmt: skip
    for actor in (office.actor, administrator, SYSTEM):
        with pytest.raises(Conflict, match="Nobody can override") as refused:
            hand.change_by_hand(
                session, actor, run, lambda _: move(ids[0], other), reason="I insist", at=AT
            )
        assert refused.value.facts["obstacles"] == {ids[0]: ("forbidden",)}
    assert session.exec(select(MatchRun).where(MatchRun.kind == RunKind.HAND)).all() == []
    with pytest.raises(Conflict, match="Nobody can override"):
        hand.decide_pair(
            session, office.actor, run, OverrideKind.PIN,
            student=ids[0], host=other, reason="Pin", at=AT,
        )  # fmt: skip


def test_a_change_without_a_reason_or_without_effect_is_refused(
    session: Session, office: Office
) -> None:
    ids = enrol(session, office, students=1, hosts=1)
    run = solved(session, start(session, office))
    with pytest.raises(InvalidInput, match="Say why"):
        hand.change_by_hand(
            session, office.actor, run, lambda _: release(ids[0]), reason="  ", at=AT
        )
    with pytest.raises(Conflict, match="changes nothing"):
        hand.change_by_hand(
            session, office.actor, run, lambda _: move(ids[0], ids[1]), reason="x", at=AT
        )
    with pytest.raises(Conflict, match="Nobody can override") as refused:
        hand.change_by_hand(
            session, office.actor, run, lambda _: move("0" * 32, ids[1]), reason="x", at=AT
        )
    assert refused.value.facts["obstacles"] == {"0" * 32: ("unknown",)}


def test_a_broken_limit_is_said_before_it_is_broken(session: Session, office: Office) -> None:
    cycles.set_rules(session, office.actor, office.cycle, Rules(max_same_nation_per_host=1), AT)
    ids = enrol(session, office, students=3, hosts=2)
    run = solved(session, start(session, office))
    # The first and the third student are of one nation, so they live apart; the second student
    # makes room for the first.
    now = homes(session, run)
    assert now[ids[0]] != now[ids[2]]
    if now[ids[1]] == now[ids[2]]:
        run = hand.change_by_hand(
            session, office.actor, run, lambda _: release(ids[1]), reason="Ill", at=AT
        )

    def together(match: hand.Match) -> Edit:
        return move(ids[0], match.host_of[ids[2]])

    match = hand.read_match(session, office.actor, run)
    (broken,) = hand.price(match, together(match)).broken
    expected = ("max_same_nation_per_host", now[ids[2]], 2, 1)
    assert (broken.rule, broken.whom, broken.found, broken.asked) == expected
    with pytest.raises(InvalidInput, match="breaks a limit") as refused:
        hand.change_by_hand(session, office.actor, run, together, reason="Friends", at=AT)
    assert set(refused.value.faults) == {"accepts_broken"}
    made = hand.change_by_hand(
        session, office.actor, run, together, reason="Friends", at=AT, accepts_broken=True
    )
    assert made.report is not None
    assert made.report["by_hand"]["broken"] == [list(expected)]


def test_pins_and_forbids_enter_the_rules_of_later_runs_until_lifted(
    session: Session, office: Office
) -> None:
    ids = enrol(session, office, students=2, hosts=2)
    run = solved(session, start(session, office))
    pair = (ids[0], ids[3])
    pin = hand.decide_pair(
        session, office.actor, run, OverrideKind.PIN,
        student=pair[0], host=pair[1], reason="Promised", at=AT,
    )  # fmt: skip
    hand.decide_pair(
        session, office.actor, run, OverrideKind.FORBID,
        student=ids[1], host=ids[3], reason="Allergy", at=AT,
    )  # fmt: skip
    for kind, match in ((OverrideKind.PIN, "already"), (OverrideKind.FORBID, "pinned")):
        with pytest.raises(Conflict, match=match):
            hand.decide_pair(
                session, office.actor, run, kind,
                student=pair[0], host=pair[1], reason="Again", at=AT,
            )  # fmt: skip
    second = start(session, office)
    assert second.rules["pins"] == [list(pair)]
    assert second.rules["forbids"] == [[ids[1], ids[3]]]
    assert homes(session, solved(session, second)) == {ids[0]: ids[3], ids[1]: ids[2]}
    overrides.lift(session, office.actor, pin, AT)
    with pytest.raises(Conflict, match="taken back already"):
        overrides.lift(session, office.actor, pin, AT)
    assert start(session, office).rules["pins"] == []
    rows = overrides.list_overrides(session, office.actor, office.cycle)
    assert [(row.override.kind, row.override.reason, row.made_by) for row in rows] == [
        (OverrideKind.FORBID, "Allergy", "A coordinator"),
        (OverrideKind.PIN, "Promised", "A coordinator"),
    ]


def test_a_form_that_is_sent_by_many_at_once_changes_once(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        ids = enrol(session, office, students=1, hosts=2)
        run = solved(session, start(session, office))
        free = next(one for one in ids[1:] if one != homes(session, run)[ids[0]])
        run_id = run.public_id
        session.commit()

    def change(session: Session) -> str:
        found = runs.get_run(session, office.actor, run_id)
        return hand.change_by_hand(
            session, office.actor, found, lambda _: move(ids[0], free),
            reason="Once", at=AT, idempotency_key="form",
        ).public_id  # fmt: skip

    results = at_once(engine, change)
    assert len({one for one in results if isinstance(one, str)}) == 1
    assert not [one for one in results if isinstance(one, ExchangeError)]
    with open_session(engine) as session:
        assert len(session.exec(select(MatchRun).where(MatchRun.kind == RunKind.HAND)).all()) == 1
        assert len(session.exec(select(Override)).all()) == 1


def test_who_may_not_start_runs_changes_nothing_by_hand(session: Session, office: Office) -> None:
    ids = enrol(session, office, students=1, hosts=2)
    run = solved(session, start(session, office))
    auditor = accounts.actor_of(
        session,
        accounts.create_account(
            session, SYSTEM, email="audit@example.org", display_name="A", password=None,
            role=Role.AUDITOR, programme_id=office.programme.id, at=AT,
        ).id,
    )  # fmt: skip
    stranger = make_office(session, "Strangers").actor
    for actor, error in ((auditor, Forbidden), (stranger, NotFound)):
        with pytest.raises(error):
            hand.change_by_hand(session, actor, run, lambda _: release(ids[0]), reason="x", at=AT)
        with pytest.raises(error):
            hand.decide_pair(
                session, actor, run, OverrideKind.PIN,
                student=ids[0], host=ids[1], reason="x", at=AT,
            )  # fmt: skip
        with pytest.raises(error):
            rematches.start_rematch(session, actor, run, at=AT)
    assert overrides.list_overrides(session, auditor, office.cycle) == []
    with pytest.raises(NotFound):
        overrides.list_overrides(session, stranger, office.cycle)


def test_a_rematch_after_a_host_withdrew_moves_its_guests_only(
    session: Session, office: Office
) -> None:
    ids = enrol(session, office, students=4, hosts=4)
    run = solved(session, start(session, office))
    publish(session, office, run)
    before = homes(session, run)
    gone = before[ids[0]]
    leaver = session.exec(select(Application).where(Application.public_id == gone)).one()
    screening.withdraw(session, Actor(application_id=leaver.id), leaver, AT)
    state = rematches.state_of_run(session, office.actor, run, AT)
    guests = {student for student, home in before.items() if home == gone}
    fallen = offer_desk.fallen_places(session, office.cycle)
    assert fallen == offer_desk.FallenPlaces(run.public_id, len(guests))
    assert state.troubles == dict.fromkeys(guests, ("host_gone",))
    assert gone not in state.standby
    again = rematches.start_rematch(session, office.actor, run, at=AT)
    assert (again.kind, again.parent_id) == (RunKind.REMATCH, run.id)
    solved(session, again)
    after = homes(session, again)
    assert {one for one in before if before[one] != after.get(one)} == guests
    assert set(after) == set(before)
    found = rematches.compare_with_parent(session, office.actor, again)
    assert found is not None
    assert found.stay == 4 - len(guests)
    assert {one.student for one in found.of_kind(had=True, has=True)} == guests
    assert again.report is not None
    assert (again.report["changes"], again.report["changes_bound"]) == (0, 0)
    publish(session, office, again)
    session.refresh(run)
    assert (again.state, run.state) == (RunState.PUBLISHED, RunState.SUPERSEDED)
    assert offer_desk.fallen_places(session, office.cycle) is None


def test_a_pair_that_failed_is_never_made_again(session: Session, office: Office) -> None:
    ids = enrol(session, office, students=1, hosts=2)
    run = solved(session, start(session, office))
    publish(session, office, run)
    old = session.exec(select(Placement).where(Placement.run_id == run.id)).one()
    relocation = relocations.record_relocation(
        session, office.actor, old=old, new=None, reason=RelocationReason.INCOMPATIBILITY, at=AT
    )
    assert told(session)[-1] == "placement:relocate"
    with pytest.raises(Conflict, match="recorded already"):
        relocations.record_relocation(
            session, office.actor, old=old, new=None, reason=RelocationReason.OTHER, at=AT
        )
    failed = homes(session, run)[ids[0]]
    state = rematches.state_of_run(session, office.actor, run, AT)
    assert state.troubles == {ids[0]: ("forbidden",)}
    again = solved(session, rematches.start_rematch(session, office.actor, run, at=AT))
    assert homes(session, again)[ids[0]] != failed
    (row,) = relocations.list_relocations(session, office.actor, office.cycle)
    assert (row.relocation.id, row.student.public_id, row.from_host.public_id, row.recorded_by) == (
        relocation.id, ids[0], failed, "A coordinator",
    )  # fmt: skip
    assert session.exec(select(Relocation.reason)).one() is RelocationReason.INCOMPATIBILITY


def test_a_declined_pair_is_listed_and_never_made_again(session: Session, office: Office) -> None:
    ids = enrol(session, office, students=1, hosts=2)
    run = solved(session, start(session, office))
    placement = session.exec(select(Placement)).one()
    placement.state = PlacementState.DECLINED
    session.add(placement)
    session.flush()
    state = rematches.state_of_run(session, office.actor, run, AT)
    assert state.troubles == {ids[0]: ("declined",)}
    again = solved(session, rematches.start_rematch(session, office.actor, run, at=AT))
    assert homes(session, again)[ids[0]] != homes(session, run)[ids[0]]


def test_the_waiting_list_moves_up_when_a_student_withdraws(
    session: Session, office: Office
) -> None:
    ids = enrol(session, office, students=3, hosts=1)
    run = solved(session, start(session, office))
    placed = homes(session, run)
    (waits,) = set(ids[:3]) - placed.keys()
    leaver = session.exec(
        select(Application).where(Application.public_id == next(iter(placed)))
    ).one()
    screening.withdraw(session, Actor(application_id=leaver.id), leaver, AT)
    assert leaver.state is ApplicationState.WITHDRAWN
    state = rematches.state_of_run(session, office.actor, run, AT)
    assert (state.waiting, state.standby) == ((waits,), {ids[3]: 1})
    held = solved(
        session, rematches.start_rematch(session, office.actor, run, at=AT, holds_waiting=True)
    )
    assert set(homes(session, held)) == ({*ids[:3]} - {leaver.public_id, waits})
    (unplaced,) = runs.run_unplaced(session, office.actor, held)
    assert (unplaced.application.public_id, unplaced.reason) == (waits, "held_back")
    by_hand = hand.change_by_hand(
        session, office.actor, held, lambda _: move(waits, ids[3]), reason="Her turn", at=AT
    )
    assert waits in homes(session, by_hand)
    again = solved(session, rematches.start_rematch(session, office.actor, run, at=AT))
    assert set(homes(session, again)) == ({*ids[:3]} - {leaver.public_id})


def test_most_changes_outside_the_range_are_refused(session: Session, office: Office) -> None:
    enrol(session, office)
    run = solved(session, start(session, office))
    with pytest.raises(InvalidInput, match="how many may move"):
        rematches.start_rematch(session, office.actor, run, at=AT, max_changes=-1)


def test_a_price_reads_a_few_statements_whatever_the_size(session: Session, office: Office) -> None:
    ids = enrol(session, office, students=2, hosts=2)
    run = solved(session, start(session, office))
    sent: list[str] = []
    engine = session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
    match = hand.read_match(session, office.actor, run)
    hand.price(match, release(ids[0]))
    assert 3 <= len(sent) <= 6
