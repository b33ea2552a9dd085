"""A local coordinator and a partner see their own people, as long as these are theirs."""

from dataclasses import replace

import pytest
from sqlmodel import Session, col, select, update

from exchange.domain.cycle import RunState
from exchange.domain.offer import OfferEnd
from exchange.domain.placement import PlacementState
from exchange.domain.progress import Missing
from exchange.domain.recipients import Recipient
from exchange.domain.roles import Role
from exchange.errors import Forbidden, NotFound, StepUpNeeded
from exchange.records import Application, Cycle, MatchRun, Membership, Placement, Student
from exchange.services import (
    accounts,
    caseloads,
    exports,
    offers,
    own_files,
    screening,
    sight,
    student_progress,
)
from exchange.services.actor import SYSTEM, Actor
from exchange.services.export_rows import Party
from exchange.services.student_progress import NOBODY, Filter
from tests.services.people import AT, make_office, sign_up, student
from tests.services.staying import NOON, Staying, make_staying, reload, staff

SCHOOL = "School of Smyrna"


@pytest.fixture
def staying(session: Session) -> Staying:
    """Two confirmed placements; the first student is sent by a school, the second by another."""
    found = make_staying(session, pairs=2)
    for one, partner in zip(found.placed, (SCHOOL, f"{SCHOOL} II"), strict=True):
        session.exec(
            update(Student).where(col(Student.id) == one.student.student_id).values(partner=partner)
        )
    session.expire_all()
    return found


def _local(session: Session, staying: Staying, *, cases: int = 1) -> Actor:
    """A local coordinator who looks after the first students."""
    actor = staff(session, staying, Role.LOCAL_COORDINATOR, "local")
    ids = [one.student.public_id for one in staying.placed[:cases]]
    _give(session, staying, actor, ids)
    return actor


def _give(session: Session, staying: Staying, actor: Actor, ids: list[str]) -> int:
    known = caseloads.colleagues(session, staying.office.programme.id)
    account = next(one.public_id for one in known if one.account_id == actor.account_id)
    return caseloads.assign(session, staying.office.actor, staying.cycle, ids, account, NOON)


def _partner(session: Session, staying: Staying, name: str = SCHOOL) -> Actor:
    actor = staff(session, staying, Role.PARTNER, "partner")
    programme_id = staying.office.programme.id
    accounts.add_membership(
        session, actor.account_id, role=Role.PARTNER, programme_id=programme_id, partner=name
    )
    return accounts.actor_of(session, actor.account_id)


def _seen(session: Session, staying: Staying, actor: Actor) -> set[str]:
    """Everybody whom somebody sees, by the one condition; every door to a person agrees with it."""
    everybody = session.exec(
        select(Application).where(Application.cycle_id == staying.cycle.id)
    ).all()
    wanted = sight.seen_in(actor, staying.office.programme.id)
    query = select(Application.public_id).where(Application.cycle_id == staying.cycle.id, wanted)
    found = set(session.exec(query))
    for one in everybody:
        if one.public_id in found:
            assert sight.see(session, actor, one.public_id).application == one
        else:
            with pytest.raises(NotFound):
                sight.see(session, actor, one.public_id)
    listed = student_progress.list_students(session, actor, staying.cycle, Filter(), NOON).rows
    students = {one.student.public_id for one in staying.placed}
    assert {one.public_id for one in listed} == found & students
    counted = student_progress.count_students(session, actor, [staying.cycle])
    assert counted[staying.cycle.id].total() == len(found & students)
    return found


def _elsewhere(session: Session) -> tuple[Cycle, Application]:
    """A student of another programme whom an organisation of the same name sends."""
    office = make_office(session, "Elsewhere")
    return office.cycle, sign_up(session, office, student(partner=SCHOOL), key="elsewhere")


def _ids(staying: Staying, number: int) -> set[str]:
    one = staying.placed[number]
    return {one.student.public_id, one.host.public_id}


def test_local_coordinator_sees_their_students_and_the_hosts_of_these(
    session: Session, staying: Staying
) -> None:
    local = _local(session, staying)
    assert _seen(session, staying, local) == _ids(staying, 0)
    assert _seen(session, staying, staying.office.actor) == _ids(staying, 0) | _ids(staying, 1)
    _give(session, staying, local, [staying.placed[1].student.public_id])
    assert _seen(session, staying, local) == _ids(staying, 0) | _ids(staying, 1)
    ids = [staying.one.student.public_id]
    caseloads.assign(session, staying.office.actor, staying.cycle, ids, None, NOON)
    assert _seen(session, staying, local) == _ids(staying, 1)


