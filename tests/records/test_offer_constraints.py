"""What the database refuses about publications, offers, holds and codes, whoever writes to it."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from exchange.records import Application
from exchange.services import holds, step_up
from tests.services.people import AT, enrol, finish, make_office, publish, start


@pytest.fixture
def stored(session: Session) -> Session:
    """A published match with one offer, a hold, an app being set up, and a proposal that ended."""
    office = make_office(session)
    ids = enrol(session, office)
    run = start(session, office)
    finish(session, run, ids)
    publish(session, office, run)
    references = dict(session.exec(select(Application.public_id, Application.reference)).all())
    holds.place_hold(
        session,
        office.actor,
        office.cycle,
        student=references[ids[1]],
        host=references[ids[2]],
        at=AT,
    )
    step_up.begin_setup(session, office.actor, AT)
    session.commit()
    return session


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE publication SET confirmed_by_id = proposed_by_id", "two_persons"),
        ("UPDATE publication SET confirmed_by_id = NULL", "confirmed_by_somebody"),
        ("UPDATE publication SET ended_at = NULL", "ended_some_time"),
        ("UPDATE offer SET end_reason = 'lapsed'", "ended_for_a_reason"),
        ("UPDATE offer SET end_reason = 'boredom', ended_at = made_at", "offerend"),
        ("UPDATE offer SET deadline_at = NULL", "made_with_deadline"),
        ("UPDATE offer SET version = 0", "version_positive"),
        ("UPDATE offer_answer SET answer = 'accepted'", "answered_some_time"),
        ("UPDATE offer_answer SET reason = 'no'", "reason_to_decline"),
        ("UPDATE offer_answer SET guardian_key = 7", "guardian_named"),
        ("UPDATE hold SET until = NULL", "timed_once_active"),
        ("UPDATE hold SET slot = 3", "two_a_host"),
        ("UPDATE programme SET offer_days = 0", "offer_days_in_range"),
        ("UPDATE programme SET contact_days = 121", "contact_days_in_range"),
        ("UPDATE programme SET hold_hours = 721", "hold_hours_in_range"),
        ("UPDATE placement SET state = 'forgotten'", "placementstate"),
        (
            "INSERT INTO held_place (created_at, host_id, number, offer_id)"
            " SELECT made_at, 1, 0, id FROM offer",
            "numbered_from_one",
        ),
        (
            "INSERT INTO second_factor (created_at, account_id, salt)"
            " SELECT created_at, account_id, salt FROM second_factor",
            "second_factor",
        ),
        (
            "INSERT INTO access_link"
            " (created_at, token_hash, purpose, account_id, expires_at, tries)"
            " SELECT created_at, 'x', 'email', id, created_at, 0 FROM account LIMIT 1",
            "new_address_to_confirm",
        ),
    ],
)
def test_what_must_not_be_is_refused(stored: Session, statement: str, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=f"(?i){constraint}"):
        stored.connection().execute(sa.text(statement))
