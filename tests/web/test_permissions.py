"""Every route is asked for by everybody, with what is theirs, what is not, and what does not exist.

`ROUTES` is the list of routes and what each asks for; a route that is missing here fails, and so
does one that answers anybody otherwise than the one table in `domain/roles.py` says.
"""

import re
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from exchange.config import Settings
from exchange.domain.roles import PROGRAMME_PERMISSIONS, Permission, Role
from exchange.web import guards
from tests.web.conftest import Enter
from tests.web.offered import add_offers
from tests.web.visitor import HOST, Visitor
from tests.web.world import Realm, World

P = Permission

ROUTES: dict[str, Permission] = {
    "static": P.PUBLIC,
    "home.index": P.PUBLIC,
    "home.privacy": P.PUBLIC,
    "home.health": P.PUBLIC,
    "handbook.index": P.PUBLIC,
    "handbook.show": P.PUBLIC,
    "handbook.picture": P.PUBLIC,
    "accounts.sign_in": P.PUBLIC,
    "accounts.check_sign_in": P.PUBLIC,
    "accounts.sign_in_link": P.PUBLIC,
    "accounts.redeem_sign_in_link": P.PUBLIC,
    "accounts.forgotten": P.PUBLIC,
    "accounts.mail_password_link": P.PUBLIC,
    "accounts.link_sent": P.PUBLIC,
    "accounts.new_password": P.PUBLIC,
    "accounts.set_new_password": P.PUBLIC,
    "accounts.show": P.SIGNED_IN,
    "accounts.email": P.SIGNED_IN,
    "accounts.mail_email_link": P.SIGNED_IN,
    "accounts.email_sent": P.SIGNED_IN,
    "accounts.confirm_email": P.PUBLIC,
    "accounts.take_email": P.PUBLIC,
    "step_up.ask": P.SIGNED_IN,
    "step_up.check": P.SIGNED_IN,
    "step_up.introduce": P.SIGNED_IN,
    "step_up.begin": P.SIGNED_IN,
    "step_up.show_secret": P.SIGNED_IN,
    "step_up.finish": P.SIGNED_IN,
    "step_up.recovery_codes": P.SIGNED_IN,
    "step_up.renew_codes": P.SIGNED_IN,
    "accounts.sign_out": P.SIGNED_IN,
    "accounts.password": P.SIGNED_IN,
    "accounts.change_password": P.SIGNED_IN,
    "signup.start": P.PUBLIC,
    "signup.begin": P.PUBLIC,
    "signup.tasks": P.PUBLIC,
    "signup.step": P.PUBLIC,
    "signup.save_step": P.PUBLIC,
    "signup.check": P.PUBLIC,
    "signup.confirm": P.PUBLIC,
    "signup.declaration": P.PUBLIC,
    "signup.send": P.PUBLIC,
    "signup.reference": P.PUBLIC,
    "resume.later": P.PUBLIC,
    "resume.send_link": P.PUBLIC,
    "resume.ask": P.PUBLIC,
    "resume.mail_links": P.PUBLIC,
    "resume.sent": P.PUBLIC,
    "resume.open_link": P.PUBLIC,
    "resume.open_draft": P.PUBLIC,
    "application.open_link": P.PUBLIC,
    "application.redeem": P.PUBLIC,
    "application.new_link": P.PUBLIC,
    "application.request_link": P.PUBLIC,
    "application.link_sent": P.PUBLIC,
    "application.status": P.OWN_APPLICATION,
    "application.confirm_withdrawal": P.OWN_APPLICATION,
    "application.withdraw": P.OWN_APPLICATION,
    "application.close": P.OWN_APPLICATION,
    "my_data.show": P.OWN_APPLICATION,
    "my_data.download": P.OWN_APPLICATION,
    "my_data.seen": P.OWN_APPLICATION,
    "my_data.correct": P.OWN_APPLICATION,
    "my_data.reopen": P.OWN_APPLICATION,
    "my_data.reopen_section": P.OWN_APPLICATION,
    "my_data.confirm_erasure": P.OWN_APPLICATION,
    "my_data.erase": P.OWN_APPLICATION,
    "my_data.noted": P.OWN_APPLICATION,
    "my_data.erased": P.PUBLIC,
    "mails.index": P.READ_MAILS,
    "mails.show": P.READ_MAILS,
    "cycles.index": P.SEE_CYCLES,
    "cycles.show": P.SEE_CYCLES,
    "programmes.index": P.MANAGE_PEOPLE,
    "programmes.new": P.MANAGE_PROGRAMMES,
    "programmes.create": P.MANAGE_PROGRAMMES,
    "programmes.edit": P.MANAGE_PEOPLE,
    "programmes.save": P.MANAGE_PEOPLE,
    "installation.index": P.MANAGE_PROGRAMMES,
    "installation.propose": P.MANAGE_PROGRAMMES,
    "installation.confirm": P.MANAGE_PROGRAMMES,
    "installation.withdraw": P.MANAGE_PROGRAMMES,
    "installation.take": P.MANAGE_PROGRAMMES,
    "staff.index": P.MANAGE_PEOPLE,
    "staff.new": P.MANAGE_PEOPLE,
    "staff.propose": P.MANAGE_PEOPLE,
    "staff.confirm": P.MANAGE_PEOPLE,
    "staff.send_again": P.MANAGE_PEOPLE,
    "staff.withdraw": P.MANAGE_PEOPLE,
    "staff.taking": P.MANAGE_PEOPLE,
    "staff.take": P.MANAGE_PEOPLE,
    "invitations.show": P.PUBLIC,
    "invitations.accept": P.PUBLIC,
    "invitations.index": P.SIGNED_IN,
    "invitations.take": P.SIGNED_IN,
    "returning.again": P.OWN_APPLICATION,
    "returning.begin": P.OWN_APPLICATION,
    "returning.index": P.MANAGE_CYCLES,
    "returning.ask": P.MANAGE_CYCLES,
    "reciprocity.index": P.SEE_RUNS,
    "reciprocity.download": P.EXPORT,
    "cycle_setup.new": P.MANAGE_CYCLES,
    "cycle_setup.create": P.MANAGE_CYCLES,
    "cycle_setup.copy": P.MANAGE_CYCLES,
    "cycle_setup.make_copy": P.MANAGE_CYCLES,
    "cycles.open_sign_up": P.MANAGE_CYCLES,
    "cycles.close_sign_up": P.MANAGE_CYCLES,
    "queues.index": P.SEE_APPLICATIONS,
    "queues.decide": P.SCREEN_APPLICATIONS,
    "queues.write_to_guardians": P.SCREEN_APPLICATIONS,
    "queues.save": P.SEE_APPLICATIONS,
    "queues.forget": P.SEE_APPLICATIONS,
    "students.index": P.SEE_STUDENTS,
    "students.assign": P.MANAGE_CYCLES,
    "students.show": P.SEE_STUDENTS,
    "students.files": P.DOWNLOAD_OWN,
    "students.download": P.DOWNLOAD_OWN,
    "screening.note": P.SCREEN_APPLICATIONS,
    "screening.add_note": P.SCREEN_APPLICATIONS,
    "cycles.application": P.SEE_APPLICATIONS,
    "cycles.decide": P.SCREEN_APPLICATIONS,
    "questions.index": P.MANAGE_CYCLES,
    "questions.preview": P.MANAGE_CYCLES,
    "questions.new": P.MANAGE_CYCLES,
    "questions.add": P.MANAGE_CYCLES,
    "questions.edit": P.MANAGE_CYCLES,
    "questions.save": P.MANAGE_CYCLES,
    "questions.move": P.MANAGE_CYCLES,
    "questions.confirm_removal": P.MANAGE_CYCLES,
    "questions.remove": P.MANAGE_CYCLES,
    "questions.words": P.MANAGE_CYCLES,
    "questions.save_words": P.MANAGE_CYCLES,
    "imports.new": P.MANAGE_CYCLES,
    "imports.upload": P.MANAGE_CYCLES,
    "imports.columns": P.MANAGE_CYCLES,
    "imports.check": P.MANAGE_CYCLES,
    "imports.show": P.MANAGE_CYCLES,
    "imports.take": P.MANAGE_CYCLES,
    "imports.discard": P.MANAGE_CYCLES,
    "mail_texts.index": P.MANAGE_CYCLES,
    "mail_texts.event": P.MANAGE_CYCLES,
    "mail_texts.edit": P.MANAGE_CYCLES,
    "mail_texts.save": P.MANAGE_CYCLES,
    "mail_texts.restore": P.MANAGE_CYCLES,
    "announcements.index": P.MANAGE_CYCLES,
    "announcements.new": P.MANAGE_CYCLES,
    "announcements.write": P.MANAGE_CYCLES,
    "announcements.edit": P.MANAGE_CYCLES,
    "announcements.save": P.MANAGE_CYCLES,
    "announcements.show": P.MANAGE_CYCLES,
    "announcements.send": P.MANAGE_CYCLES,
    "announcements.remove": P.MANAGE_CYCLES,
    "reminders.index": P.MANAGE_CYCLES,
    "reminders.add": P.MANAGE_CYCLES,
    "reminders.set_quiet_hours": P.MANAGE_CYCLES,
    "reminders.switch": P.MANAGE_CYCLES,
    "messages.index": P.MANAGE_CYCLES,
    "messages.of_application": P.SEE_APPLICATIONS,
    "messages.own": P.OWN_APPLICATION,
    "messages.own_of_guardian": P.OWN_GUARDIANSHIP,
    "consents.own": P.OWN_APPLICATION,
    "consents.save_own": P.OWN_APPLICATION,
    "consents.own_guardians": P.OWN_APPLICATION,
    "consents.guardian": P.OWN_APPLICATION,
    "consents.correct_guardian": P.OWN_APPLICATION,
    "consents.send_link": P.OWN_APPLICATION,
    "consents.desk": P.SEE_APPLICATIONS,
    "consents.note_paper": P.SCREEN_APPLICATIONS,
    "consents.send_links": P.SCREEN_APPLICATIONS,
    "guardian.open_link": P.PUBLIC,
    "guardian.redeem": P.PUBLIC,
    "guardian.new_link": P.PUBLIC,
    "guardian.request_link": P.PUBLIC,
    "guardian.link_sent": P.PUBLIC,
    "guardian.show": P.OWN_GUARDIANSHIP,
    "guardian.question": P.OWN_GUARDIANSHIP,
    "guardian.answer": P.OWN_GUARDIANSHIP,
    "guardian.boxes": P.OWN_GUARDIANSHIP,
    "guardian.save_boxes": P.OWN_GUARDIANSHIP,
    "guardian.confirm_withdrawal": P.OWN_GUARDIANSHIP,
    "guardian.withdraw": P.OWN_GUARDIANSHIP,
    "guardian.close": P.OWN_GUARDIANSHIP,
    "checks.index": P.SCREEN_APPLICATIONS,
    "checks.upload": P.SCREEN_APPLICATIONS,
    "checks.table": P.SCREEN_APPLICATIONS,
    "checks.note": P.SCREEN_APPLICATIONS,
    "households.show": P.SEE_APPLICATIONS,
    "households.new": P.SCREEN_APPLICATIONS,
    "households.add": P.SCREEN_APPLICATIONS,
    "households.edit": P.SCREEN_APPLICATIONS,
    "households.correct": P.SCREEN_APPLICATIONS,
    "households.leaving": P.SCREEN_APPLICATIONS,
    "households.move_out": P.SCREEN_APPLICATIONS,
    "households.announce": P.OWN_APPLICATION,
    "households.send_announcement": P.OWN_APPLICATION,
    "screening.section": P.SCREEN_APPLICATIONS,
    "screening.decide": P.SCREEN_APPLICATIONS,
    "screening.second": P.SCREEN_APPLICATIONS,
    "screening.reopen": P.SCREEN_APPLICATIONS,
    "screening.approve": P.SCREEN_APPLICATIONS,
    "screening.check": P.SCREEN_APPLICATIONS,
    "screening.record_check": P.SCREEN_APPLICATIONS,
    "screening.withdrawal": P.SCREEN_APPLICATIONS,
    "screening.withdraw": P.SCREEN_APPLICATIONS,
    "rules.show": P.SEE_RUNS,
    "rules.edit": P.MANAGE_CYCLES,
    "rules.save": P.MANAGE_CYCLES,
    "rules.pack": P.MANAGE_CYCLES,
    "rules.save_pack": P.MANAGE_CYCLES,
    "rules.download": P.SEE_RUNS,
    "rules.upload": P.MANAGE_CYCLES,
    "rules.take_file": P.MANAGE_CYCLES,
    "rules.history": P.SEE_RUNS,
    "rules.version": P.SEE_RUNS,
    "rules.restore": P.MANAGE_CYCLES,
    "pair_weights.index": P.SEE_RUNS,
    "pair_weights.edit": P.MANAGE_CYCLES,
    "pair_weights.save": P.MANAGE_CYCLES,
    "pair_weights.confirm_flatten": P.MANAGE_CYCLES,
    "pair_weights.flatten": P.MANAGE_CYCLES,
    "pictures.index": P.SEE_RUNS,
    "pictures.download": P.EXPORT,
    "comparison.show": P.SEE_RUNS,
    "frontiers.index": P.SEE_RUNS,
    "frontiers.start": P.START_RUNS,
    "frontiers.show": P.SEE_RUNS,
    "frontiers.progress": P.SEE_RUNS,
    "frontiers.cancel": P.START_RUNS,
    "runs.index": P.SEE_RUNS,
    "runs.new": P.START_RUNS,
    "runs.start": P.START_RUNS,
    "runs.show": P.SEE_RUNS,
    "runs.progress": P.SEE_RUNS,
    "runs.cancel": P.START_RUNS,
    "publication.show": P.CONFIRM_RUNS,
    "publication.propose": P.PUBLISH_RUNS,
    "publication.confirm": P.CONFIRM_RUNS,
    "publication.withdraw": P.CONFIRM_RUNS,
    "offers.index": P.SEE_APPLICATIONS,
    "offers.show": P.SEE_APPLICATIONS,
    "offers.release": P.PUBLISH_RUNS,
    "offers.more_time": P.PUBLISH_RUNS,
    "offers.extend": P.PUBLISH_RUNS,
    "offers.confirm_withdrawal": P.PUBLISH_RUNS,
    "offers.withdraw": P.PUBLISH_RUNS,
    "offers.ask_for_answer": P.PUBLISH_RUNS,
    "offers.record": P.PUBLISH_RUNS,
    "offers.times": P.MANAGE_CYCLES,
    "offers.save_times": P.MANAGE_CYCLES,
    "holds.index": P.SEE_APPLICATIONS,
    "holds.place": P.PUBLISH_RUNS,
    "holds.release": P.PUBLISH_RUNS,
    "own_offers.index": P.OWN_APPLICATION,
    "own_offers.show": P.OWN_APPLICATION,
    "own_offers.answer": P.OWN_APPLICATION,
    "own_offers.guardian_index": P.OWN_GUARDIANSHIP,
    "own_offers.guardian_show": P.OWN_GUARDIANSHIP,
    "own_offers.guardian_answer": P.OWN_GUARDIANSHIP,
    "own_offers.agree": P.OWN_APPLICATION,
    "own_offers.guardian_agree": P.OWN_GUARDIANSHIP,
    "placements.index": P.SEE_RUNS,
    "placements.unplaced": P.SEE_RUNS,
    "live_placements.index": P.SEE_APPLICATIONS,
    "help.ask": P.OWN_APPLICATION,
    "help.send": P.OWN_APPLICATION,
    "help.sent": P.OWN_APPLICATION,
    "help.card": P.OWN_APPLICATION,
    "help.guardian_ask": P.OWN_GUARDIANSHIP,
    "help.guardian_send": P.OWN_GUARDIANSHIP,
    "help.guardian_sent": P.OWN_GUARDIANSHIP,
    "help.report": P.REPORT_INCIDENTS,
    "help.send_report": P.REPORT_INCIDENTS,
    "incidents.index": P.SEE_INCIDENTS,
    "incidents.show": P.SEE_INCIDENTS,
    "incidents.acknowledge": P.SEE_INCIDENTS,
    "incidents.add_note": P.SEE_INCIDENTS,
    "incidents.name": P.SEE_INCIDENTS,
    "incidents.ask_to_decide": P.SEE_INCIDENTS,
    "incidents.decide": P.SEE_INCIDENTS,
    "incidents.ask_about_erasure": P.SEE_INCIDENTS,
    "incidents.decide_erasure": P.SEE_INCIDENTS,
    "help.help_numbers": P.MANAGE_CYCLES,
    "help.save_help_numbers": P.MANAGE_CYCLES,
    "stay.index": P.LOG_CONTACTS,
    "stay.show": P.LOG_CONTACTS,
    "stay.note": P.LOG_CONTACTS,
    "stay.assign": P.MANAGE_CYCLES,
    "stay.ask_to_leave": P.START_RUNS,
    "stay.leave": P.START_RUNS,
    "stay.ask_to_correct": P.LOG_CONTACTS,
    "stay.correct": P.LOG_CONTACTS,
    "hand.index": P.START_RUNS,
    "hand.choose": P.START_RUNS,
    "hand.price": P.START_RUNS,
    "hand.change": P.START_RUNS,
    "hand.undo": P.START_RUNS,
    "hand.pair": P.START_RUNS,
    "hand.decide": P.START_RUNS,
    "hand.listed": P.SEE_RUNS,
    "hand.lift": P.START_RUNS,
    "rematch.new": P.START_RUNS,
    "rematch.start": P.START_RUNS,
    "rematch.changes": P.SEE_RUNS,
    "rematch.relocated": P.SEE_RUNS,
    "why.placement": P.SEE_RUNS,
    "why.pair": P.SEE_RUNS,
    "why.unplaced": P.SEE_RUNS,
    "why.recruit": P.SEE_RUNS,
    "why.leans_on": P.SEE_RUNS,
    "exports.index": P.EXPORT,
    "exports.download": P.EXPORT,
    "exports.of_cycle": P.EXPORT,
    "exports.download_of_cycle": P.EXPORT,
    "exports.new": P.EXPORT,
    "exports.define": P.EXPORT,
    "exports.fetch": P.EXPORT,
    "exports.remove": P.EXPORT,
    "tokens.guide": P.PUBLIC,
    "tokens.index": P.MANAGE_CYCLES,
    "tokens.new": P.MANAGE_CYCLES,
    "tokens.make": P.MANAGE_CYCLES,
    "tokens.revoke": P.MANAGE_CYCLES,
    "api.openapi": P.PUBLIC,
    "api.list_programmes": P.BEARER,
    "api.show_programme": P.BEARER,
    "api.list_cycles": P.BEARER,
    "api.show_cycle": P.BEARER,
    "api.list_rules": P.BEARER,
    "api.show_rules": P.BEARER,
    "api.list_applications": P.BEARER,
    "api.add_application": P.BEARER,
    "api.show_application": P.BEARER,
    "api.change_application": P.BEARER,
    "api.list_checks": P.BEARER,
    "api.add_check": P.BEARER,
    "api.list_runs": P.BEARER,
    "api.start_run": P.BEARER,
    "api.show_run": P.BEARER,
    "api.cancel_run": P.BEARER,
    "api.list_placements": P.BEARER,
    "api.list_unplaced": P.BEARER,
    "api.list_contacts": P.BEARER,
    "api.list_waiting": P.BEARER,
    "api.export_cycle": P.BEARER,
    "api.export_run": P.BEARER,
}
"""What a token opens is held by `tests/web/api/test_scopes.py`; a session opens none of it."""


