"""Queues: who is in which, in what order, and one decision about many."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.queues import Attention, Order, Queue
from exchange.domain.roles import Role
from exchange.domain.rule_packs import PackName
from exchange.domain.screening import CheckKind, CheckOutcome, Section, SectionState
from exchange.errors import Forbidden, InvalidInput, NotFound
from exchange.records import Application
from exchange.services import (
    accounts,
    applications,
    bulk_decisions,
    checks,
    cycles,
    desk,
    queues,
    saved_queues,
    section_reviews,
    staff_notes,
)
from exchange.services.actor import SYSTEM, Actor
from exchange.services.checks import NewCheck
from tests.services.people import (
    AT,
    Office,
    approve,
    clear_host,
    finish,
    host,
    make_office,
    sign_up,
    start,
    student,
    told,
)


@pytest.fixture
def office(session: Session) -> Office:
    return make_office(session)


def found(session: Session, office: Office, **words: Any) -> list[str]:
    """The ids in a queue, in its order; its length is told by the list and by the count."""
    queue = Queue(**words)
    page = queues.list_applications(session, office.actor, office.cycle, queue, AT)
    assert page.total == len(page.rows)
    if queue.attention and len(words) == 1:
        counted = queues.count_attention(session, office.cycle, AT)
        assert counted[queue.attention] == page.total
    return [row.application.public_id for row in page.rows]


def test_queue_filters_by_name_reference_nation_and_state(session: Session, office: Office) -> None:
    first = sign_up(session, office, student(1, family_name="O'Neil_100%"))
    second = sign_up(session, office, student(2, family_name="ONeilX100Y"))
    third = sign_up(session, office, host(3))
    approve(session, office, second)
    everybody = [third.public_id, second.public_id, first.public_id]
    assert found(session, office) == everybody
    assert found(session, office, order=Order.OLDEST) == everybody[::-1]
    assert found(session, office, search="l_100%") == [first.public_id]
    assert found(session, office, search=second.reference.lower()) == [second.public_id]
    assert found(session, office, kind=ApplicationKind.HOST) == [third.public_id]
    assert found(session, office, state=ApplicationState.APPROVED) == [second.public_id]
    assert found(session, office, nation="IL") == [first.public_id]
    assert found(session, office, nation="GR") == [third.public_id]
    assert found(session, office, nation="NA") == []


def test_queue_is_cut_into_pages(session: Session, office: Office) -> None:
    for number in range(5):
        sign_up(session, office, student(number))
    pages = [
        queues.list_applications(
            session, office.actor, office.cycle, Queue(), AT, page=number, per_page=2
        )
        for number in (1, 2, 3)
    ]
    assert [len(page.rows) for page in pages] == [2, 2, 1]
    assert {(page.total, page.pages) for page in pages} == {(5, 3)}
    assert len({row.application.public_id for page in pages for row in page.rows}) == 5


def test_untouched_and_answered_follow_the_sections(session: Session, office: Office) -> None:
    one = sign_up(session, office, student(1))
    other = sign_up(session, office, student(2))
    details = applications.details_of(session, one)
    assert set(found(session, office, attention=Attention.UNTOUCHED)) == {
        one.public_id,
        other.public_id,
    }
    section_reviews.review_section(
        session,
        office.actor,
        details,
        Section.STAY,
        state=SectionState.RETURNED,
        reason="Which day?",
        expected_version=0,
        at=AT,
    )
    assert found(session, office, attention=Attention.UNTOUCHED) == [other.public_id]
    assert found(session, office, attention=Attention.ANSWERED) == []
    section_reviews.reopen_section(
        session, office.actor, details, Section.STAY, expected_version=1, at=AT
    )
    assert found(session, office, attention=Attention.ANSWERED) == [one.public_id]


def test_long_wait_is_of_what_waits_for_more_than_two_weeks(
    session: Session, office: Office
) -> None:
    one = sign_up(session, office, student(1))
    assert found(session, office, attention=Attention.LONG_WAIT) == []
    one.submitted_at = AT - timedelta(days=15)
    session.flush()
    assert found(session, office, attention=Attention.LONG_WAIT) == [one.public_id]
    approve(session, office, one)
    assert found(session, office, attention=Attention.LONG_WAIT) == []


def test_check_that_ends_soon_counts_until_it_is_made_again(
    session: Session, office: Office
) -> None:
    home = sign_up(session, office, host(1))
    details = applications.details_of(session, home)

    def note(days: int, person: int = 1) -> None:
        new = NewCheck(
            kind=CheckKind.BACKGROUND,
            outcome=CheckOutcome.PASS,
            issuer="Police",
            reference=None,
            done_on=AT.date(),
            expires_on=AT.date() + timedelta(days=days),
            person=person,
        )
        checks.record_checks(session, office.actor, details, [new], at=AT)

    note(30)
    assert found(session, office, attention=Attention.CHECK_ENDS) == []
    note(29, person=2)
    assert found(session, office, attention=Attention.CHECK_ENDS) == [home.public_id]
    note(400, person=2)
    assert found(session, office, attention=Attention.CHECK_ENDS) == []


def test_second_approval_is_missing_of_a_single_adult_until_a_colleague_gives_it(
    session: Session, office: Office
) -> None:
    pair = [{"birth_on": date(1980, 1, 1)}, {"birth_on": date(2015, 1, 1)}]
    homes = [
        sign_up(session, office, home)
        for home in (
            host(1, adults=1, children=0),
            host(2, adults=1, children=1),
            host(3, members=[{"birth_on": date(1980, 1, 1)}]),
            host(4, members=pair),
        )
    ]
    single, listed = homes[0], homes[2]
    for home in homes:
        section_reviews.approve_sections(
            session,
            office.actor,
            applications.details_of(session, home),
            [Section.HOUSEHOLD],
            AT,
        )
    wanted = {single.public_id, listed.public_id}
    assert set(found(session, office, attention=Attention.SECOND_APPROVAL)) == wanted
    colleague = accounts.create_account(
        session,
        SYSTEM,
        email="colleague@example.org",
        display_name="A colleague",
        password=None,
        role=Role.REVIEWER,
        programme_id=office.programme.id,
        at=AT,
    )
    section_reviews.second_review(
        session,
        accounts.actor_of(session, colleague.id),
        applications.details_of(session, single),
        Section.HOUSEHOLD,
        expected_version=1,
        at=AT,
    )
    assert found(session, office, attention=Attention.SECOND_APPROVAL) == [listed.public_id]


def test_second_approval_of_a_young_guest_is_asked_where_the_pack_asks_it(
    session: Session, office: Office
) -> None:
    young = sign_up(session, office, student(1))
    assert young.student_id is not None
    details = applications.details_of(session, young)
    section_reviews.approve_sections(session, office.actor, details, [Section.STAY], AT)
    assert details.student is not None
    details.student.birth_on = date(2011, 7, 2)
    office.cycle.stay_to_on = date(2027, 9, 1)
    session.flush()
    assert found(session, office, attention=Attention.SECOND_APPROVAL) == []
    pack = PackName.UK_PRIVATE_FOSTERING
    cycles.set_rule_pack(session, office.actor, office.cycle, pack, AT)
    assert found(session, office, attention=Attention.SECOND_APPROVAL) == [young.public_id]
    details.student.birth_on = date(2011, 7, 1)
    session.flush()
    assert found(session, office, attention=Attention.SECOND_APPROVAL) == []


def _chosen(*several: Application) -> list[tuple[str, int]]:
    return [(one.public_id, one.version) for one in several]


def test_one_decision_about_many_decides_each_by_itself(session: Session, office: Office) -> None:
    good = sign_up(session, office, student(1))
    ready = sign_up(session, office, host(2))
    clear_host(session, office.actor, ready, AT)
    unchecked = sign_up(session, office, host(3))
    stale = sign_up(session, office, student(4))
    foreign = sign_up(session, make_office(session, "Strangers"), student(5))
    chosen = [*_chosen(good, ready, unchecked, foreign), (stale.public_id, stale.version + 1)]
    decided = bulk_decisions.decide_each(
        session,
        office.actor,
        office.cycle,
        chosen,
        state=ApplicationState.APPROVED,
        at=AT,
    )
    refused = {one.application.public_id: one.refusal for one in decided}
    assert list(refused) == [good.public_id, ready.public_id, unchecked.public_id, stale.public_id]
    assert refused[good.public_id] is refused[ready.public_id] is None
    assert "cannot be approved yet" in str(refused[unchecked.public_id])
    assert "just changed" in str(refused[stale.public_id])
    states = {one.public_id: one.state.value for one in (good, ready, unchecked, stale, foreign)}
    assert list(states.values()) == ["approved", "approved", *["submitted"] * 3]
    assert told(session).count("application:approved") == 2


def test_many_are_not_returned_without_a_reason(session: Session, office: Office) -> None:
    one = sign_up(session, office, student(1))
    with pytest.raises(InvalidInput, match="applicant reads it"):
        bulk_decisions.decide_each(
            session,
            office.actor,
            office.cycle,
            _chosen(one),
            state=ApplicationState.RETURNED,
            reason=" ",
            at=AT,
        )
    assert one.state is ApplicationState.SUBMITTED


def test_filters_are_kept_for_one_account_in_one_programme(
    session: Session, office: Office
) -> None:
    queue = Queue(kind=ApplicationKind.HOST, search="100%")
    saved = saved_queues.save_queue(
        session, office.actor, office.cycle, name="Homes", queue=queue, at=AT
    )
    for name, wrong in (("Homes", queue), ("", queue), ("All", Queue()), ("x" * 61, queue)):
        with pytest.raises(InvalidInput):
            saved_queues.save_queue(
                session, office.actor, office.cycle, name=name, queue=wrong, at=AT
            )
    stranger = make_office(session, "Strangers")
    assert saved_queues.list_saved(session, stranger.actor, office.cycle) == []
    with pytest.raises(NotFound):
        saved_queues.forget_queue(session, stranger.actor, saved.public_id)
    kept = saved_queues.list_saved(session, office.actor, office.cycle)
    assert [Queue.from_words(one.words) for one in kept] == [queue]
    saved_queues.forget_queue(session, office.actor, saved.public_id)
    assert saved_queues.list_saved(session, office.actor, office.cycle) == []


def test_notes_are_read_by_staff_the_latest_first(session: Session, office: Office) -> None:
    details = applications.details_of(session, sign_up(session, office, student(1)))
    for text in ("Rang the school", "  They ring back  "):
        staff_notes.add_note(session, office.actor, details, text, AT)
    with pytest.raises(InvalidInput):
        staff_notes.add_note(session, office.actor, details, " ", AT)
    notes = staff_notes.list_notes(session, office.actor, details)
    assert [(one.text, one.author) for one in notes] == [
        ("They ring back", "A coordinator"),
        ("Rang the school", "A coordinator"),
    ]
    auditor = Actor(account_id=1, roles={office.programme.id: frozenset({Role.AUDITOR})})
    with pytest.raises(Forbidden):
        staff_notes.list_notes(session, auditor, details)
    assert told(session).count("application:note") == 2


def test_desk_counts_what_moved_and_whom_the_latest_run_leaves(
    session: Session, office: Office
) -> None:
    late = sign_up(session, office, student(1))
    early = sign_up(session, office, student(2))
    early.submitted_at = AT - timedelta(days=8)
    sign_up(session, office, student(3)).submitted_at = AT - timedelta(days=15)
    home = sign_up(session, office, host(1))
    session.flush()
    for one in (late, home):
        approve(session, office, one)
    nothing = desk.desk_of(session, office.actor, office.cycle, AT)
    assert nothing.unplaced is None
    finish(session, start(session, office), [late.public_id, home.public_id])
    shown = desk.desk_of(session, office.actor, office.cycle, AT)
    assert shown.trends["student"] == desk.Trend(1, 1)
    assert shown.trends["host"] == desk.Trend(1, 0)
    assert shown.trends["approved"] == desk.Trend(2, 0)
    later = desk.desk_of(session, office.actor, office.cycle, AT + timedelta(days=7))
    assert later.trends["approved"] == desk.Trend(0, 2)
    assert shown.unplaced is not None
    assert shown.unplaced.reasons == []