@pytest.mark.parametrize(
    ("state", "is_seen"),
    [
        (PlacementState.PROPOSED, False),
        (PlacementState.OFFERED, True),
        (PlacementState.ACCEPTED, True),
    ],
)
def test_host_is_seen_once_both_sides_have_heard_of_the_place(
    session: Session, staying: Staying, state: PlacementState, is_seen: bool
) -> None:
    local = _local(session, staying)
    session.exec(
        update(Placement).where(col(Placement.id) == staying.one.placement.id).values(state=state)
    )
    session.expire_all()
    one = staying.one.host.public_id
    assert (one in _seen(session, staying, local)) == is_seen
    row = student_progress.list_students(session, local, staying.cycle, Filter(), AT).rows[0]
    assert (row.place is not None and row.place.host_application == one) == is_seen


def test_host_is_seen_no_more_when_the_offer_is_over(session: Session, staying: Staying) -> None:
    local = _local(session, staying)
    one = reload(session, staying.one)
    offers.end_offer(session, SYSTEM, one, OfferEnd.WITHDRAWN, PlacementState.ENDED, NOON)
    assert _seen(session, staying, local) == {staying.one.student.public_id}
    row = student_progress.list_students(session, local, staying.cycle, Filter(), NOON).rows[0]
    assert (row.place, row.missing) == (None, (Missing.PLACE,))


def test_caseload_shows_nothing_to_whom_the_role_was_taken_from(
    session: Session, staying: Staying
) -> None:
    local = _local(session, staying)
    membership = session.exec(
        select(Membership).where(Membership.account_id == local.account_id)
    ).one()
    membership.role = Role.AUDITOR
    session.add(membership)
    session.flush()
    auditor = accounts.actor_of(session, local.account_id)
    with pytest.raises(Forbidden):
        sight.see(session, auditor, staying.one.student.public_id)
    session.delete(membership)
    session.flush()
    nobody = accounts.actor_of(session, local.account_id)
    with pytest.raises(NotFound):
        sight.see(session, nobody, staying.one.student.public_id)


def test_partner_sees_the_students_whom_their_organisation_sends_and_no_host(
    session: Session, staying: Staying
) -> None:
    partner = _partner(session, staying)
    assert _seen(session, staying, partner) == {staying.one.student.public_id}
    row = student_progress.list_students(session, partner, staying.cycle, Filter(), AT).rows[0]
    assert row.place is not None
    assert (row.place.state, row.place.nation) == (PlacementState.CONFIRMED, "GR")
    assert (row.place.host_name, row.place.host_application, row.place.offer_id) == ("", "", "")
    row = student_progress.list_students(
        session, staying.office.actor, staying.cycle, Filter(search="Number 0"), AT
    ).rows[0]
    assert row.place is not None
    assert row.place.host_name == "Host 0"


def test_partner_without_an_organisation_sees_nobody(session: Session, staying: Staying) -> None:
    partner = staff(session, staying, Role.PARTNER, "partner")
    assert _seen(session, staying, partner) == set()
    with pytest.raises(NotFound):
        own_files.own_table(session, partner, staying.cycle, "unplaced", key="k", at=NOON)


def test_organisation_of_one_programme_opens_nothing_in_another(
    session: Session, staying: Staying
) -> None:
    partner = _partner(session, staying)
    cycle, other = _elsewhere(session)
    with pytest.raises(NotFound):
        sight.see(session, partner, other.public_id)
    counted = student_progress.count_students(session, partner, [staying.cycle, cycle])
    assert [counted[one.id].total() for one in (staying.cycle, cycle)] == [1, 0]


def test_partner_who_looks_after_another_student_reads_each_in_the_right_role(
    session: Session, staying: Staying
) -> None:
    local = staff(session, staying, Role.LOCAL_COORDINATOR, "local")
    accounts.add_membership(
        session,
        local.account_id,
        role=Role.PARTNER,
        programme_id=staying.office.programme.id,
        partner=SCHOOL,
    )
    both = accounts.actor_of(session, local.account_id)
    _give(session, staying, both, [staying.placed[1].student.public_id])
    assert _seen(session, staying, both) == {staying.one.student.public_id} | _ids(staying, 1)
    roles = [
        sight.reader_of(session, both, sight.see(session, both, one.student.public_id))
        for one in staying.placed
    ]
    assert roles == [Role.PARTNER, Role.LOCAL_COORDINATOR]
    rows = student_progress.list_students(session, both, staying.cycle, Filter(), AT).rows
    named = {one.public_id: one.place.host_name for one in rows if one.place is not None}
    assert [named[one.student.public_id] for one in staying.placed] == ["", "Host 1"]