PUBLIC_OBJECTS = frozenset({"signup", "resume"})
"""Blueprints whose pages of any programme's cycle are for everybody."""

OF_ONE_ACCOUNT = frozenset({"upload_id", "saved_id"})
"""Names of things that belong to whoever made them: here the programme's one coordinator."""

MISSING = "0" * 32
MAIL = "e" * 32
"""The one mail that was written into a file."""
OWNERS = ("own", "other", "missing")
STAFF_ROLES = {
    "coordinator": Role.COORDINATOR,
    "reviewer": Role.REVIEWER,
    "auditor": Role.AUDITOR,
    "programme_administrator": Role.PROGRAMME_ADMINISTRATOR,
    "coordinator elsewhere": Role.COORDINATOR,
    "administrator": Role.ADMINISTRATOR,
    "lead": Role.SAFEGUARDING_LEAD,
    "local_coordinator": Role.LOCAL_COORDINATOR,
    "partner": Role.PARTNER,
}
WHO = ("anonymous", "applicant", "guardian", *STAFF_ROLES)


@pytest.fixture
def world(world: World, engine: sa.Engine) -> World:
    """The world, with a match that is published and offered."""
    return add_offers(engine, world)


def arguments(realm: Realm) -> dict[str, str]:
    """What stands in the address of a route, by the name of the argument."""
    return {
        "filename": "css/base.css",
        "kind": "student",
        "step": "about-you",
        "section": "identity",
        "token": realm.link,
        "name": MAIL,
        "cycle_id": realm.cycle,
        "application_id": realm.application,
        "run_id": realm.run,
        "upload_id": realm.upload,
        "saved_id": realm.saved,
        "question_id": realm.question,
        "definition_id": realm.definition,
        "slug": "start-a-run",
        "answer": "text",
        "language": "fr",
        "event": "received",
        "place": "1",
        "number": "1",
        "frontier_id": realm.frontier,
        "pair": "FR-MA",
        "offer_id": realm.offer,
        "hold_id": realm.hold,
        "contact_id": realm.contact,
        "incident_id": realm.incident,
        "programme_id": realm.programme,
        "account_id": realm.account,
        "role": "coordinator",
        "role_offer_id": realm.role_offer,
        "announcement_id": realm.announcement,
        "rule_id": realm.reminder_rule,
        "token_id": realm.token,
    }


