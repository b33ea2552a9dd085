"""Consents: default off, each given and withdrawn by its giver alone, none of them a gate."""

from dataclasses import asdict
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

import exchange
from exchange.domain.consent import OPTIONAL, TEXTS, Purpose, purposes_of, text_hash
from exchange.domain.snapshot import Snapshot as FrozenSnapshot
from exchange.errors import Forbidden, NotFound
from exchange.records import Application, AuditEvent, Consent, Guardian
from exchange.records.session import open_session
from exchange.services import agreements, consents, guardians, snapshots
from exchange.services.actor import Actor
from tests.services.people import AT, Office, approve, host, make_office, sign_up, student
from tests.services.together import at_once

ALL = {one: TEXTS[one].text for one in OPTIONAL}


@pytest.fixture
def office(session: Session) -> Office:
    return make_office(session)


def _minor(number: int, born: str, nation: str = "FR") -> dict[str, object]:
    return {
        "birth_on": born,
        "nationalities": [nation],
        "guardian_name": "A parent",
        "guardian_email": f"parent{number}@example.org",
    }


def _decide(
    session: Session,
    application: Application,
    *wanted: Purpose,
    guardian: Guardian | None = None,
) -> None:
    actor = Actor(application_id=application.id) if guardian is None else None
    consents.decide(
        session,
        actor or Actor(guardian_id=guardian.id if guardian else None),
        application,
        wanted=wanted,
        shown=ALL,
        language="en",
        at=AT,
        guardian=guardian,
    )


def _agree(session: Session, guardian: Guardian, *wanted: Purpose) -> None:
    agreements.agree(
        session,
        Actor(guardian_id=guardian.id),
        wanted=wanted,
        shown={one: TEXTS[one].text for one in Purpose},
        language="en",
        at=AT,
    )


def test_nothing_is_consented_to_by_default(session: Session, office: Office) -> None:
    for application in (sign_up(session, office, student()), sign_up(session, office, host())):
        assert consents.in_force(session, application) == {}
        assert not any(consents.is_consented(session, application, one, AT) for one in Purpose)


def test_consent_keeps_version_hash_language_and_its_whole_history(
    session: Session, office: Office
) -> None:
    application = sign_up(session, office, student())
    photographs, statistics = Purpose.PHOTOGRAPHS, Purpose.STATISTICS
    _decide(session, application, photographs, statistics)
    _decide(session, application, statistics)
    _decide(session, application, photographs, statistics)
    rows = consents.history(session, application)
    assert [(one.purpose, one.withdrawn_at) for one in rows] == [
        (photographs, AT),
        (statistics, None),
        (photographs, None),
    ]
    row = rows[0]
    assert (row.text_version, row.language, row.given_at) == (1, "en", AT)
    assert row.text_hash == text_hash(TEXTS[photographs].text)
    assert set(consents.in_force(session, application)) == {photographs, statistics}


def test_consent_to_an_older_text_no_longer_counts_and_makes_way(
    session: Session, office: Office
) -> None:
    application = sign_up(session, office, student())
    _decide(session, application, Purpose.STATISTICS)
    row = session.exec(select(Consent)).one()
    row.text_version = 2
    session.flush()
    assert consents.in_force(session, application) == {}
    assert not consents.is_consented(session, application, Purpose.STATISTICS, AT)
    _decide(session, application, Purpose.STATISTICS)
    assert [one.withdrawn_at for one in consents.history(session, application)] == [AT, None]


def test_trail_names_the_purpose_and_no_person(session: Session, office: Office) -> None:
    application = sign_up(session, office, student())
    _decide(session, application, Purpose.HEALTH_TO_HOST)
    _decide(session, application)
    query = select(AuditEvent).where(col(AuditEvent.action).like("consent:%"))
    events = session.exec(query).all()
    assert [(one.action, one.facts) for one in events] == [
        (f"consent:{verb}", {"purpose": "health_to_host", "version": 1})
        for verb in ("give", "withdraw")
    ]
    assert {one.actor for one in events} == {f"application:{application.id}"}


def test_nobody_consents_for_somebody_else(session: Session, office: Office) -> None:
    mine, theirs = (sign_up(session, office, student(number)) for number in range(2))
    for actor in (office.actor, Actor(), Actor(application_id=mine.id), Actor(guardian_id=1)):
        with pytest.raises(NotFound, match="nothing at this address"):
            consents.decide(
                session,
                actor,
                theirs,
                wanted=[Purpose.STATISTICS],
                shown=ALL,
                language="en",
                at=AT,
            )
    assert session.exec(select(Consent)).all() == []


