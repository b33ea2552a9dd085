"""A page of sign-up, a step and the final sending keep to few statements.

Each statement costs processor time in two processes, and those of the sending are held under the
write lock that every other applicant waits for.
"""

from flask import Flask

from tests.web.signup.way import STUDENT, begin, fill_in
from tests.web.statements import statements
from tests.web.visitor import Visitor
from tests.web.world import World

MOST_OF_A_PAGE = 4
MOST_OF_A_STEP = 5
MOST_OF_A_SENDING = {"sqlite": 24, "postgresql": 26}
"""One of them asks whether the programme words the mail itself. PostgreSQL is also asked for the
lock of the audit trail, once for each of the two events."""


def test_step_is_shown_and_kept_with_few_statements(
    app: Flask, visitor: Visitor, world: World
) -> None:
    begin(visitor, world.own.cycle)
    path = f"/signup/{world.own.cycle}/student/about-you"
    with statements(app) as shown:
        assert visitor.get(path).status == 200
    with statements(app) as kept:
        assert visitor.send({"given_name": "Anna"}, follow=False).status == 303
    assert 0 < len(shown) <= MOST_OF_A_PAGE, shown
    assert any(sent.startswith("UPDATE draft") for sent in kept)
    assert len(kept) <= MOST_OF_A_STEP, kept


def test_draft_with_a_consent_is_sent_with_few_statements(
    app: Flask, visitor: Visitor, world: World
) -> None:
    answers = {**STUDENT, "consents": {"photographs": "yes"}}
    fill_in(visitor, begin(visitor, world.own.cycle), answers)
    assert visitor.send().path.endswith("/declaration")
    with statements(app) as sent:
        page = visitor.send({"is_true": "yes", "agrees": "yes"}, follow=False)
    assert page.status == 303
    assert any(one.startswith("INSERT INTO consent") for one in sent)
    dialect = app.extensions["exchange.engine"].dialect.name
    assert len(sent) <= MOST_OF_A_SENDING[dialect], sent
    locks = [one for one in sent if "pg_advisory_xact_lock" in one]
    assert len(locks) == (2 if dialect == "postgresql" else 0)