OTHERWISE = {
    "exports": {"kind": "participants"},
    "students": {"kind": "participants"},
    "checks": {"kind": "background"},
    "pictures": {"name": "ring"},
    "handbook": {"name": "run-start.webp"},
}
"""Arguments that mean something else in one blueprint."""


def of_blueprint(name: str, realm: Realm) -> dict[str, str]:
    """Arguments that mean something else in one blueprint, by whose object it is."""
    theirs = {
        "guardian": {"token": realm.guardian_link},
        "invitations": {"token": realm.invitation},
        "households": {"application_id": realm.host_application},
    }
    return OTHERWISE.get(name, {}) | theirs.get(name, {})


SENT = {
    "exports.download": {"form": "programs"},
    "exports.download_of_cycle": {"form": "programs"},
    "students.download": {"form": "programs"},
}
"""Values without which a form names nothing."""


@dataclass(frozen=True)
class Cell:
    """One question: who asks for which route with whose object."""

    who: str
    rule: Rule
    method: str
    owner: str


def test_every_route_declares_the_permission_that_is_listed(app: Flask) -> None:
    declared = {
        rule.endpoint: guards.permission_of(app, rule.endpoint) for rule in app.url_map.iter_rules()
    }
    assert declared == ROUTES


def test_app_with_an_unguarded_view_does_not_start(app: Flask) -> None:
    app.view_functions["naked"] = lambda: "open to all"
    app.url_map.add(Rule("/naked", endpoint="naked"))
    with pytest.raises(RuntimeError, match="views without @permit: naked"):
        guards.check_every_view(app)


