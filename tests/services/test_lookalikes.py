"""A hint for staff that a person may have signed up twice; never a merge, never for applicants."""

import pytest
from sqlmodel import Session

from exchange.errors import Forbidden, NotFound
from exchange.records import Application
from exchange.services import applications
from exchange.services.actor import Actor
from tests.services.people import Office, make_office, sign_up, student


@pytest.fixture
def office(session: Session) -> Office:
    return make_office(session)


def _found(session: Session, office: Office, application: Application) -> list[str]:
    details = applications.get_application(session, office.actor, application.public_id)
    found = applications.find_lookalikes(session, office.actor, details)
    return [one.public_id for one in found]


def test_names_that_look_alike_point_at_each_other(session: Session, office: Office) -> None:
    first = sign_up(session, office, student(1, given_name="Anna", family_name="Berg"))
    second = sign_up(session, office, student(2, given_name="BERG", family_name="\u0410nn\u0430"))
    third = sign_up(session, office, student(3, given_name="Anne", family_name="Berg"))
    assert _found(session, office, first) == [second.public_id]
    assert _found(session, office, second) == [first.public_id]
    assert _found(session, office, third) == []


def test_people_of_another_cycle_are_not_pointed_at(session: Session, office: Office) -> None:
    other = make_office(session, "Elsewhere")
    names = {"given_name": "Anna", "family_name": "Berg"}
    here = sign_up(session, office, student(1, **names))
    sign_up(session, other, student(2, **names))
    assert _found(session, office, here) == []


def test_who_may_not_see_applications_is_told_nothing(session: Session, office: Office) -> None:
    application = sign_up(session, office, student(1))
    details = applications.details_of(session, application)
    applicant = Actor(account_id=None, application_id=application.id)
    with pytest.raises((Forbidden, NotFound), match="."):
        applications.find_lookalikes(session, applicant, details)
