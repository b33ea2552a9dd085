"""Programmes on one installation know nothing of each other.

Each of two programmes is full of words of its own, its canary. Staff of one ask for every route of
the application with every id of the other, in the address and behind it, and meet neither a thing
nor a word of it. Routes are read from the application, so that a new one is asked too; a new kind
of id has to be listed in `IDS`, or the test fails.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import Session, col, select
from werkzeug.routing import Rule

from exchange.clock import now
from exchange.domain.roles import PROGRAMME_PERMISSIONS, Permission, Role
from exchange.domain.rules import Rules
from exchange.exports import KINDS
from exchange.exports.files import FORMS
from exchange.records import (
    Account,
    Announcement,
    ApiToken,
    Application,
    ContactEntry,
    Cycle,
    ExportDefinition,
    Frontier,
    Hold,
    ImportUpload,
    Incident,
    MatchRun,
    Membership,
    Offer,
    Programme,
    Question,
    ReminderRule,
    RoleOffer,
    SavedQueue,
)
from exchange.records.session import open_session
from exchange.services import accounts, applications, cycles, staff_notes
from exchange.services.actor import SYSTEM
from exchange.web import guards
from tests.web.conftest import Enter
from tests.web.offered import add_offers
from tests.web.test_permissions import PUBLIC_OBJECTS, arguments, of_blueprint
from tests.web.visitor import HOST, Visitor
from tests.web.world import Realm, World

IDS: dict[str, type[Any]] = {
    "cycle_id": Cycle,
    "application_id": Application,
    "run_id": MatchRun,
    "upload_id": ImportUpload,
    "saved_id": SavedQueue,
    "question_id": Question,
    "definition_id": ExportDefinition,
    "frontier_id": Frontier,
    "offer_id": Offer,
    "hold_id": Hold,
    "programme_id": Programme,
    "role_offer_id": RoleOffer,
    "account_id": Account,
    "contact_id": ContactEntry,
    "incident_id": Incident,
    "announcement_id": Announcement,
    "rule_id": ReminderRule,
    "token_id": ApiToken,
}
"""The table of each id that an address can name."""

STAFF = {
    "coordinator": Role.COORDINATOR,
    "reviewer": Role.REVIEWER,
    "auditor": Role.AUDITOR,
    "programme_administrator": Role.PROGRAMME_ADMINISTRATOR,
    "lead": Role.SAFEGUARDING_LEAD,
    "local_coordinator": Role.LOCAL_COORDINATOR,
    "partner": Role.PARTNER,
}
OWN_STUDENTS_ALONE = frozenset({"local_coordinator", "partner"})
"""Who may ask for few routes; what they see in their own programme is tested with their pages."""
EVERYBODY = (
    Permission.PUBLIC,
    Permission.SIGNED_IN,
    Permission.OWN_APPLICATION,
    Permission.OWN_GUARDIANSHIP,
)
"""What is not of one programme's staff."""
DOWNLOADS = ("exports.download", "exports.download_of_cycle", "students.download")


@pytest.fixture
def world(world: World, engine: sa.Engine) -> World:
    """The world with offers, notes, and a reason for each version of the rules."""
    world = add_offers(engine, world)
    at = now()
    with open_session(engine) as session:
        for realm in (world.own, world.other):
            for one in (realm.application, realm.host_application):
                details = applications.get_application(session, SYSTEM, one)
                staff_notes.add_note(session, SYSTEM, details, f"{realm.canary} note", at)
            cycle = cycles.get_cycle(session, SYSTEM, realm.cycle)
            rules = Rules(epsilon=0.05)
            cycles.set_rules(session, SYSTEM, cycle, rules, at, reason=f"{realm.canary} reason")
        session.commit()
    return world