@pytest.fixture
def _mail(settings: Settings) -> None:
    folder = settings.instance_dir / "mail"
    folder.mkdir(parents=True)
    (folder / f"{MAIL}@exchange.invalid.eml").write_text("Subject: A mail\n\nText\n")


@pytest.mark.usefixtures("_mail")
@pytest.mark.parametrize("who", WHO)
def test_every_route_answers_as_the_table_says(
    app: Flask, enter: Enter, world: World, who: str
) -> None:
    wrong = []
    for cell in _cells(app, who):
        answer = _ask(enter, world, cell)
        verdict = _verdict(answer)
        expected = _expected(app, cell)
        if verdict not in expected:
            wrong.append((cell.method, cell.rule.rule, cell.owner, answer.status_code, expected))
    assert wrong == []


@pytest.mark.parametrize(
    "who", ["coordinator", "reviewer", "programme_administrator", "coordinator elsewhere"]
)
def test_foreign_things_are_told_like_missing_ones(
    app: Flask, enter: Enter, world: World, who: str
) -> None:
    foreign = "own" if who == "coordinator elsewhere" else "other"
    compared = 0
    for rule in app.url_map.iter_rules():
        if not _names_an_object(rule) or rule.endpoint.split(".")[0] in PUBLIC_OBJECTS:
            continue
        for method in _methods(rule):
            theirs = _ask(enter, world, Cell(who, rule, method, foreign))
            nothing = _ask(enter, world, Cell(who, rule, method, "missing"))
            assert _masked(theirs) == _masked(nothing), (method, rule.rule)
            compared += 1
    assert compared > 15


