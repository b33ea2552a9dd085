"""Agreements to one placement: by whom, to which text, about whom, and as easily taken back."""

from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from exchange.domain import placement_consents as domain
from exchange.domain.consent import text_hash
from exchange.domain.placement import Placement as MatchedPlacement
from exchange.domain.placement import PlacementState
from exchange.domain.placement_consents import PAIR_TEXTS, PairConsent, PairGiver
from exchange.domain.rule_packs import PackName
from exchange.errors import Conflict, Forbidden, NotFound
from exchange.records import Application, MatchRun, Placement, PlacementConsent
from exchange.records.session import open_session
from exchange.services import (
    agreements,
    attempts,
    cycles,
    erasure,
    guardians,
    my_data,
    placement_consents,
)
from exchange.services.actor import SYSTEM, Actor
from exchange.services.placement_consents import checklist, needed, outstanding, own_lines
from tests.services.people import (
    AT,
    Office,
    approve,
    guardians_agree,
    host,
    make_office,
    outcome_of,
    sign_up,
    start,
    student,
    told,
)
from tests.services.together import at_once

MINOR = {"birth_on": "2010-03-01", "guardian_name": "Ada", "guardian_email": "ada@example.org"}
SINGLE, SECOND, MIXED, CONTESTED, UNMET = PairConsent


@dataclass(frozen=True)
class Home:
    """A minor and an adult placed with one host."""

    office: Office
    minor: Application
    adult: Application
    host: Application
    run: MatchRun

    def placement(self, session: Session, of: Application | None = None) -> Placement:
        student_id = (of or self.minor).student_id
        return session.exec(select(Placement).where(Placement.student_id == student_id)).one()


def _match(session: Session, office: Office, students: list[str], host_id: str) -> MatchRun:
    run = start(session, office)
    claimed = attempts.claim_run(session, run.public_id, at=AT, lease_s=10)
    assert claimed is not None
    pairs = tuple(MatchedPlacement(one, host_id, "TR", "GR", 0.5, False, False) for one in students)
    outcome = replace(outcome_of([*students, host_id]), placements=pairs, contacts=())
    attempts.finish_run(session, run.public_id, claimed.attempt, outcome=outcome, at=AT)
    session.refresh(run)
    return run


def make_home(session: Session, *, adults: int = 1, with_adult: bool = False) -> Home:
    office = make_office(session)
    minor = sign_up(session, office, student(0, **MINOR, wishes=["no_pets"]))
    guardians_agree(session, minor)
    adult = sign_up(session, office, student(2))
    home = sign_up(session, office, host(adults=adults, offers=["pets"], guest_beds=2))
    for one in (minor, adult):
        approve(session, office, one)
    ids = [minor.public_id] + ([adult.public_id] if with_adult else [])
    return Home(office, minor, adult, home, _match(session, office, ids, home.public_id))


@pytest.fixture
def home(session: Session) -> Home:
    return make_home(session)


def _actors(session: Session, home: Home) -> dict[PairGiver, Actor]:
    (guardian,) = guardians.guardians_of(session, home.minor)
    return {
        PairGiver.STUDENT: Actor(application_id=home.minor.id),
        PairGiver.GUARDIAN: Actor(guardian_id=guardian.id),
        PairGiver.HOST: Actor(application_id=home.host.id),
    }


def _decide(session: Session, actor: Actor, placement: Placement, *codes: PairConsent) -> None:
    lines = own_lines(session, actor, placement)
    placement_consents.decide(
        session,
        actor,
        placement,
        wanted=codes,
        shown={line.code: line.needed.text.text for line in lines},
        language="en",
        at=AT,
    )


def _open(session: Session, placement: Placement) -> list[tuple[PairConsent, PairGiver]]:
    return [(line.code, line.giver) for line in outstanding(session, placement)]


def test_each_gives_their_own_until_nothing_is_outstanding(session: Session, home: Home) -> None:
    placement = home.placement(session)
    asked = [
        (SINGLE, PairGiver.STUDENT),
        (SINGLE, PairGiver.GUARDIAN),
        (UNMET, PairGiver.STUDENT),
        (UNMET, PairGiver.GUARDIAN),
    ]
    assert [one.code for one in needed(session, placement)] == [SINGLE, UNMET]
    assert _open(session, placement) == asked
    actors = _actors(session, home)
    _decide(session, actors[PairGiver.STUDENT], placement, SINGLE, UNMET)
    assert _open(session, placement) == [asked[1], asked[3]]
    _decide(session, actors[PairGiver.GUARDIAN], placement, SINGLE)
    assert _open(session, placement) == [asked[3]]
    _decide(session, actors[PairGiver.GUARDIAN], placement, SINGLE, UNMET)
    assert _open(session, placement) == []
    assert len(checklist(session, placement)) == 4
    rows = session.exec(select(PlacementConsent)).all()
    assert {(one.code, one.text_version, one.text_hash, one.language) for one in rows} == {
        (code, 1, text_hash(PAIR_TEXTS[code].text), "en") for code in (SINGLE, UNMET)
    }
    assert told(session).count("placement_consent:give") == 4


def test_taking_back_is_as_easy_and_keeps_the_row(session: Session, home: Home) -> None:
    placement = home.placement(session)
    actor = _actors(session, home)[PairGiver.STUDENT]
    _decide(session, actor, placement, SINGLE)
    for _ in range(2):
        _decide(session, actor, placement)
    assert (SINGLE, PairGiver.STUDENT) in _open(session, placement)
    (row,) = session.exec(select(PlacementConsent)).all()
    assert row.withdrawn_at == AT
    assert told(session).count("placement_consent:withdraw") == 1


