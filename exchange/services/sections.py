"""The rows in which sections are judged. When they may be, and what follows, is in `screening`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from exchange.domain.screening import Section, SectionState, sections_of
from exchange.errors import Conflict, NotFound
from exchange.records import HostKind, SectionReview
from exchange.services.applications import ApplicationDetails
from exchange.translations import Sentence

_CHANGED = Sentence("Somebody else has just judged this section. Look at it again.")


def sections_for(details: ApplicationDetails) -> tuple[Section, ...]:
    """Return the sections of an application, in the order in which they are read."""
    is_household = details.host is None or details.host.kind is HostKind.HOUSEHOLD
    return sections_of(
        details.application.kind,
        is_household=is_household,
        has_guardian=details.application.needs_guardian,
    )


def section_of(details: ApplicationDetails, name: str) -> Section:
    """Return the section of that name; NotFound where the application has none such."""
    for section in sections_for(details):
        if section.value == name:
            return section
    raise NotFound("There is nothing at this address.")


def list_reviews(session: Session, application_id: int) -> dict[Section, SectionReview]:
    """Return how each section was judged; one that was not looked at is absent."""
    query = select(SectionReview).where(SectionReview.application_id == application_id)
    rows = session.exec(query.execution_options(populate_existing=True))
    return {row.section: row for row in rows}


def write_review(
    session: Session,
    *,
    application_id: int,
    section: Section,
    expected_version: int,
    **values: Any,
) -> None:
    """Write how a section was judged if nobody else has since; version 0 is that of no row.

    Raises
    ------
    Conflict
        When the section is at another version by now.
    """
    if expected_version == 0:
        try:
            with session.begin_nested():
                session.add(SectionReview(application_id=application_id, section=section, **values))
        except IntegrityError as error:
            raise Conflict(_CHANGED) from error
        return
    changed = session.connection().execute(
        update(SectionReview)
        .where(
            col(SectionReview.application_id) == application_id,
            col(SectionReview.section) == section,
            col(SectionReview.version) == expected_version,
        )
        .values(version=expected_version + 1, **values)
    )
    if changed.rowcount != 1:
        raise Conflict(_CHANGED)


def approve_rest(
    session: Session,
    application_id: int,
    sections: Iterable[Section],
    *,
    account_id: int | None,
    at: datetime,
) -> list[Section]:
    """Approve the sections that nobody has judged; return which those were."""
    known = list_reviews(session, application_id)
    judged: dict[str, Any] = {
        "state": SectionState.APPROVED,
        "decided_at": at,
        "decided_by_id": account_id,
    }
    chosen = list(sections)
    new = [section for section in chosen if section not in known]
    if new:
        try:
            with session.begin_nested():
                session.add_all(
                    SectionReview(application_id=application_id, section=section, **judged)
                    for section in new
                )
        except IntegrityError as error:
            raise Conflict(_CHANGED) from error
    reopened = [one for one in chosen if one in known and known[one].state is SectionState.OPEN]
    for section in reopened:
        write_review(
            session,
            application_id=application_id,
            section=section,
            expected_version=known[section].version,
            **judged,
        )
    return [*new, *reopened]


def open_again(session: Session, application_id: int, chosen: Iterable[Section]) -> list[Section]:
    """Have sections read again because their answers are others now; return which those are.

    One that nobody has judged stays so. The others of the application keep what was decided.
    """
    known = list_reviews(session, application_id)
    opened = [one for one in chosen if one in known and known[one].state is not SectionState.OPEN]
    for section in opened:
        write_review(
            session,
            application_id=application_id,
            section=section,
            expected_version=known[section].version,
            state=SectionState.OPEN,
            reason=None,
            decided_at=None,
            decided_by_id=None,
            second_at=None,
            second_by_id=None,
        )
    return opened