def _cells(app: Flask, who: str) -> list[Cell]:
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
    cells = []
    # What only reads comes first, so that everything is still there to be read.
    for method_order in (("GET", "HEAD"), ("POST", "PUT", "PATCH", "DELETE")):
        for rule in rules:
            owners = OWNERS if _names_an_object(rule) else ("own",)
            cells += [
                Cell(who, rule, method, owner)
                for method in method_order
                if method in _methods(rule)
                for owner in owners
            ]
    return cells


def _methods(rule: Rule) -> set[str]:
    return set(rule.methods or ()) - {"OPTIONS"}


def _names_an_object(rule: Rule) -> bool:
    return any(name.endswith("_id") for name in rule.arguments)


def _ask(enter: Enter, world: World, cell: Cell) -> TestResponse:
    visitor = _enter(enter, world, cell.who)
    realm = world.other if cell.owner == "other" else world.own
    values = arguments(realm) | of_blueprint(cell.rule.endpoint.split(".")[0], realm)
    unknown = set(cell.rule.arguments) - values.keys() - set(cell.rule.defaults or ())
    assert not unknown, f"{cell.rule.rule}: no object is known for {unknown}"
    if cell.owner == "missing":
        values |= {name: MISSING for name in values if name.endswith("_id")}
    adapter = enter.app.url_map.bind("127.0.0.1")
    path = adapter.build(
        cell.rule.endpoint,
        {name: values[name] for name in cell.rule.arguments if name in values},
        method=cell.method,
    )
    data = SENT.get(cell.rule.endpoint, {}) | {"csrf_token": visitor.csrf or ""}
    if cell.method in ("GET", "HEAD"):
        data = {}
    return visitor.client.open(path, method=cell.method, data=data, base_url=HOST, buffered=True)


