"""The texts of all mails, in the reader's language.

Subjects are neutral: no name, no nation, no programme.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from exchange.translations import ENGLISH, translated

LINK_PATH = "/application/open/"
"""Where the token of a status link is opened; the base address is put before it when sending."""
RESUME_PATH = "/resume/open/"
"""The same for a link that opens a draft on another device."""
GUARDIAN_PATH = "/guardian/open/"
"""Where a guardian opens the token of a link."""
STAFF_PATH = "/applications/"
"""Where staff look at an application, which the id says."""
CYCLE_PATH = "/cycles/"
"""Where staff look at a cycle."""
PASSWORD_PATH = "/sign-in/new-password/"  # noqa: S105
"""Where staff set a new password by a link."""
EMAIL_PATH = "/account/email/confirm/"
"""Where staff confirm a new e-mail address."""
ACCOUNT_PATH = "/account"
"""Where staff see how they sign in; a page without a token."""
RUN_PATH = "/runs/"
"""Where staff look at a run, which the id says."""
INCIDENT_PATH = "/incidents/"
"""Where a safeguarding lead looks at an incident, which the id says."""
PROGRAMME_PATH = "/programmes/"
"""Where staff look at a programme, which the id says."""
INVITATION_PATH = "/invitation/"
"""Where somebody who has no account yet takes a role by a link."""
ROLES_PATH = "/account/roles"
"""Where somebody who has an account takes a role; a page without a token."""
NEW_LINK_PATH = "/application/link"
"""Where an applicant asks for a link; a page without a token."""
NEW_GUARDIAN_LINK_PATH = "/guardian/link"
BASE_URL = "{base_url}"
"""Stands in a stored body for the address of the installation."""
LINK = "{link}"
"""Stands for a link in the text of a mail, and in what is kept of it: the link works once and is
nobody else's."""


class Template(StrEnum):
    """Every mail there is."""

    RECEIVED = "received"
    STATUS_LINK = "status_link"
    STATE_CHANGED = "state_changed"
    WITHDRAWN_FOR_YOU = "withdrawn_for_you"
    RESULT = "result"
    RESUME = "resume"
    DRAFT_REMINDER = "draft_reminder"
    GUARDIAN_ASKED = "guardian_asked"
    GUARDIAN_ASKED_AGAIN = "guardian_asked_again"
    GUARDIAN_WITHDREW = "guardian_withdrew"
    PLACEMENTS_FOUND = "placements_found"
    HOUSEHOLD_CHANGED = "household_changed"
    OFFER = "offer"
    OFFER_TO_GUARDIAN = "offer_to_guardian"
    NEWS_TO_GUARDIAN = "news_to_guardian"
    PUBLICATION_PROPOSED = "publication_proposed"
    PASSWORD_LINK = "password_link"  # noqa: S105
    EMAIL_LINK = "email_link"
    SIGN_IN_CHANGED = "sign_in_changed"
    CONTACTS_DUE = "contacts_due"
    CONTACTS_OVERDUE = "contacts_overdue"
    HELP_ASKED = "help_asked"
    HELP_LATE = "help_late"
    HELP_OUTSIDE = "help_outside"
    RELOCATION_ASKED = "relocation_asked"
    ERASURE_WAITS = "erasure_waits"
    APPLY_AGAIN = "apply_again"
    ROLE_PROPOSED = "role_proposed"
    INVITATION = "invitation"
    ROLE_OFFERED = "role_offered"
    REMIND_DRAFT = "remind_draft"
    REMIND_GUARDIAN = "remind_guardian"
    REMIND_RETURNED = "remind_returned"
    REMIND_OFFER = "remind_offer"
    REMIND_OFFER_GUARDIAN = "remind_offer_guardian"
    REMIND_CHECK = "remind_check"
    REMIND_REFERENCE = "remind_reference"
    REMIND_STAFF_WAITING = "remind_staff_waiting"
    REMIND_STAFF_HOLDS = "remind_staff_holds"
    ANNOUNCEMENT = "announcement"
    ANNOUNCEMENT_TO_GUARDIAN = "announcement_to_guardian"


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail as text."""

    subject: str
    body: str
    kept: str
    """The body as it may be shown later: without a link that opens something."""


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
    Template.WITHDRAWN_FOR_YOU: (
        "There is news about your application",
        """Hello,

somebody has asked the office of the programme to withdraw your application
{reference}: you, or somebody who spoke for you. It is withdrawn now, and you
need not do anything.