def test_nobody_gives_what_is_not_theirs(session: Session, home: Home) -> None:
    placement = home.placement(session)
    actors = _actors(session, home)
    texts = {one: PAIR_TEXTS[one].text for one in PairConsent}
    assert own_lines(session, actors[PairGiver.HOST], placement) == []
    foreign = [home.office.actor, SYSTEM, Actor(), Actor(application_id=home.adult.id)]
    foreign.append(Actor(guardian_id=9999))
    for actor in foreign:
        with pytest.raises(NotFound, match="nothing at this address"):
            own_lines(session, actor, placement)
        with pytest.raises(NotFound, match="nothing at this address"):
            placement_consents.give(
                session, actor, placement, code=SINGLE, text="T", language="en", at=AT
            )
    for giver, code in ((PairGiver.HOST, SINGLE), (PairGiver.STUDENT, CONTESTED)):
        with pytest.raises(Forbidden, match="not yours to give"):
            placement_consents.decide(
                session,
                actors[giver],
                placement,
                wanted=[code],
                shown=texts,
                language="en",
                at=AT,
            )
    assert session.exec(select(PlacementConsent)).all() == []


def test_guardian_who_no_longer_agrees_leaves_it_outstanding(session: Session, home: Home) -> None:
    placement = home.placement(session)
    actors = _actors(session, home)
    for giver in (PairGiver.STUDENT, PairGiver.GUARDIAN):
        _decide(session, actors[giver], placement, SINGLE, UNMET)
    assert _open(session, placement) == []
    agreements.refuse(session, actors[PairGiver.GUARDIAN], AT)
    assert _open(session, placement) == [
        (SINGLE, PairGiver.GUARDIAN),
        (UNMET, PairGiver.GUARDIAN),
    ]
    with pytest.raises(Conflict, match="may take part"):
        placement_consents.give(
            session,
            actors[PairGiver.GUARDIAN],
            placement,
            code=SINGLE,
            text="T",
            language="en",
            at=AT,
        )


def test_new_version_of_a_text_is_asked_again(
    session: Session, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    placement = home.placement(session)
    actor = _actors(session, home)[PairGiver.STUDENT]
    _decide(session, actor, placement, SINGLE)
    newer = {**PAIR_TEXTS, SINGLE: replace(PAIR_TEXTS[SINGLE], version=2)}
    monkeypatch.setattr(domain, "PAIR_TEXTS", newer)
    assert (SINGLE, PairGiver.STUDENT) in _open(session, placement)
    _decide(session, actor, placement, SINGLE)
    assert (SINGLE, PairGiver.STUDENT) not in _open(session, placement)
    rows = session.exec(select(PlacementConsent)).all()
    assert sorted((one.text_version, one.withdrawn_at is None) for one in rows) == [
        (1, False),
        (2, True),
    ]


def test_consent_about_guests_lapses_when_they_change_and_holds_in_the_next_run(
    session: Session,
) -> None:
    home = make_home(session, adults=2, with_adult=True)
    placement = home.placement(session)
    actors = _actors(session, home)
    assert {line.code for line in checklist(session, placement)} == {MIXED, UNMET}
    cycles.set_rule_pack(session, SYSTEM, home.office.cycle, PackName.US_J1, AT)
    for giver, actor in actors.items():
        codes = (SECOND, MIXED) if giver is PairGiver.HOST else (SECOND, MIXED, UNMET)
        _decide(session, actor, placement, *codes)
    assert _open(session, placement) == []
    # The other guest leaves: what was agreed to is not so any more, and nothing needs it.
    other = home.placement(session, home.adult)
    other.state = PlacementState.ENDED
    session.flush()
    assert {line.code for line in checklist(session, placement)} == {UNMET}
    again = _match(
        session, home.office, [home.minor.public_id, home.adult.public_id], home.host.public_id
    )
    later = session.exec(
        select(Placement).where(
            Placement.run_id == again.id, Placement.student_id == home.minor.student_id
        )
    ).one()
    assert _open(session, later) == []


def test_placement_that_ended_takes_no_more(session: Session, home: Home) -> None:
    placement = home.placement(session)
    actor = _actors(session, home)[PairGiver.STUDENT]
    _decide(session, actor, placement, SINGLE)
    placement.state = PlacementState.DECLINED
    session.flush()
    with pytest.raises(Conflict, match="has ended"):
        _decide(session, actor, placement, SINGLE, UNMET)
    _decide(session, actor, placement)
    assert session.exec(select(PlacementConsent.withdrawn_at)).all() == [AT]


def test_same_answer_sent_many_times_at_once_is_one(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        home = make_home(session)
        session.commit()
        actor = _actors(session, home)[PairGiver.STUDENT]

    def send(session: Session) -> None:
        _decide(session, actor, home.placement(session), SINGLE)

    assert at_once(engine, send) == [None] * 8
    with open_session(engine, writes=False) as session:
        rows = session.exec(select(PlacementConsent)).all()
        assert len([one for one in rows if one.withdrawn_at is None]) == 1
        assert told(session).count("placement_consent:give") == 1


def test_agreement_is_told_to_its_giver_alone_and_goes_with_them(
    session: Session, home: Home
) -> None:
    placement = home.placement(session)
    actors = _actors(session, home)
    for giver in (PairGiver.STUDENT, PairGiver.GUARDIAN):
        _decide(session, actors[giver], placement, SINGLE)
    own = my_data.everything_about(session, actors[PairGiver.STUDENT], AT)
    assert len(own["records"]["placement_consent"]) == 2
    other = my_data.everything_about(session, actors[PairGiver.HOST], AT)
    assert "placement_consent" not in other["records"]
    erasure.erase(session, actors[PairGiver.STUDENT], home.minor, AT)
    assert session.exec(select(PlacementConsent)).all() == []
