"""Who has seen an application: once for each person and day, told by role and never by name."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session

from exchange.domain.roles import Role
from exchange.records import Application
from exchange.records.session import open_session
from exchange.services import accounts, applications, viewings
from exchange.services.actor import SYSTEM, Actor
from exchange.services.viewings import Viewing
from tests.services.people import AT, Office, make_office, sign_up, student, told
from tests.services.together import at_once

DAY = timedelta(days=1)


def _another(session: Session, office: Office, role: Role) -> Actor:
    account = accounts.create_account(
        session,
        SYSTEM,
        email=f"{role.value}@example.org",
        display_name="Somebody",
        password=None,
        role=role,
        programme_id=office.programme.id,
        at=AT,
    )
    return accounts.actor_of(session, account.id)


def test_note_viewing_once_for_each_person_and_day(session: Session) -> None:
    office = make_office(session)
    application = sign_up(session, office, student())
    details = applications.details_of(session, application)
    reviewer = _another(session, office, Role.REVIEWER)
    looks = [
        (office.actor, AT),
        (office.actor, AT + timedelta(hours=11)),
        (reviewer, AT),
        (office.actor, AT + DAY),
        (Actor(application_id=application.id), AT),
    ]
    assert [viewings.note_viewing(session, who, details, at) for who, at in looks] == [
        True,
        False,
        True,
        True,
        False,
    ]
    assert viewings.viewings_of(session, application.public_id) == [
        Viewing("coordinator", (AT + DAY).date()),
        Viewing("reviewer", AT.date()),
        Viewing("coordinator", AT.date()),
    ]


def test_viewings_of_another_application_are_not_told(session: Session) -> None:
    office = make_office(session)
    seen, other = sign_up(session, office, student()), sign_up(session, office, student(1))
    viewings.note_viewing(session, office.actor, applications.details_of(session, seen), AT)
    assert len(viewings.viewings_of(session, seen.public_id)) == 1
    assert viewings.viewings_of(session, other.public_id) == []


def test_note_viewing_by_many_at_once_is_one_event(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        application = sign_up(session, office, student())
        session.commit()

    def look(session: Session) -> bool:
        own = session.get_one(Application, application.id)
        details = applications.details_of(session, own)
        return viewings.note_viewing(session, office.actor, details, AT)

    assert sorted(at_once(engine, look)) == [False] * 7 + [True]
    with open_session(engine, writes=False) as session:
        assert told(session).count("application:viewed") == 1