If you did not want this, say so at once. The programme’s address stands on
the page of your application. The link works once and for two weeks:

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
    Template.RESUME: (
        "The link you asked for",
        """Hello,

here is the link with which you go on where you stopped. It works once:

{link}

The page asks for the code of six signs that was shown to you when you asked
for the link. We do not know it and cannot send it.

If you did not ask for a link, you can ignore this message.
""",
    ),
    Template.DRAFT_REMINDER: (
        "Something you began is still waiting",
        """Hello,

some weeks ago you began to fill in a form, and it is not finished. If you
would like to go on, open it here. The link works once:

{link}

The page asks for the code of six signs that was shown to you when you asked
for a link.

If you would not, there is nothing to do: in a week everything that you typed
is deleted. We will not write about it again.
""",
    ),
    Template.GUARDIAN_ASKED: (
        "A question that only you can answer",
        """Hello,

a young person names you as parent or guardian and would like to take part in
an exchange. Nothing goes on before you have agreed. You see who it is, what
it is about, and can agree or say no here. The link works once and for two
weeks:

{link}

If it has expired, the page can send you a new one; the reference is
{reference}. If this is not about you, you can ignore this message.
""",
    ),
    Template.GUARDIAN_ASKED_AGAIN: (
        "The words you agreed to have changed",
        """Hello,

some time ago you agreed that a young person may take part in an exchange.
The text of that agreement has changed since, so we ask you once more. Until
you answer, their application waits. You can read the new text, and agree or
say no, here. The link works once and for two weeks:

{link}

If it has expired, the page can send you a new one; the reference is
{reference}.
""",
    ),
    Template.GUARDIAN_WITHDREW: (
        "An application needs you to look at it",
        """Hello,

a guardian no longer agrees to application {reference}. It is no longer
approved and will not be matched. If a place was found already, please act
now. You see it here after signing in:

{link}
""",
    ),
    Template.PLACEMENTS_FOUND: (
        "Some placements need you to look at them",
        """Hello,

today’s look at the placements of a cycle has found some that need a person
to look at them. How many: {count}. You see them here after signing in:

{link}
""",
    ),
    Template.OFFER: (
        "There is news that needs your answer",
        """Hello,

the programme has decided about places, and for application {reference} there
is an offer. Read it and say whether it suits you, here. The link works once
and for two weeks; the page tells you until when you can answer:

{link}
""",
    ),
    Template.HOUSEHOLD_CHANGED: (
        "An application needs you to look at it",
        """Hello,

the host of application {reference} has announced that somebody moves in.
Whatever has to be checked before a guest may live there is listed on its
page. You see it here after signing in:

{link}
""",
    ),
    Template.OFFER_TO_GUARDIAN: (
        "There is news that needs your answer",
        """Hello,

you agreed that a young person may take part in an exchange. For application
{reference} there is an offer now. Read it and say whether it suits you, here.
The link works once and for two weeks; the page tells you until when you can
answer:

{link}

If it has expired, the page can send you a new one.
""",
    ),
    Template.NEWS_TO_GUARDIAN: (
        "There is news about an application",
        """Hello,

something has changed in application {reference}, to which you agreed. Please
read it here. The link works once and for two weeks; if it has expired, the
page can send you a new one:

{link}
""",
    ),
    Template.PUBLICATION_PROPOSED: (
        "A second person is needed",
        """Hello,

a colleague proposes to publish a match. That takes a second person. Please
look at it and confirm it, or say no, here after signing in:

{link}
""",
    ),
    Template.PASSWORD_LINK: (
        "The link you asked for",
        """Hello,

here you can choose a new password. The link works once and for one hour:

{link}

If you did not ask for it, you can ignore this message: nothing has changed.
""",
    ),
    Template.EMAIL_LINK: (
        "Please confirm your address",
        """Hello,

somebody, most likely you, wants to sign in with this address from now on.
Confirm it here. The link works once and for one hour:

{link}

If it was not you, you can ignore this message: nothing has changed.
""",
    ),
    Template.SIGN_IN_CHANGED: (
        "How you sign in has changed",
        """Hello,

the way in which you sign in has just been changed: your password, your
address, or the app that shows your codes. If it was you, there is nothing to
do. If it was not, tell an administrator of your programme at once, and look
at your account here:

{link}
""",
    ),
    Template.CONTACTS_DUE: (
        "Some people should hear from you",
        """Hello,

some people whom you look after should hear from you in the next days. How
many contacts are due: {count}. You see them here after signing in:

{link}
""",
    ),
    Template.CONTACTS_OVERDUE: (
        "Some people were not heard of in time",
        """Hello,

with some people nobody has spoken in the time that the programme sets itself.
How many contacts are overdue: {count}. You see them here after signing in;
please make sure that somebody speaks with them today:

{link}
""",
    ),
    Template.HELP_ASKED: (
        "Something needs you now",
        """Hello,

something waits for you. Please look at it at once. You see it here after
signing in:

{link}
""",
    ),
    Template.HELP_LATE: (
        "Something still needs you",
        """Hello,

something has waited for you longer than it may. Please look at it now. You
see it here after signing in:

{link}
""",
    ),
    Template.HELP_OUTSIDE: (
        "Somebody waits for you",
        """Hello,

you are named as the person outside a programme who is asked when nobody
inside can be. Somebody has asked for help, and nobody inside may look at it,
or nobody has in time. The reference is {reference}.

Please call the programme’s duty number now, and make sure that somebody who
has nothing to do with it answers. Whoever is made a safeguarding lead of the
programme, and is not named in it, can read it after signing in here:

{link}
""",
    ),
    Template.RELOCATION_ASKED: (
        "A placement needs you to look at it",
        """Hello,

a safeguarding lead asks that somebody lives elsewhere from now on. Please
find another home today. You see whom it is about here after signing in:

{link}
""",
    ),
    Template.ERASURE_WAITS: (
        "A wish to be erased waits for you",
        """Hello,

somebody wishes that everything about them is erased, and you have to decide
first. You see it here after signing in:

{link}
""",
    ),
    Template.APPLY_AGAIN: (
        "Would you like to take part again?",
        """Hello,

last time you signed up with us, and now sign-up is open again. If you would
like to take part once more, your answers of last time can be filled in for
you: you only check them. The link works once and for two weeks:

{link}

If you would not, there is nothing to do.
""",
    ),
    Template.ROLE_PROPOSED: (
        "A second person is needed",
        """Hello,

a colleague proposes to give somebody a role in your programme. That takes a
second person. Please look at it and confirm it, or say no, here after signing
in:

{link}
""",
    ),
    Template.INVITATION: (
        "You are invited",
        """Hello,

a programme would like you to work with it on this service. What it offers you
is written here. You choose a name and a password there. The link works once
and for one week:

{link}

If you do not expect this, you can ignore this message.
""",
    ),
    Template.ROLE_OFFERED: (
        "You are invited",
        """Hello,

a programme would like you to work with it. You can sign in as before. What it
offers you is written here, and waits there for one week:

{link}

If you do not expect this, you can ignore this message.
""",
    ),
    Template.REMIND_DRAFT: (
        "Something you began is still waiting",
        """Hello,

you began to fill in a form, and it is not finished. Sign-up closes soon. If
you would like to take part, go on here. The link works once:

{link}

The page asks for the code of six signs that was shown to you when you asked
for a link. If you would not, there is nothing to do.
""",
    ),
    Template.REMIND_GUARDIAN: (
        "A question that only you can answer",
        """Hello,

a young person named you as parent or guardian, and application {reference}
waits for your answer. You see who it is, what it is about, and can agree or
say no here. The link works once and for two weeks:

{link}

If it has expired, the page can send you a new one. If this is not about you,
you can ignore this message.
""",
    ),
    Template.REMIND_RETURNED: (
        "Your application waits for you",
        """Hello,

some time ago we asked you to correct something in application {reference}.
It waits until you have. You see what is missing here. The link works once and
for two weeks:

{link}
""",
    ),
    Template.REMIND_OFFER: (
        "There is news that needs your answer",
        """Hello,

for application {reference} there is an offer that you have not answered yet,
and the time to answer is nearly over. Read it and say whether it suits you,
here. The link works once; the page tells you until when you can answer:

{link}
""",
    ),
    Template.REMIND_OFFER_GUARDIAN: (
        "There is news that needs your answer",
        """Hello,

for application {reference}, to which you agreed, there is an offer that you
have not answered yet, and the time to answer is nearly over. Read it and say
whether it suits you, here. The link works once; the page tells you until when
you can answer:

{link}

If it has expired, the page can send you a new one.
""",
    ),
    Template.REMIND_CHECK: (
        "Something needs to be renewed",
        """Hello,

one of the checks for application {reference} is valid for a short time only
from now on. Please ask the programme how it is made again. You see how your
application stands here. The link works once and for two weeks:

{link}
""",
    ),
    Template.REMIND_REFERENCE: (
        "Something is still missing",
        """Hello,

for application {reference} we have not yet heard from all the people whom you
named as references. Please ask them whether they can be reached. You see how
your application stands here. The link works once and for two weeks:

{link}
""",
    ),
    Template.REMIND_STAFF_WAITING: (
        "Some applications have waited for long",
        """Hello,

applications to a cycle wait to be looked at, longer than you wanted them to.
How many have come to that since the last message: {count}. You see them here
after signing in:

{link}
""",
    ),
    Template.REMIND_STAFF_HOLDS: (
        "Some holds are about to end",
        """Hello,

some students are held by a host, and the time of the hold is nearly over. How
many have come to that since the last message: {count}. You see them here after
signing in:

{link}
""",
    ),
    Template.ANNOUNCEMENT: (
        "You have a message",
        """Hello,

the programme writes to you about application {reference}:

{message}

This message also stands on your page. If you have no link to it, ask for one
here:

{link}
""",
    ),
    Template.ANNOUNCEMENT_TO_GUARDIAN: (
        "You have a message",
        """Hello,

the programme writes to you about application {reference}, to which you were
asked to agree:

{message}

This message also stands on your page. If you have no link to it, ask for one
here:

{link}
""",
    ),
}

