"""Offers: made, answered by each, held to the number of places, carried on, ended by themselves."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from exchange.domain.cycle import RunState
from exchange.domain.offer import Answer, OfferEnd, Party
from exchange.domain.placement import Placement as Matched
from exchange.domain.placement import PlacementState
from exchange.domain.withdrawal import Asked, Asker, Channel
from exchange.errors import Conflict, InvalidInput, NotFound, SafetyRefusal
from exchange.records import (
    Account,
    Application,
    HeldPlace,
    Host,
    MatchRun,
    Offer,
    OfferAnswer,
    OutboxMail,
    Placement,
    Student,
)
from exchange.records.session import open_session
from exchange.services import (
    attempts,
    guardians,
    held_places,
    my_data,
    offer_answers,
    offer_desk,
    offer_upkeep,
    offers,
    screening,
)
from exchange.services.actor import Actor
from exchange.services.attempts import RunOutcome
from exchange.services.offers import Offered
from tests.services.people import (
    AT,
    Office,
    approve,
    enrol,
    guardians_agree,
    host,
    make_office,
    publish,
    sign_up,
    start,
    student,
    told,
)
from tests.services.together import at_once

REASON = "She told me on the telephone."


@dataclass
class Cast:
    """An office whose match is published, with who is in it."""

    office: Office
    run: MatchRun
    students: list[Application]
    hosts: list[Application]


@pytest.fixture
def office(session: Session) -> Office:
    made = make_office(session)
    session.commit()
    return made


def _finish(
    session: Session, run: MatchRun, pairs: list[tuple[str, str]], *, review: bool = False
) -> None:
    claimed = attempts.claim_run(session, run.public_id, at=AT, lease_s=10)
    assert claimed is not None
    placed = tuple(
        Matched(
            student_id=guest,
            host_id=home,
            student_nation="TR",
            host_nation="GR",
            quality=0.5,
            review=review,
            only_contact_of_pair=False,
        )
        for guest, home in pairs
    )
    outcome = RunOutcome(state=RunState.READY, report={"M": len(placed)}, placements=placed)
    attempts.finish_run(session, run.public_id, claimed.attempt, outcome=outcome, at=AT)
    session.refresh(run)


def _cast(
    session: Session, office: Office, *, hosts: int = 1, pairs: int = 1, review: bool = False
) -> Cast:
    ids = enrol(session, office, students=2, hosts=hosts)
    run = start(session, office)
    joined = [(ids[n], ids[2 + n % hosts]) for n in range(pairs)]
    _finish(session, run, joined, review=review)
    publish(session, office, run)
    found = {
        one.public_id: one
        for one in session.exec(select(Application).order_by(col(Application.id)))
    }
    return Cast(office, run, [found[one] for one in ids[:2]], [found[one] for one in ids[2:]])


def _again(session: Session, cast: Cast, pairs: list[tuple[Application, Application]]) -> MatchRun:
    """Publish another match of the same people."""
    run = start(session, cast.office)
    _finish(session, run, [(guest.public_id, home.public_id) for guest, home in pairs])
    publish(session, cast.office, run)
    return run


def _offers(session: Session) -> list[Offered]:
    query = offers.joined().order_by(col(Offer.id)).execution_options(populate_existing=True)
    return [Offered(*row) for row in session.exec(query)]


def _actor(application: Application) -> Actor:
    return Actor(application_id=application.id)


def _say(session: Session, one: Offered, actor: Actor, *, yes: bool, reason: str = "") -> None:
    offer_answers.respond(session, actor, one.offer.public_id, accepts=yes, reason=reason, at=AT)


def _mails(session: Session, template: str) -> list[str]:
    query = select(OutboxMail.recipient).where(OutboxMail.template == template)
    return sorted(session.exec(query))


def _news(session: Session) -> list[str]:
    query = select(OutboxMail.recipient).where(col(OutboxMail.key).like("news:%"))
    return sorted(session.exec(query))


def test_publication_offers_each_pair_until_the_end_of_the_seventh_day(
    session: Session, office: Office
) -> None:
    cast = _cast(session, office)
    [one] = _offers(session)
    assert one.placement.state is PlacementState.OFFERED
    assert one.offer.deadline_at is not None
    # 23:59 in Vienna is an hour earlier in UTC in winter.
    assert one.offer.deadline_at.isoformat() == "2027-01-17T22:59:00+00:00"
    lines = session.exec(select(OfferAnswer)).all()
    assert [(line.party, line.answer) for line in lines] == [
        (Party.STUDENT, Answer.AWAITED),
        (Party.HOST, Answer.AWAITED),
    ]
    assert {line.application_id for line in lines} == {cast.students[0].id, cast.hosts[0].id}


def test_placement_is_confirmed_when_both_have_accepted(session: Session, office: Office) -> None:
    cast = _cast(session, office)
    [one] = _offers(session)
    _say(session, one, _actor(cast.students[0]), yes=True)
    assert _offers(session)[0].placement.state is PlacementState.OFFERED
    assert len(session.exec(select(HeldPlace)).all()) == 1
    for _ in range(2):
        _say(session, one, _actor(cast.hosts[0]), yes=True)
    [one] = _offers(session)
    assert one.placement.state is PlacementState.CONFIRMED
    assert one.offer.confirmed_at == AT
    assert told(session)[-4:] == [
        "offer:accept",
        "offer:accept",
        "offer:accepted_by_all",
        "offer:confirm",
    ]
    assert _news(session) == ["host0@example.org", "student0@example.org"]


def test_placement_waits_for_consents_that_are_missing(
    session: Session, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = _cast(session, office)
    [one] = _offers(session)
    missing = ["single_adult"]
    monkeypatch.setattr(offers, "outstanding", lambda _session, _placement: missing)
    for who in (cast.students[0], cast.hosts[0]):
        _say(session, one, _actor(who), yes=True)
    assert _offers(session)[0].placement.state is PlacementState.ACCEPTED
    later = AT + timedelta(days=30)
    assert offer_upkeep.due_offers(session, later) == [one.offer.id]
    assert not offer_upkeep.tend_offer(session, one.offer.id, later)
    missing.clear()
    assert offer_upkeep.tend_offer(session, one.offer.id, later)
    assert _offers(session)[0].placement.state is PlacementState.CONFIRMED
    assert offer_upkeep.due_offers(session, later) == []


def test_no_ends_the_offer_and_its_reason_stays_with_the_staff(
    session: Session, office: Office
) -> None:
    cast = _cast(session, office)
    guest, home = cast.students[0], cast.hosts[0]
    [one] = _offers(session)
    _say(session, one, _actor(guest), yes=True)
    _say(session, one, _actor(home), yes=False, reason="My mother is ill, SECRET.")
    [one] = _offers(session)
    assert (one.placement.state, one.offer.end_reason) == (
        PlacementState.DECLINED,
        OfferEnd.DECLINED,
    )
    assert session.exec(select(HeldPlace)).all() == []
    line = session.exec(select(OfferAnswer).where(OfferAnswer.party == Party.HOST)).one()
    session.refresh(line)
    assert line.reason == "My mother is ill, SECRET."
    mails = session.exec(select(OutboxMail.body)).all()
    assert not [body for body in mails if "SECRET" in body]
    assert "SECRET" not in str(my_data.everything_about(session, _actor(guest), AT))
    assert "SECRET" in str(my_data.everything_about(session, _actor(home), AT))
    with pytest.raises(Conflict, match="is over"):
        _say(session, one, _actor(guest), yes=False)


def test_yes_can_be_taken_back_until_all_have_agreed(session: Session, office: Office) -> None:
    cast = _cast(session, office)
    [one] = _offers(session)
    _say(session, one, _actor(cast.students[0]), yes=True)
    _say(session, one, _actor(cast.students[0]), yes=False)
    [one] = _offers(session)
    assert one.placement.state is PlacementState.DECLINED
    with pytest.raises(Conflict, match="is over"):
        _say(session, one, _actor(cast.hosts[0]), yes=True)


def test_guardian_of_a_minor_is_asked_too(session: Session, office: Office) -> None:
    young = student(
        5,
        birth_on=date(2010, 5, 5),
        nationalities=["TR"],
        guardian_name="Guard Ian",
        guardian_email="guardian@example.org",
    )
    guest, home = sign_up(session, office, young), sign_up(session, office, host())
    guardians_agree(session, guest)
    session.refresh(guest)
    for one in (guest, home):
        approve(session, office, one)
    run = start(session, office)
    _finish(session, run, [(guest.public_id, home.public_id)])
    publish(session, office, run)
    [one] = _offers(session)
    assert _mails(session, "offer_to_guardian") == ["guardian@example.org"]
    guardian = guardians.guardians_of(session, guest)[0]
    for who in (_actor(guest), _actor(home)):
        _say(session, one, who, yes=True)
    assert _offers(session)[0].placement.state is PlacementState.OFFERED
    _say(session, one, Actor(guardian_id=guardian.id), yes=True)
    assert _offers(session)[0].placement.state is PlacementState.CONFIRMED
    kept = my_data.everything_about(session, _actor(guest), AT)["records"]["offer_answer"]
    assert [line["party"] for line in kept] == ["student"]
    assert _news(session) == ["guardian@example.org", "host0@example.org", "student5@example.org"]


def test_nobody_answers_for_somebody_else(session: Session, office: Office) -> None:
    cast = _cast(session, office)
    [one] = _offers(session)
    for actor in (_actor(cast.students[1]), Actor(), Actor(guardian_id=1), office.actor):
        with pytest.raises(NotFound):
            _say(session, one, actor, yes=True)


def test_offer_cannot_be_answered_after_its_time(session: Session, office: Office) -> None:
    cast = _cast(session, office)
    [one] = _offers(session)
    with pytest.raises(Conflict, match="The time to answer is over"):
        offer_answers.respond(
            session,
            _actor(cast.students[0]),
            one.offer.public_id,
            accepts=True,
            reason=None,
            at=AT + timedelta(days=8),
        )


def test_offer_lapses_by_itself_and_is_opened_again_with_a_reason(
    session: Session, office: Office
) -> None:
    cast = _cast(session, office)
    [one] = _offers(session)
    _say(session, one, _actor(cast.hosts[0]), yes=True)
    late = AT + timedelta(days=8)
    assert offer_upkeep.due_offers(session, AT) == []
    assert offer_upkeep.due_offers(session, late) == [one.offer.id]
    assert offer_upkeep.tend_offer(session, one.offer.id, late)
    assert not offer_upkeep.tend_offer(session, one.offer.id, late)
    [one] = _offers(session)
    assert (one.placement.state, one.offer.end_reason) == (PlacementState.LAPSED, OfferEnd.LAPSED)
    assert session.exec(select(HeldPlace)).all() == []
    with pytest.raises(InvalidInput, match="Say why"):
        offer_desk.extend(session, office.actor, one, days=3, reason="late", at=late)
    offer_desk.extend(session, office.actor, one, days=3, reason=REASON, at=late)
    [one] = _offers(session)
    assert one.placement.state is PlacementState.OFFERED
    assert one.offer.deadline_at is not None
    assert one.offer.deadline_at.isoformat() == "2027-01-21T22:59:00+00:00"
    assert len(session.exec(select(HeldPlace)).all()) == 1
    assert [note.reason for note in offer_desk.notes_of(session, one)] == [REASON]


def test_lapsed_offer_is_not_opened_again_when_its_place_is_gone(
    session: Session, office: Office
) -> None:
    cast = _cast(session, office, pairs=2)
    session.get_one(Host, cast.hosts[0].host_id).capacity = 1
    first, second = _offers(session)
    _say(session, first, _actor(cast.students[0]), yes=True)
    late = AT + timedelta(days=8)
    offer_upkeep.tend_offer(session, first.offer.id, late)
    held_places.hold_place(session, second.offer, session.get_one(Host, cast.hosts[0].host_id), AT)
    with pytest.raises(Conflict, match="No place is free"):
        offer_desk.extend(session, office.actor, first, days=3, reason=REASON, at=late)


def test_last_place_accepted_twice_at_once_is_held_once(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        cast = _cast(session, make_office(session), pairs=2)
        session.get_one(Host, cast.hosts[0].host_id).capacity = 1
        pairs = [
            (one.offer.public_id, _actor(guest))
            for one, guest in zip(_offers(session), cast.students, strict=True)
        ]
        session.commit()

    def accept(session: Session) -> str:
        offer_id, actor = pairs.pop()
        offer_answers.respond(session, actor, offer_id, accepts=True, reason=None, at=AT)
        return "held"

    # A changed number of places is no reason to refuse; only the place itself is.
    results = at_once(engine, accept, times=2)
    assert sorted(str(one) for one in results) == [
        "No place is free here any more. The programme’s staff will write to you.",
        "held",
    ]
    with open_session(engine) as session:
        assert len(session.exec(select(HeldPlace)).all()) == 1
        answers = session.exec(select(OfferAnswer.answer)).all()
        assert sorted(answers).count(Answer.ACCEPTED) == 1


def test_database_lets_one_of_many_hold_the_last_place(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        cast = _cast(session, make_office(session), pairs=2)
        host_id = cast.hosts[0].host_id
        session.get_one(Host, host_id).capacity = 1
        waiting = [one.offer.id for one in _offers(session)]
        session.commit()

    def hold(session: Session) -> str:
        offer = session.get_one(Offer, waiting.pop())
        held_places.hold_place(session, offer, session.get_one(Host, host_id), AT)
        return "held"

    results = at_once(engine, hold, times=2)
    assert sorted(type(one).__name__ for one in results) == ["Conflict", "str"]


def test_offer_is_not_accepted_when_a_side_is_no_longer_approved(
    session: Session, office: Office
) -> None:
    cast = _cast(session, office)
    [one] = _offers(session)
    leaver = cast.hosts[0]
    screening.withdraw(session, _actor(leaver), leaver, AT)
    with pytest.raises(Conflict, match="Something has changed"):
        _say(session, one, _actor(cast.students[0]), yes=True)
    assert offer_upkeep.due_offers(session, AT) == [one.offer.id]
    assert offer_upkeep.tend_offer(session, one.offer.id, AT)
    [one] = _offers(session)
    assert (one.placement.state, one.offer.end_reason) == (PlacementState.ENDED, OfferEnd.LEFT)
    assert _news(session) == ["student0@example.org"]


def test_withdrawal_noted_by_the_office_ends_the_offer_as_ones_own_does(
    session: Session, office: Office
) -> None:
    cast = _cast(session, office)
    leaver = cast.hosts[0]
    screening.withdraw_for(
        session,
        office.actor,
        leaver,
        Asked(Asker.APPLICANT, Channel.TELEPHONE, on=AT.date()),
        remark="",
        expected_version=leaver.version,
        at=AT,
    )
    for offer_id in offer_upkeep.due_offers(session, AT):
        assert offer_upkeep.tend_offer(session, offer_id, AT)
    [one] = _offers(session)
    assert (one.placement.state, one.offer.end_reason) == (PlacementState.ENDED, OfferEnd.LEFT)
    assert _news(session) == ["student0@example.org"]


def test_later_run_keeps_the_offers_of_unchanged_pairs(session: Session, office: Office) -> None:
    cast = _cast(session, office)
    [before] = _offers(session)
    _say(session, before, _actor(cast.students[0]), yes=True)
    told_before = len(_mails(session, "offer"))
    run = _again(session, cast, [(cast.students[0], cast.hosts[0])])
    [after] = _offers(session)
    assert after.offer.id == before.offer.id
    assert after.placement.run_id == run.id
    assert after.placement.state is PlacementState.OFFERED
    assert len(session.exec(select(HeldPlace)).all()) == 1
    assert len(_mails(session, "offer")) == told_before
    _say(session, after, _actor(cast.hosts[0]), yes=True)
    states = session.exec(
        select(Placement.state)
        .order_by(col(Placement.id))
        .execution_options(populate_existing=True)
    ).all()
    assert states == [PlacementState.ENDED, PlacementState.CONFIRMED]


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_later_run_ends_the_offers_of_changed_pairs(
    session: Session, office: Office, is_confirmed: bool
) -> None:
    cast = _cast(session, office, hosts=2)
    [before] = _offers(session)
    for who in (cast.students[0], cast.hosts[0])[: 2 if is_confirmed else 1]:
        _say(session, before, _actor(who), yes=True)
    run = start(session, office)
    _finish(session, run, [(cast.students[0].public_id, cast.hosts[1].public_id)])
    changes = offers.make_offers(session, office.actor, run, AT)
    old, new = _offers(session)
    assert changes.moved == ([(old.placement, new.placement)] if is_confirmed else [])
    assert old.offer.end_reason is OfferEnd.REPLACED
    assert old.placement.state is (PlacementState.MOVED if is_confirmed else PlacementState.ENDED)
    assert new.placement.state is PlacementState.OFFERED
    assert new.host.id == cast.hosts[1].id
    assert session.exec(select(HeldPlace)).all() == []


def test_host_whose_guest_went_elsewhere_hears_of_it(session: Session, office: Office) -> None:
    cast = _cast(session, office, hosts=2)
    _again(session, cast, [(cast.students[0], cast.hosts[1])])
    assert "host0@example.org" in _mails(session, "result")
    assert _mails(session, "offer").count("student0@example.org") == 2


def test_placement_that_somebody_has_to_look_at_is_offered_when_they_have(
    session: Session, office: Office
) -> None:
    cast = _cast(session, office, review=True)
    [one] = _offers(session)
    assert (one.placement.state, one.offer.deadline_at) == (PlacementState.PROPOSED, None)
    assert offer_answers.own_offers(session, _actor(cast.students[0])) == []
    assert _mails(session, "offer") == []
    offer_desk.release(session, office.actor, one, AT)
    assert _offers(session)[0].placement.state is PlacementState.OFFERED
    assert _mails(session, "offer") == ["host0@example.org", "student0@example.org"]
    with pytest.raises(Conflict, match="made already"):
        offer_desk.release(session, office.actor, one, AT)


def test_withdrawn_offer_is_over_and_says_why_to_staff(session: Session, office: Office) -> None:
    cast = _cast(session, office)
    [one] = _offers(session)
    offer_desk.withdraw(session, office.actor, one, reason=REASON, at=AT)
    [one] = _offers(session)
    assert one.offer.end_reason is OfferEnd.WITHDRAWN
    with pytest.raises(Conflict):
        offer_desk.withdraw(session, office.actor, one, reason=REASON, at=AT)
    for who in (cast.students[0], cast.hosts[0]):
        assert REASON not in str(my_data.everything_about(session, _actor(who), AT))


def test_staff_write_down_what_a_party_said(session: Session, office: Office) -> None:
    cast = _cast(session, office)
    [one] = _offers(session)
    lines = offers.answers_of(session, [one.offer.id])[one.offer.id]
    for line in lines:
        offer_answers.record_answer(
            session, office.actor, one, line.id, accepts=True, reason=REASON, at=AT
        )
    assert _offers(session)[0].placement.state is PlacementState.CONFIRMED
    recorded = session.exec(
        select(OfferAnswer.recorded_by_id).execution_options(populate_existing=True)
    ).all()
    assert recorded == [office.actor.account_id] * 2
    assert cast.run.state is RunState.PUBLISHED


def test_staff_do_nothing_about_an_offer_of_their_own(session: Session, office: Office) -> None:
    cast = _cast(session, office)
    [one] = _offers(session)
    account = session.get_one(Account, office.actor.account_id)
    session.get_one(Student, cast.students[0].student_id).guardian_email = account.email
    session.flush()
    line = offers.answers_of(session, [one.offer.id])[one.offer.id][0]
    with pytest.raises(SafetyRefusal):
        offer_answers.record_answer(
            session, office.actor, one, line.id, accepts=True, reason=REASON, at=AT
        )
    with pytest.raises(SafetyRefusal):
        offer_desk.extend(session, office.actor, one, days=3, reason=REASON, at=AT)
    with pytest.raises(SafetyRefusal):
        offer_desk.withdraw(session, office.actor, one, reason=REASON, at=AT)


def test_offers_are_listed_by_what_they_need(session: Session, office: Office) -> None:
    cast = _cast(session, office, pairs=2)
    first, _second = _offers(session)
    _say(session, first, _actor(cast.students[0]), yes=False)
    counts = offer_desk.count_offers(session, office.actor, office.cycle, AT)
    assert counts == {offer_desk.Group.WAITING: 1, offer_desk.Group.OVER: 1}
    late = AT + timedelta(days=8)
    counts = offer_desk.count_offers(session, office.actor, office.cycle, late)
    assert counts == {offer_desk.Group.OVERDUE: 1, offer_desk.Group.OVER: 1}
    for group, at in ((offer_desk.Group.WAITING, AT), (offer_desk.Group.OVERDUE, late)):
        page = offer_desk.list_offers(session, office.actor, office.cycle, group=group, at=at)
        assert [row.offered.student.id for row in page.rows] == [cast.students[1].id]
        assert [line.party for line in page.rows[0].awaited] == [Party.STUDENT, Party.HOST]
    stranger = make_office(session, "Strangers")
    with pytest.raises(NotFound):
        offer_desk.list_offers(session, stranger.actor, office.cycle, group=None, at=AT)
    with pytest.raises(NotFound):
        offer_desk.get_offer(session, stranger.actor, first.offer.public_id)
