"""The texts of all mails, in the reader's language.

Subjects are neutral: no name, no nation, no programme.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from exchange.translations import translated

LINK_PATH = "/application/open/"
"""Where the token of a status link is opened; the base address is put before it when sending."""
BASE_URL = "{base_url}"
"""Stands in a stored body for the address of the installation."""


class Template(StrEnum):
    """Every mail there is."""

    RECEIVED = "received"
    STATUS_LINK = "status_link"
    STATE_CHANGED = "state_changed"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail as text."""

    subject: str
    body: str


_TEXTS: Mapping[Template, tuple[str, str]] = {
    Template.RECEIVED: (
        "We have received your application",
        """Hello,

thank you. Your application has arrived. Its reference is {reference}.

You can see how it stands here. The link works once and for two weeks; the
page it opens can send you a new one:

{link}

You need not do anything now. We will write to you when something changes.
""",
    ),
    Template.STATUS_LINK: (
        "The link you asked for",
        """Hello,

here is the link to your application. It works once and for two weeks:

{link}

If you did not ask for it, you can ignore this message.
""",
    ),
    Template.STATE_CHANGED: (
        "There is news about your application",
        """Hello,

something has changed in your application {reference}. Please read it here.
The link works once and for two weeks:

{link}
""",
    ),
    Template.RESULT: (
        "There is news about your application",
        """Hello,

the programme has decided about places. What that means for your application
{reference} is written here. The link works once and for two weeks:

{link}
""",
    ),
}


def write_notice(template: Template, context: Mapping[str, str], language: str) -> Notice:
    """Write one mail.

    Parameters
    ----------
    template : Template
    context : mapping
        `token` of a status link, and `reference` where the text has one.
    language : str
        Of the reader; one of `translations.LANGUAGES`.

    Raises
    ------
    KeyError
        When the context lacks what the text needs.
    """
    subject, body = (translated(text, language) for text in _TEXTS[template])
    link = f"{BASE_URL}{LINK_PATH}{context['token']}"
    return Notice(
        subject, body.replace("{link}", link).replace("{reference}", context.get("reference", ""))
    )