def test_young_student_below_the_age_of_consent_is_not_asked_but_the_guardian_is(
    session: Session, office: Office
) -> None:
    young = sign_up(session, office, student(1, **_minor(1, "2012-06-01")))  # 14; France: 15.
    with pytest.raises(Forbidden, match="not yours"):
        _decide(session, young, Purpose.STATISTICS)
    assert consents.asked_purposes(session, young, AT) == ()
    (guardian,) = guardians.guardians_of(session, young)
    asked = consents.asked_purposes(session, young, AT, guardian=guardian)
    assert asked == purposes_of(young.kind)
    _agree(session, guardian, Purpose.STATISTICS)
    assert consents.is_consented(session, young, Purpose.STATISTICS, AT)
    assert not consents.is_consented(session, young, Purpose.PHOTOGRAPHS, AT)
    agreements.refuse(session, Actor(guardian_id=guardian.id), AT)
    assert not consents.is_consented(session, young, Purpose.STATISTICS, AT)


def test_same_age_in_another_country_decides_alone(session: Session, office: Office) -> None:
    young = sign_up(session, office, student(1, **_minor(1, "2012-06-01", "BE")))
    _decide(session, young, Purpose.STATISTICS)
    assert consents.is_consented(session, young, Purpose.STATISTICS, AT)


def test_photographs_of_a_minor_need_both(session: Session, office: Office) -> None:
    young = sign_up(session, office, student(1, **_minor(1, "2010-06-01")))
    (guardian,) = guardians.guardians_of(session, young)
    _decide(session, young, Purpose.PHOTOGRAPHS)
    assert not consents.is_consented(session, young, Purpose.PHOTOGRAPHS, AT)
    with pytest.raises(Forbidden, match="not yours"):
        _agree(session, guardian, Purpose.HEALTH_TO_HOST)
    _agree(session, guardian, Purpose.PHOTOGRAPHS)
    assert consents.is_consented(session, young, Purpose.PHOTOGRAPHS, AT)
    _decide(session, young)
    assert not consents.is_consented(session, young, Purpose.PHOTOGRAPHS, AT)


def test_refusing_everything_costs_nothing(session: Session, office: Office) -> None:
    """Two students alike but for their consents are the same to the match, but for their ids."""
    yes = sign_up(session, office, student(1, birth_on="2000-01-02"))
    no = sign_up(session, office, student(3, birth_on="2000-01-02"))
    _decide(session, yes, *purposes_of(yes.kind))
    for application in (yes, no):
        approve(session, office, application)
    body = snapshots.take_snapshot(session, office.actor, office.cycle.id, AT).body
    entries = {one.id: one for one in FrozenSnapshot.from_json(body).students}
    told = [asdict(entries[one.public_id]) | {"id": ""} for one in (yes, no)]
    assert told[0] == told[1]
    assert told[0]["cleared"] is True


def test_no_gate_or_match_reads_a_consent() -> None:
    """Only what gives, shows or deletes consents may know of them."""
    root = Path(exchange.__file__).parent
    readers = {
        path.relative_to(root).as_posix()
        for folder in ("matching", "formulation", "domain", "services", "pipeline.py", "jobs")
        for path in ([root / folder] if folder.endswith(".py") else (root / folder).glob("*.py"))
        if "consent import" in path.read_text() or " consents" in path.read_text()
    }
    assert readers >= {"services/agreements.py"}
    assert not readers & {
        "pipeline.py",
        "domain/eligibility.py",
        "domain/rules.py",
        "services/snapshots.py",
        "services/screening.py",
        "services/applications.py",
        "services/publishing.py",
    }
    assert not [one for one in readers if one.startswith(("matching", "formulation", "jobs"))]


def test_same_consent_at_once_is_one_row(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        application = sign_up(session, make_office(session), student())
        application_id = application.id
        session.commit()

    def consent(session: Session) -> str:
        found = session.get(Application, application_id)
        assert found is not None
        _decide(session, found, Purpose.STATISTICS)
        return "done"

    assert at_once(engine, consent) == ["done"] * 8
    with open_session(engine) as session:
        rows = session.exec(select(Consent)).all()
    assert len([one for one in rows if one.withdrawn_at is None]) == 1


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"text_version": 0}, "text_version_positive"),
        ({"text_hash": "short"}, "hash_whole"),
        ({"withdrawn_at": AT.replace(year=2026)}, "withdrawn_after_given"),
        ({"purpose": Purpose.TAKING_PART}, "taking_part_of_guardian"),
    ],
)
def test_consent_that_must_not_be_is_refused_by_the_database(
    session: Session, office: Office, values: dict[str, object], constraint: str
) -> None:
    application = sign_up(session, office, student())
    good = {
        "application_id": application.id,
        "purpose": Purpose.STATISTICS,
        "text_version": 1,
        "text_hash": "0" * 64,
        "language": "en",
        "given_at": AT,
    }
    session.add(Consent(**good))
    session.flush()
    point = session.begin_nested()
    session.add(Consent(**good))
    with pytest.raises(IntegrityError, match=r"(?i)unique|in_force"):
        session.flush()
    point.rollback()
    session.add(Consent(**good | {"purpose": Purpose.PHOTOGRAPHS} | values))
    with pytest.raises(IntegrityError, match=f"(?i){constraint}"):
        session.flush()