def _rules_of(app: Flask, role: Role, methods: tuple[str, ...]) -> Iterator[tuple[Rule, str]]:
    """Routes of staff that a role may use at all, with each of their methods."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: (one.rule, one.endpoint)):
        permission = guards.permission_of(app, rule.endpoint)
        if permission in EVERYBODY or rule.endpoint.split(".")[0] in PUBLIC_OBJECTS:
            continue
        if permission not in PROGRAMME_PERMISSIONS[role]:
            continue
        for method in methods:
            if method in (rule.methods or ()):
                yield rule, method


def _values(rule: Rule, realm: Realm) -> dict[str, str]:
    values = arguments(realm) | of_blueprint(rule.endpoint.split(".")[0], realm)
    return {name: values[name] for name in rule.arguments}


def _ask(visitor: Visitor, rule: Rule, values: dict[str, str], method: str, query: Any = "") -> Any:
    path = visitor.app.url_map.bind("127.0.0.1").build(rule.endpoint, values, method=method)
    return visitor.client.open(
        path,
        method=method,
        data={"csrf_token": visitor.csrf or "", "form": "programs"} if method == "POST" else None,
        query_string=query,
        base_url=HOST,
        buffered=True,
    )


def _ids_of(session: Session, realm: Realm) -> dict[str, list[str]]:
    """The public ids of everything that belongs to one programme, by the name in an address."""
    found: dict[str, list[str]] = {}
    for name, table in IDS.items():
        owner = _programme_of(table)
        query = owner.where(sa.column("programme_id") == realm.programme_id)
        found[name] = sorted(set(session.connection().execute(query).scalars()))
        assert found[name], name
    return found


def _fewer(ids: dict[str, list[str]]) -> dict[str, list[str]]:
    """Two of each kind: a coordinator tries all of them, others enough to tell their routes."""
    return {name: many[:2] for name, many in ids.items()}


def _programme_of(table: type[Any]) -> Any:
    """Public ids of a table beside the row id of the programme that each belongs to."""
    public = col(table.public_id).label("public_id")
    if table is Programme:
        rows = select(public, col(Programme.id).label("programme_id"))
    elif table is Account:
        rows = select(public, col(Membership.programme_id).label("programme_id")).join(
            Membership, col(Membership.account_id) == col(Account.id)
        )
    elif table is ContactEntry:
        rows = (
            select(public, col(Cycle.programme_id).label("programme_id"))
            .join(Application, col(Application.id) == col(ContactEntry.application_id))
            .join(Cycle, col(Application.cycle_id) == col(Cycle.id))
        )
    elif "programme_id" in table.model_fields:
        rows = select(public, col(table.programme_id).label("programme_id"))
    else:
        rows = select(public, col(Cycle.programme_id).label("programme_id")).join(
            Cycle, col(table.cycle_id) == col(Cycle.id)
        )
    inner = rows.subquery()
    return sa.select(inner.c.public_id).select_from(inner)


@pytest.mark.parametrize("who", STAFF)
def test_every_route_answers_404_to_every_id_of_another_programme(
    app: Flask, enter: Enter, world: World, engine: sa.Engine, who: str
) -> None:
    with open_session(engine) as session:
        foreign = _ids_of(session, world.other)
    if who != "coordinator":
        foreign = _fewer(foreign)
    visitor = enter(account_id=world.accounts[who], stepped_up=True)
    let_in = []
    asked = 0
    for rule, method in _rules_of(app, STAFF[who], ("POST", "GET")):
        names = sorted(name for name in rule.arguments if name.endswith("_id"))
        assert set(names) <= IDS.keys(), f"{rule.rule}: say in IDS which table this id is of"
        own = _values(rule, world.own)
        # One foreign id among own ones, each in turn, and then nothing but foreign ones.
        cases = [{name: one} for name in names for one in foreign[name]]
        cases += [{name: foreign[name][0] for name in names}] if names else []
        for case in cases:
            asked += 1
            answer = _ask(visitor, rule, own | case, method)
            if answer.status_code != 404:
                let_in.append((method, rule.rule, sorted(case), answer.status_code))
            assert world.other.canary not in answer.get_data(as_text=True), rule.rule
    assert let_in == []
    assert asked > (8 if who in OWN_STUDENTS_ALONE else 40)


def _pages(
    app: Flask, visitor: Visitor, realm: Realm, ids: dict[str, list[str]], role: Role, query: Any
) -> Iterator[tuple[str, str]]:
    """Every page and every file that a role can read in a programme, with what it says."""
    for rule, method in _rules_of(app, role, ("GET",)):
        values = _values(rule, realm)
        several = {name: ids[name] for name in values if name in ("cycle_id", "run_id")}
        for chosen in product(*several.values()):
            given = values | dict(zip(several, chosen, strict=True))
            answer = _ask(visitor, rule, given, method, query)
            yield f"{rule.endpoint} {given}", answer.get_data(as_text=True)
    for rule, method in _rules_of(app, role, ("POST",)):
        if rule.endpoint not in DOWNLOADS:
            continue
        for kind, form, run, cycle in product(KINDS, FORMS, ids["run_id"], ids["cycle_id"]):
            if form not in ("programs", "json"):
                continue
            given = {"kind": kind, "run_id": run, "cycle_id": cycle}
            path = visitor.app.url_map.bind("127.0.0.1").build(
                rule.endpoint,
                {name: given[name] for name in rule.arguments},
                method=method,
            )
            answer = visitor.client.post(
                path,
                data={"csrf_token": visitor.csrf, "form": form},
                base_url=HOST,
                buffered=True,
            )
            yield f"{path} {form}", answer.get_data(as_text=True)


def _foreign_query(foreign: dict[str, list[str]]) -> list[tuple[str, str]]:
    """What may stand behind an address: ids of the other programme, and a word of both."""
    applications_, runs = foreign["application_id"], foreign["run_id"]
    return [
        ("student", applications_[0]),
        ("host", applications_[-1]),
        ("other", applications_[1]),
        ("with", runs[0]),
        ("of", foreign["question_id"][0]),
        ("search", "Canary"),
        ("words", "Canary"),
    ]


@pytest.mark.parametrize("who", STAFF)
def test_no_page_and_no_file_holds_a_word_or_an_id_of_another_programme(
    app: Flask, enter: Enter, world: World, engine: sa.Engine, who: str
) -> None:
    with open_session(engine) as session:
        own, foreign = (_ids_of(session, realm) for realm in (world.own, world.other))
        mine = session.exec(
            select(Account.public_id).where(Account.id == world.accounts[who])
        ).one()
    ids = {one for many in foreign.values() for one in many} - {mine}
    if who != "coordinator":
        own = _fewer(own)
    visitor = enter(account_id=world.accounts[who], stepped_up=True)
    seen = 0
    for place, text in _pages(app, visitor, world.own, own, STAFF[who], ""):
        seen += world.own.canary in text
        assert world.other.canary not in text, place
        assert not [one for one in ids if one in text], place
    assert seen > (5 if who in OWN_STUDENTS_ALONE else 10)
    query = _foreign_query(foreign)
    named = {value for _name, value in query}
    for place, text in _pages(app, visitor, world.own, own, STAFF[who], query):
        assert world.other.canary not in text, place
        assert not [one for one in ids - named if one in text], place


def test_staff_of_the_other_programme_see_what_is_hidden_here(
    app: Flask, enter: Enter, world: World, engine: sa.Engine
) -> None:
    """What the tests above do not find is really there to be found."""
    with open_session(engine) as session:
        ids = _ids_of(session, world.other)
    visitor = enter(account_id=world.accounts["coordinator elsewhere"], stepped_up=True)
    told = dict(_pages(app, visitor, world.other, ids, Role.COORDINATOR, ""))
    holding = {place.split(" ")[0] for place, text in told.items() if world.other.canary in text}
    places = {one for one in holding if not one.startswith("/")}
    assert {
        "cycles.index",
        "cycles.show",
        "cycles.application",
        "queues.index",
        "questions.index",
        "imports.show",
        "rules.history",
        "exports.index",
        "exports.of_cycle",
        "offers.index",
    } <= places
    files = {one.rsplit("/", 1)[1] for one in holding if one.startswith("/")}
    assert {"participants", "hosts", "rooming"} <= files
    whole = " ".join(told.values())
    for word in ("note", "reason", "filter", "file"):
        assert f"{world.other.canary} {word}" in whole, word
    for name in ("cycle_id", "application_id", "run_id", "offer_id", "hold_id", "definition_id"):
        assert [one for one in ids[name] if one in whole], name


def test_nobody_without_a_role_sees_that_a_programme_is_there(
    app: Flask, enter: Enter, world: World, engine: sa.Engine
) -> None:
    with open_session(engine) as session:
        account = accounts.create_account(
            session, SYSTEM, email="none@example.org", display_name="None", password=None, at=now()
        )
        session.commit()
        account_id = account.id
    visitor = enter(account_id=account_id, stepped_up=True)
    for rule, method in _rules_of(app, Role.ADMINISTRATOR, ("GET", "POST")):
        answer = _ask(visitor, rule, _values(rule, world.own), method)
        assert answer.status_code == 403, rule.rule
        assert world.own.canary not in answer.get_data(as_text=True)