def _enter(enter: Enter, world: World, who: str) -> Visitor:
    if who == "anonymous":
        return enter()
    if who == "applicant":
        return enter(application_id=world.own.minor_id)
    if who == "guardian":
        return enter(guardian_id=world.own.guardian_id)
    return enter(account_id=world.accounts[who])


def _verdict(answer: TestResponse) -> str:
    location = answer.headers.get("Location", "")
    if answer.status_code == 303 and location.startswith("/sign-in"):
        return "sign in"
    if answer.status_code == 303 and location == "/application/link":
        return "ask for a link"
    if answer.status_code == 303 and location == "/guardian/link":
        return "ask for a guardian's link"
    if answer.status_code in (401, 403, 404):
        return str(answer.status_code)
    assert answer.status_code < 500, answer.request.path
    return "allowed"


def _expected(app: Flask, cell: Cell) -> set[str]:
    permission = guards.permission_of(app, cell.rule.endpoint)
    is_staff = cell.who in STAFF_ROLES
    if permission is P.BEARER:
        return {"401"}
    if permission is P.PUBLIC:
        return {"404"} if cell.owner == "missing" else {"allowed"}
    if permission is P.OWN_APPLICATION:
        return {"allowed"} if cell.who == "applicant" else {"ask for a link"}
    if permission is P.OWN_GUARDIANSHIP:
        return {"allowed"} if cell.who == "guardian" else {"ask for a guardian's link"}
    if not is_staff:
        return {"sign in"}
    if permission is P.SIGNED_IN:
        return {"allowed"}
    if permission not in PROGRAMME_PERMISSIONS[STAFF_ROLES[cell.who]]:
        return {"403"}
    if not _names_an_object(cell.rule):
        return {"allowed"}
    mine = {"coordinator elsewhere": {"other"}, "administrator": {"own", "other"}}
    if OF_ONE_ACCOUNT & cell.rule.arguments:
        others = ("administrator", "reviewer", "lead", "programme_administrator")
        mine |= {one: set[str]() for one in others}
    return {"allowed"} if cell.owner in mine.get(cell.who, {"own"}) else {"404"}


def _masked(answer: TestResponse) -> tuple[int, str, list[tuple[str, str]]]:
    """An answer without what differs from one request to the next."""
    body = re.sub(r'value="[^"]{40,}"', 'value="token"', answer.get_data(as_text=True))
    body = re.sub(r"[0-9a-f]{32}", "id", body)
    shifting = {"X-Request-Id", "Set-Cookie", "Date", "Content-Length"}
    headers = [(name, value) for name, value in answer.headers if name not in shifting]
    return answer.status_code, body, headers