_PATHS: Mapping[Template, str] = {
    Template.RESUME: RESUME_PATH,
    Template.DRAFT_REMINDER: RESUME_PATH,
    Template.GUARDIAN_ASKED: GUARDIAN_PATH,
    Template.GUARDIAN_ASKED_AGAIN: GUARDIAN_PATH,
    Template.GUARDIAN_WITHDREW: STAFF_PATH,
    Template.PLACEMENTS_FOUND: CYCLE_PATH,
    Template.HOUSEHOLD_CHANGED: STAFF_PATH,
    Template.OFFER_TO_GUARDIAN: GUARDIAN_PATH,
    Template.NEWS_TO_GUARDIAN: GUARDIAN_PATH,
    Template.PUBLICATION_PROPOSED: RUN_PATH,
    Template.PASSWORD_LINK: PASSWORD_PATH,
    Template.EMAIL_LINK: EMAIL_PATH,
    Template.SIGN_IN_CHANGED: ACCOUNT_PATH,
    Template.CONTACTS_DUE: CYCLE_PATH,
    Template.CONTACTS_OVERDUE: CYCLE_PATH,
    Template.HELP_ASKED: INCIDENT_PATH,
    Template.HELP_LATE: INCIDENT_PATH,
    Template.HELP_OUTSIDE: INCIDENT_PATH,
    Template.RELOCATION_ASKED: CYCLE_PATH,
    Template.ERASURE_WAITS: INCIDENT_PATH,
    Template.ROLE_PROPOSED: PROGRAMME_PATH,
    Template.INVITATION: INVITATION_PATH,
    Template.ROLE_OFFERED: ROLES_PATH,
    Template.REMIND_DRAFT: RESUME_PATH,
    Template.REMIND_GUARDIAN: GUARDIAN_PATH,
    Template.REMIND_OFFER_GUARDIAN: GUARDIAN_PATH,
    Template.REMIND_STAFF_WAITING: CYCLE_PATH,
    Template.REMIND_STAFF_HOLDS: CYCLE_PATH,
    Template.ANNOUNCEMENT: NEW_LINK_PATH,
    Template.ANNOUNCEMENT_TO_GUARDIAN: NEW_GUARDIAN_LINK_PATH,
}
"""Where the link of a mail leads, if not to one's own application."""


