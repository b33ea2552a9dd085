"""Drafts that go on elsewhere or later: a link by mail and a code, a reminder, and the end.

The link alone opens nothing, so an address that was mistyped gives nothing away. The code is made
from the installation's key and the draft, so it is stored nowhere and stays the same for a draft.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, or_, select, update

from exchange.domain.reminders import GAP
from exchange.errors import Gone, InvalidInput
from exchange.notices.texts import Template
from exchange.records import AccessLink, Draft, LinkPurpose, ReminderSent
from exchange.services import links, mails
from exchange.services.web_sessions import hash_token
from exchange.translations import Sentence

KEPT_FOR = timedelta(days=30)
"""How long an unfinished draft is kept after it was last touched."""
REMINDED_BEFORE = timedelta(days=7)
MOST_TRIES = 5
"""Codes that may be typed for one link; then it is dead."""
MOST_DRAFTS = 3
"""Drafts of one address that are written about when somebody asks for new links."""

_LETTERS = "23456789BCDFGHJKMNPQRSTVWXZ"
"""As in references: no vowels, and no signs that look alike."""
_CODE_LENGTH = 6


def resume_code(draft_public_id: str, *, key: str) -> str:
    """Return the code that belongs to a draft, as it is shown: `K3M 92Q`."""
    digest = hmac.digest(key.encode(), f"resume:{draft_public_id}".encode(), "sha256")
    number = int.from_bytes(digest, "big")
    signs = []
    for _ in range(_CODE_LENGTH):
        number, place = divmod(number, len(_LETTERS))
        signs.append(_LETTERS[place])
    return f"{''.join(signs[:3])} {''.join(signs[3:])}"


def keep_for_later(session: Session, draft: Draft, *, email: str, at: datetime) -> None:
    """Remember an address with a draft, and mail the link that opens it elsewhere.

    Pressed twice within a minute, it is one mail.
    """
    session.connection().execute(
        update(Draft).where(col(Draft.id) == draft.id).values(email=email, updated_at=at)
    )
    session.refresh(draft)
    to = hashlib.sha256(email.encode()).hexdigest()[:16]
    _mail_link(session, draft, key=f"resume:{draft.public_id}:{to}:{at:%Y%m%d%H%M}", at=at)


def mail_links(session: Session, *, email: str, at: datetime) -> None:
    """Mail new links to the unfinished drafts of an address; silent where there are none."""
    found = session.exec(
        select(Draft)
        .where(
            col(Draft.email).in_({email, email.lower()}),
            col(Draft.submitted_application_id).is_(None),
        )
        .order_by(col(Draft.updated_at).desc(), col(Draft.id))
        .limit(MOST_DRAFTS)
    ).all()
    for draft in found:
        _mail_link(session, draft, key=f"resume:{draft.public_id}:asked:{at:%Y%m%d%H%M}", at=at)


def _mail_link(
    session: Session,
    draft: Draft,
    *,
    key: str,
    at: datetime,
    template: Template = Template.RESUME,
) -> None:
    token = links.issue_link(
        session, purpose=LinkPurpose.RESUME, draft_id=draft.id, at=at, ttl=KEPT_FOR
    )
    mails.queue_mail(
        session,
        key=key,
        recipient=draft.email or "",
        template=template,
        language=draft.language,
        context={"token": token},
        at=at,
        draft_id=draft.id,
    )


def count_try(session: Session, token: str, at: datetime) -> None:
    """Count a code that is typed for a link, and commit, before anybody looks at the code.

    Counted first, the tries cannot be outrun by many at once, nor undone by the refusal.
    """
    session.connection().execute(
        update(AccessLink)
        .where(
            col(AccessLink.token_hash) == hash_token(token),
            col(AccessLink.purpose) == LinkPurpose.RESUME,
        )
        .values(tries=AccessLink.tries + 1)
    )
    session.commit()


def open_draft(session: Session, *, token: str, code: str, key: str, at: datetime) -> Draft:
    """Use a link up with the code that belongs to its draft; call `count_try` before.

    Raises
    ------
    InvalidInput
        When the link is unknown, used, expired or tried too often, its draft was sent, or the
        code is not right: none of these is told apart.
    """
    link = session.exec(
        select(AccessLink).where(
            AccessLink.token_hash == hash_token(token),
            AccessLink.purpose == LinkPurpose.RESUME,
            col(AccessLink.tries) <= MOST_TRIES,
        )
    ).one_or_none()
    draft = session.get(Draft, link.draft_id) if link is not None and link.draft_id else None
    is_unsent = draft is not None and draft.submitted_application_id is None
    expected = resume_code(draft.public_id if draft is not None else token, key=key)
    is_right = hmac.compare_digest(_plain(expected), _plain(code))
    if draft is None or not is_unsent or not is_right:
        raise _refusal()
    try:
        links.redeem(session, token, LinkPurpose.RESUME, at)
    except Gone as gone:
        raise _refusal() from gone
    return draft


def _plain(code: str) -> bytes:
    return "".join(code.split()).replace("-", "").upper().encode()


def _refusal() -> InvalidInput:
    sentence = Sentence("The code is not right, or the link was used already or has expired")
    return InvalidInput(f"{sentence}.", {"code": [sentence]})


def give_to_browser(session: Session, draft: Draft, *, web_session_id: int, at: datetime) -> None:
    """Have another browser hold the draft; where it was open before, it is closed."""
    session.connection().execute(
        update(Draft)
        .where(col(Draft.id) == draft.id)
        .values(web_session_id=web_session_id, updated_at=at)
    )
    session.refresh(draft)


def drafts_to_remind(session: Session, at: datetime, *, limit: int = 200) -> list[Draft]:
    """Return unfinished drafts that nobody has touched for long, with an address to write to.

    Not those of which a rule has reminded somebody just now: their turn is in a day or two.
    """
    of_late = select(ReminderSent.draft_id).where(
        col(ReminderSent.draft_id).is_not(None), col(ReminderSent.created_at) > at - GAP
    )
    return list(
        session.exec(
            select(Draft)
            .where(
                col(Draft.submitted_application_id).is_(None),
                col(Draft.reminded_at).is_(None),
                col(Draft.email).is_not(None),
                col(Draft.updated_at) <= at - (KEPT_FOR - REMINDED_BEFORE),
                col(Draft.id).not_in(of_late),
            )
            .order_by(col(Draft.id))
            .limit(limit)
        )
    )


def remind(session: Session, draft: Draft, at: datetime) -> bool:
    """Write about a draft once in its life; say whether this was the time."""
    marked = session.connection().execute(
        update(Draft)
        .where(
            col(Draft.id) == draft.id,
            col(Draft.reminded_at).is_(None),
            col(Draft.submitted_application_id).is_(None),
            col(Draft.updated_at) <= at - (KEPT_FOR - REMINDED_BEFORE),
        )
        .values(reminded_at=at)
    )
    if marked.rowcount != 1:
        return False
    _mail_link(
        session,
        draft,
        key=f"draft-reminder:{draft.public_id}",
        at=at,
        template=Template.DRAFT_REMINDER,
    )
    return True


def forget_expired(session: Session, at: datetime) -> int:
    """Delete the unfinished drafts whose time is over, with their links; return how many.

    One with an address is deleted a week after its reminder at the earliest, however late that
    was sent.
    """
    gone = session.connection().execute(
        delete(Draft).where(
            col(Draft.submitted_application_id).is_(None),
            col(Draft.updated_at) <= at - KEPT_FOR,
            or_(
                col(Draft.email).is_(None),
                col(Draft.reminded_at) <= at - REMINDED_BEFORE,
            ),
        )
    )
    return int(gone.rowcount)


def has_expired(session: Session, at: datetime) -> bool:
    """Say whether there may be something to forget; reads only."""
    query = select(Draft.id).where(
        col(Draft.submitted_application_id).is_(None), col(Draft.updated_at) <= at - KEPT_FOR
    )
    return session.exec(query.limit(1)).first() is not None
