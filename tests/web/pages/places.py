"""Every address that shows a page, from the list of routes, so that no new page is forgotten."""

from enum import Enum
from itertools import product

from flask import Flask
from werkzeug.routing import Rule

from exchange.domain.cycle import ApplicationKind
from exchange.domain.roles import PROGRAMME_PERMISSIONS, Permission, Role
from exchange.domain.screening import Section
from exchange.web import guards
from exchange.web.signup.steps import STEPS
from tests.web.test_permissions import arguments, of_blueprint
from tests.web.world import World

NO_PAGE = frozenset(
    {
        "static",
        "home.health",
        "handbook.picture",
        "my_data.download",
        "rules.download",
        "runs.progress",
        "frontiers.progress",
        "api.openapi",
    }
)
"""Routes that answer a GET with a file or a part of a page."""

DRAFTS = frozenset({"signup", "resume"})
"""Blueprints whose pages are those of a draft, beside what everybody sees of them."""


class Who(Enum):
    """Everybody who sees pages of their own."""

    VISITOR = "visitor"
    DRAFTING_STUDENT = "drafting student"
    DRAFTING_HOST = "drafting host"
    INSTITUTION = "drafting institution"
    ABOUT_TO_SEND = "about to send"
    JUST_SENT = "just sent"
    APPLICANT = "applicant"
    HOST = "applicant host"
    GUARDIAN = "guardian"
    AGREED = "guardian who agreed"
    PLACED = "student with an offer"
    PLACED_HOST = "host with an offer"
    PLACED_GUARDIAN = "guardian with an offer"
    COORDINATOR = "coordinator"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"
    LEAD = "lead"
    PARTNER = "partner"


DRAFTING = {
    Who.DRAFTING_STUDENT: ApplicationKind.STUDENT,
    Who.DRAFTING_HOST: ApplicationKind.HOST,
    Who.INSTITUTION: ApplicationKind.HOST,
    Who.ABOUT_TO_SEND: ApplicationKind.STUDENT,
    Who.JUST_SENT: ApplicationKind.STUDENT,
}
ONLY = {
    Who.INSTITUTION: {"organisation"},
    Who.ABOUT_TO_SEND: {"consents", "check", "declaration"},
    Who.JUST_SENT: {"reference"},
    Who.AGREED: {"guardian", "consents", "withdraw"},
    Who.PLACED: {"application", "offers", "1"},
    Who.PLACED_HOST: {"application", "offers", "1"},
    Who.PLACED_GUARDIAN: {"guardian", "offers", "1"},
    Who.PARTNER: {"cycles", "students", "summary", "own-files"},
}
"""What is theirs beyond the pages of others like them, by how the address ends."""

STAFF = {
    Who.COORDINATOR: Role.COORDINATOR,
    Who.REVIEWER: Role.REVIEWER,
    Who.ADMINISTRATOR: Role.ADMINISTRATOR,
    Who.LEAD: Role.SAFEGUARDING_LEAD,
    Who.PARTNER: Role.PARTNER,
}
OWN = {
    Who.APPLICANT: Permission.OWN_APPLICATION,
    Who.HOST: Permission.OWN_APPLICATION,
    Who.GUARDIAN: Permission.OWN_GUARDIANSHIP,
    Who.AGREED: Permission.OWN_GUARDIANSHIP,
    Who.PLACED: Permission.OWN_APPLICATION,
    Who.PLACED_HOST: Permission.OWN_APPLICATION,
    Who.PLACED_GUARDIAN: Permission.OWN_GUARDIANSHIP,
}


def places_of(app: Flask, world: World, who: Who) -> list[str]:
    """The address of every page that somebody sees; steps of a sign-up come last."""
    rules = [rule for rule in _rules_of_pages(app) if _is_for(app, rule, who)]
    rules.sort(key=lambda rule: (rule.endpoint == "signup.step", rule.rule))
    adapter = app.url_map.bind("127.0.0.1")
    paths = [
        adapter.build(rule.endpoint, values, method="GET")
        for rule in rules
        for values in _variants(rule, world, who)
    ]
    return [path for path in paths if who not in ONLY or path.rsplit("/", 1)[1] in ONLY[who]]


def routes_of_pages(app: Flask) -> set[str]:
    """Every route that shows a page."""
    return {rule.endpoint for rule in _rules_of_pages(app)}


def _rules_of_pages(app: Flask) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.endpoint not in NO_PAGE
        and guards.permission_of(app, rule.endpoint) is not Permission.BEARER
    ]


def _is_for(app: Flask, rule: Rule, who: Who) -> bool:
    permission = guards.permission_of(app, rule.endpoint)
    blueprint = rule.endpoint.split(".")[0]
    if permission is Permission.PUBLIC:
        return who is Who.VISITOR or (who in DRAFTING and blueprint in DRAFTS)
    if who in OWN:
        return permission is OWN[who]
    if who not in STAFF:
        return False
    return permission is Permission.SIGNED_IN or permission in PROGRAMME_PERMISSIONS[STAFF[who]]


def _variants(rule: Rule, world: World, who: Who) -> list[dict[str, str]]:
    """What stands in the address: one of each kind that makes a page of its own."""
    own = world.own
    kinds = [DRAFTING[who]] if who in DRAFTING else list(ApplicationKind)
    several: dict[str, list[str]] = {
        "kind": [kind.value for kind in kinds],
        "step": [step.slug for kind in kinds for step in STEPS[kind]],
        "application_id": [own.application, own.minor, own.host_application],
        "run_id": [own.run, own.live_run],
        "frontier_id": [own.frontier, own.live_frontier],
        "section": [section.value for section in Section],
        "place": ["1", "2"],
        "offer_id": [own.offer, own.looked_at_offer],
        "slug": ["screen-applications", "first-set-up"],
    }
    other = of_blueprint(rule.endpoint.split(".")[0], own)
    one = arguments(own) | other
    several = {name: values for name, values in several.items() if name not in other}
    names = sorted(rule.arguments)
    choices = [several.get(name, [one[name]] if name in one else []) for name in names]
    return [dict(zip(names, values, strict=True)) for values in product(*choices)]