def test_nobody_with_a_narrow_role_decides(session: Session, staying: Staying) -> None:
    for actor in (_local(session, staying), _partner(session, staying)):
        with pytest.raises(Forbidden):
            screening.decide(
                session,
                actor,
                staying.one.student,
                state=staying.one.student.state,
                expected_version=staying.one.student.version,
                at=NOON,
            )
        with pytest.raises(Forbidden):
            caseloads.assign(session, actor, staying.cycle, [], None, NOON)


def test_partner_writes_files_of_their_own_students_and_no_other(
    session: Session, staying: Staying
) -> None:
    partner = _partner(session, staying)
    with pytest.raises(StepUpNeeded):
        own_files.own_table(session, partner, staying.cycle, "participants", key="k", at=NOON)
    partner = replace(partner, stepped_up_at=NOON)
    table = own_files.own_table(session, partner, staying.cycle, "participants", key="k", at=NOON)
    told = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert [one["student_id"] for one in told] == [staying.one.student.public_id]
    assert not {"gender", "needs", "email", "birth_date", "host_name"} & set(table.columns)
    for kind in ("placements", "mobilities"):
        table = own_files.own_table(session, partner, staying.cycle, kind, key="k", at=NOON)
        assert len(table.rows) == 1
        assert not {"host_name", "address", "host_phone"} & set(table.columns)
    with pytest.raises(NotFound):
        own_files.own_table(session, partner, staying.cycle, "hosts", key="k", at=NOON)
    for party in (
        Party(Recipient.SENDING_PARTNER, f"{SCHOOL} II"),
        Party(Recipient.RECEIVING_PARTNER, SCHOOL),
        Party(Recipient.OFFICE, SCHOOL),
    ):
        with pytest.raises(Forbidden):
            exports.export_table(
                session,
                partner,
                "placements",
                cycle_id=staying.cycle.id,
                at=NOON,
                party=party,
            )


def test_match_that_is_not_published_is_in_no_file_of_a_partner(
    session: Session, staying: Staying
) -> None:
    partner = replace(_partner(session, staying), stepped_up_at=NOON)
    run_id = staying.one.placement.run_id
    session.exec(update(MatchRun).where(col(MatchRun.id) == run_id).values(state=RunState.READY))
    session.expire_all()
    kinds = own_files.list_kinds(session, partner, staying.cycle)
    assert {kind for kind, is_ready in kinds.items() if is_ready} == {
        "participants",
        "waiting-list",
    }
    with pytest.raises(NotFound):
        own_files.own_table(session, partner, staying.cycle, "placements", key="k", at=NOON)
    table = own_files.own_table(session, partner, staying.cycle, "waiting-list", key="k", at=NOON)
    assert len(table.rows) == 1


def test_several_students_are_given_at_once_and_only_those_of_the_cycle(
    session: Session, staying: Staying
) -> None:
    _cycle, elsewhere = _elsewhere(session)
    local = staff(session, staying, Role.LOCAL_COORDINATOR, "local")
    ids = [one.student.public_id for one in staying.placed]
    others = [elsewhere.public_id, staying.one.host.public_id, "0" * 32]
    assert _give(session, staying, local, [*ids, *others]) == 2
    assert _seen(session, staying, local) == _ids(staying, 0) | _ids(staying, 1)
    assert caseloads.caseload_of(session, elsewhere.id) is None
    actor, cycle = staying.office.actor, staying.cycle

    def found(who: str) -> int:
        wanted = Filter(looked_after=who)
        return student_progress.list_students(session, actor, cycle, wanted, NOON).total

    keeper = next(
        one.public_id
        for one in caseloads.colleagues(session, staying.office.programme.id)
        if one.account_id == local.account_id
    )
    assert (found(keeper), found(NOBODY)) == (2, 0)
    caseloads.assign(session, actor, cycle, ids[:1], None, NOON)
    assert (found(keeper), found(NOBODY)) == (1, 1)