_WITH_TOKEN = frozenset(
    {LINK_PATH, RESUME_PATH, GUARDIAN_PATH, PASSWORD_PATH, EMAIL_PATH, INVITATION_PATH}
)
"""Where a link opens something by itself."""
_NAMES = re.compile(r"\{([a-z_]+)\}")


def default_text(template: Template, language: str = ENGLISH) -> tuple[str, str]:
    """Return subject and body of a mail as we word it, with its placeholders."""
    subject, body = _TEXTS[template]
    return translated(subject, language), translated(body, language)


def write_notice(
    template: Template,
    context: Mapping[str, str],
    language: str,
    *,
    words: tuple[str, str] | None = None,
) -> Notice:
    """Write one mail.

    Parameters
    ----------
    template : Template
    context : mapping
        `token` of the link, an id where it leads to a page of staff; and whatever else the text
        fills in, by the name of the placeholder.
    language : str
        Of the reader; one of `translations.LANGUAGES`.
    words : (str, str), optional
        Subject and body as a programme words them, instead of ours.

    Raises
    ------
    KeyError
        When the context lacks what the text needs.
    """
    subject, body = words or default_text(template, language)
    path = _PATHS.get(template, LINK_PATH)
    link = f"{BASE_URL}{path}{context['token'] if path.endswith('/') else ''}"
    kept = LINK if path in _WITH_TOKEN else link
    return Notice(subject, _filled(body, context, link), _filled(body, context, kept))


def _filled(body: str, context: Mapping[str, str], link: str) -> str:
    """Fill in the placeholders in one pass: what is filled in is never read as one itself."""
    values = {**context, "link": link}
    return _NAMES.sub(lambda found: values.get(found[1], ""), body)
