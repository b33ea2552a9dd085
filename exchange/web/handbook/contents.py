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
        (),
    ),
    Group(
        _l("For staff: before people sign up"),
        (),
    ),
    Group(
        _l("For staff: while people sign up"),
        ("screen-applications",),
    ),
    Group(
        _l("For staff: the match"),
        ("start-a-run",),
    ),
    Group(
        _l("For staff: after the match"),
        ("publish-a-run",),
    ),
    Group(
        _l("For administrators"),
        (),
    ),
)

HELP = {
    "queues": "screen-applications",
    "screening": "screen-applications",
    "cycles.application": "screen-applications",
    "runs": "start-a-run",
    "publication": "publish-a-run",
}
"""The page that helps, by endpoint, or by blueprint for all its endpoints that are not named."""


def slugs() -> tuple[str, ...]:
    """Every page, in the order of the index."""
    return tuple(slug for group in GROUPS for slug in group.slugs)


def help_for(endpoint: str | None) -> str | None:
    """Return the page that helps where somebody is, if there is one."""
    if endpoint is None:
        return None
    return HELP.get(endpoint) or HELP.get(endpoint.split(".")[0])
