"""Drafts of sign-ups: begun, saved step by step, and marked as sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, bindparam, col, or_, select, update

from exchange.domain.cycle import ApplicationKind
from exchange.errors import Conflict, NotFound
from exchange.records import Application, Draft
from exchange.translations import ENGLISH

AGAIN = "again"
"""Under this name a draft keeps which steps hold answers of last year that nobody has looked at
since; no step has it."""

# Asked by every page of a sign-up, and built once: to build them takes longer than to ask them.
_OF_BROWSER = select(Draft).where(
    col(Draft.public_id) == bindparam("public_id"),
    col(Draft.web_session_id) == bindparam("web_session_id"),
)
_AS_SEEN = update(Draft).where(
    col(Draft.id) == bindparam("of_id"),
    col(Draft.version) == bindparam("expected_version"),
    or_(col(Draft.submitted_application_id).is_(None), col(Draft.reopened_at).is_not(None)),
)


def start_draft(
    session: Session,
    *,
    cycle_id: int,
    kind: ApplicationKind,
    web_session_id: int,
    at: datetime,
    language: str = ENGLISH,
    data: Mapping[str, Any] | None = None,
) -> Draft:
    """Begin a draft that belongs to one browser's session; with `data`, of answers there are."""
    draft = Draft(
        cycle_id=cycle_id,
        kind=kind,
        web_session_id=web_session_id,
        language=language,
        data=dict(data or {}),
        created_at=at,
        updated_at=at,
    )
    session.add(draft)
    session.flush()
    return draft


def get_draft(session: Session, public_id: str, *, web_session_id: int | None) -> Draft | None:
    """Return a draft of that browser's session; None for anybody else's."""
    if web_session_id is None:
        return None
    of = {"public_id": public_id, "web_session_id": web_session_id}
    return session.exec(_OF_BROWSER, params=of).one_or_none()


def save_step(
    session: Session,
    draft: Draft,
    *,
    step: str,
    values: Mapping[str, Any],
    expected_version: int,
    at: datetime,
    is_answered: bool = True,
) -> None:
    """Keep what was typed on one step.

    Parameters
    ----------
    is_answered : bool
        Whether the person has gone on from it, and so stands by what is there.

    Raises
    ------
    Conflict
        When the draft was saved elsewhere since version `expected_version`, or was sent.
    """
    saved = {
        "data": _with_step(draft.data, step, values, is_answered=is_answered),
        "version": expected_version + 1,
        "updated_at": at,
    }
    compared = {"of_id": draft.id, "expected_version": expected_version}
    changed = session.connection().execute(_AS_SEEN, {**compared, **saved})
    if changed.rowcount != 1:
        raise Conflict("This application was changed in another window. Look at it again.")
    # What was just written need not be read again.
    for name, value in saved.items():
        set_committed_value(draft, name, value)


def _with_step(
    data: Mapping[str, Any], step: str, values: Mapping[str, Any], *, is_answered: bool
) -> dict[str, Any]:
    kept = {**data, step: dict(values)}
    if is_answered and AGAIN in data:
        kept[AGAIN] = {"steps": [one for one in data[AGAIN]["steps"] if one != step]}
    return kept


def mark_submitted(session: Session, draft: Draft, *, application_id: int, at: datetime) -> None:
    """Note which application a draft has become, and forget where links to it went.

    What was typed stays with the application, so that its owner can correct it.
    """
    session.connection().execute(
        update(Draft)
        .where(col(Draft.id) == draft.id, col(Draft.submitted_application_id).is_(None))
        .values(
            submitted_application_id=application_id,
            email=None,
            updated_at=at,
            version=Draft.version + 1,
        )
    )
    session.expire(draft)


def submitted_application(session: Session, draft: Draft) -> Application:
    """Return the application that a draft has become."""
    found = session.get(Application, draft.submitted_application_id or 0)
    if found is None:
        raise NotFound("There is nothing at this address.")
    return found
