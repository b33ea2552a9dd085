"""The order of the handbook, and which of its pages helps on which page of the site.

The pages themselves are `exchange/handbook/<slug>.md`; what they may hold is told in `pages.py`.
"""

from dataclasses import dataclass

from exchange.web.i18n import LazySentence
from exchange.web.i18n import lazy_gettext as _l


@dataclass(frozen=True)
class Group:
    """Pages that belong together, in the order in which the work comes."""

    heading: LazySentence
    slugs: tuple[str, ...]


GROUPS = (
    Group(
        _l("If you want to take part"),
        (
            *("apply", "hosts-part", "guardians-part", "answer-an-offer"),
            *("ask-for-help", "your-data"),
        ),
    ),
    Group(
        _l("For staff: before people sign up"),
        (
            "a-season",
            "sign-in",
            "second-factor",
            "people-and-roles",
            "open-a-cycle",
            "copy-a-cycle",
            "ask-your-own-questions",
            "set-the-rules",
            "weigh-pairs-of-nations",
            "reciprocity",
        ),
    ),
    Group(
        _l("For staff: while people sign up"),
        (
            "read-the-desk",
            "screen-applications",
            "checks-and-blockers",
            "keep-a-household-up-to-date",
            "follow-up-guardians",
            "write-to-guardians",
            "messages",
            "import-a-file",
            "api",
        ),
    ),
    Group(
        _l("For staff: the match"),
        (
            "start-a-run",
            "read-a-run",
            "compare-runs",
            "choose-between-diversity-and-fit",
            "find-out-why",
            "change-by-hand",
            "stress-test",
            "publish-a-run",
        ),
    ),
    Group(
        _l("For staff: after the match"),
        (
            "offers-and-answers",
            "waiting-list",
            "re-match",
            "look-after-placements",
            "students-in-your-care",
            "sending-partner",
            "exports",
        ),
    ),
    Group(
        _l("For staff: during the stay"),
        ("contacts", "help-and-incidents"),
    ),
    Group(
        _l("For administrators"),
        ("first-set-up", "mails", "back-up"),
    ),
)

HELP = {
    "home": "apply",
    "home.privacy": "your-data",
    "signup": "apply",
    "resume": "apply",
    "application": "apply",
    "my_data": "your-data",
    "guardian": "guardians-part",
    "own_offers": "answer-an-offer",
    "consents": "your-data",
    "consents.own_guardians": "guardians-part",
    "consents.guardian": "guardians-part",
    "consents.desk": "follow-up-guardians",
    "households": "keep-a-household-up-to-date",
    "households.announce": "hosts-part",
    "accounts": "sign-in",
    "step_up": "second-factor",
    "mails": "mails",
    "cycles": "read-the-desk",
    "cycles.index": "a-season",
    "cycles.application": "screen-applications",
    "queues": "screen-applications",
    "students": "students-in-your-care",
    "students.files": "sending-partner",
    "screening": "screen-applications",
    "screening.check": "checks-and-blockers",
    "screening.withdrawal": "offers-and-answers",
    "checks": "checks-and-blockers",
    "questions": "ask-your-own-questions",
    "imports": "import-a-file",
    "rules": "set-the-rules",
    "pair_weights": "weigh-pairs-of-nations",
    "runs": "read-a-run",
    "runs.new": "start-a-run",
    "pictures": "read-a-run",
    "comparison": "compare-runs",
    "frontiers": "choose-between-diversity-and-fit",
    "placements": "read-a-run",
    "placements.unplaced": "waiting-list",
    "why": "find-out-why",
    "why.recruit": "waiting-list",
    "why.leans_on": "stress-test",
    "hand": "change-by-hand",
    "publication": "publish-a-run",
    "offers": "offers-and-answers",
    "holds": "waiting-list",
    "rematch": "re-match",
    "live_placements": "look-after-placements",
    "exports": "exports",
    "programmes": "people-and-roles",
    "staff": "people-and-roles",
    "installation": "people-and-roles",
    "invitations": "people-and-roles",
    "cycle_setup": "copy-a-cycle",
    "cycle_setup.new": "open-a-cycle",
    "returning": "copy-a-cycle",
    "returning.again": "apply",
    "reciprocity": "reciprocity",
    "messages": "messages",
    "messages.own": "your-data",
    "messages.own_of_guardian": "guardians-part",
    "mail_texts": "messages",
    "announcements": "messages",
    "reminders": "messages",
    "stay": "contacts",
    "help": "ask-for-help",
    "help.report": "help-and-incidents",
    "help.help_numbers": "help-and-incidents",
    "incidents": "help-and-incidents",
    "tokens": "api",
}
"""The page that helps, by endpoint, or by blueprint for all its endpoints that are not named."""


def slugs() -> tuple[str, ...]:
    """Every page, in the order of the index."""
    return tuple(slug for group in GROUPS for slug in group.slugs)


OF_HOSTS = {"signup": "hosts-part", "resume": "hosts-part", "application": "hosts-part"}
"""The page that helps a host instead, by blueprint."""


def help_for(endpoint: str | None, *, is_host: bool = False) -> str | None:
    """Return the page that helps where somebody is, if there is one."""
    if endpoint is None:
        return None
    blueprint = endpoint.split(".")[0]
    if is_host and blueprint in OF_HOSTS:
        return OF_HOSTS[blueprint]
    return HELP.get(endpoint) or HELP.get(blueprint)
