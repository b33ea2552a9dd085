"""Checks of hosts: noted by staff, with issuer, reference and dates, and never with what they say.

A check is added, never changed or removed; of several the last that ended counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from exchange.domain.cycle import ApplicationState
from exchange.domain.findings import Finding
from exchange.domain.roles import Permission
from exchange.domain.screening import (
    OF_A_PERSON,
    OF_HOUSEHOLDS,
    OF_INSTITUTIONS,
    CheckKind,
    CheckOutcome,
)
from exchange.errors import Conflict, InvalidInput
from exchange.intake.text import clean_text
from exchange.records import HostKind, ScreeningCheck
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.applications import ApplicationDetails
from exchange.services.authority import require
from exchange.services.impartiality import require_impartial
from exchange.services.locks import hold_cycle
from exchange.services.time_zones import day_in
from exchange.translations import Sentence

LONGEST_ISSUER = 200
LONGEST_REFERENCE = 100
_OF_REFERENCES = ("reference_missing", "reference_failed", "reference_pending")
_ENDED = (ApplicationState.DECLINED, ApplicationState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class NewCheck:
    """A check as it is noted; `person` counts the people of the household from 1."""

    kind: CheckKind
    outcome: CheckOutcome
    issuer: str
    done_on: date
    reference: str | None = None
    expires_on: date | None = None
    person: int | None = None


def asked_by(finding: Finding) -> tuple[CheckKind, int | None] | None:
    """Return the check that a finding is about, and of which person; None where it is none."""
    noun = next((one for one in CheckKind if finding.code.startswith(f"{one}_")), None)
    if noun is None and finding.code in _OF_REFERENCES:
        noun = CheckKind(f"reference_{finding.parameters['number']}")
    return None if noun is None else (noun, finding.member)


def kinds_for(details: ApplicationDetails) -> tuple[CheckKind, ...]:
    """Return the kinds of check that an application can have; a student's has none."""
    if details.host is None:
        return ()
    is_household = details.host.kind is HostKind.HOUSEHOLD
    return OF_HOUSEHOLDS if is_household else OF_INSTITUTIONS


def people_of(details: ApplicationDetails) -> range:
    """Return the numbers of the people of a household: the listed ones, else its adults."""
    adults = (details.host.adults or 0) if details.host else 0
    return range(1, 1 + (len(details.members) or adults))


def record_checks(
    session: Session,
    actor: Actor,
    details: ApplicationDetails,
    new: Sequence[NewCheck],
    *,
    at: datetime,
) -> list[ScreeningCheck]:
    """Note checks of a host.

    Raises
    ------
    InvalidInput
        With every fault of the check at once.
    SafetyRefusal
        When the actor belongs to the household.
    Conflict
        When the application is no host's, or has ended.
    """
    cycle = hold_cycle(session, details.application.cycle_id)
    require(actor, Permission.SCREEN_APPLICATIONS, cycle.programme_id)
    require_impartial(session, actor, details)
    if details.host is None:
        raise Conflict("Only hosts are checked.")
    session.refresh(details.application)
    if details.application.state in _ENDED:
        raise Conflict("This application has ended; nothing is checked any more.")
    rows = [_row(details, one, actor, day_in(cycle.time_zone, at), at) for one in new]
    session.add_all(rows)
    session.flush()
    noted = zip(rows, new, strict=True)
    audit.record(
        session,
        actor,
        "check:record",
        subject_kind="application",
        subject_id=details.application.public_id,
        programme_id=cycle.programme_id,
        facts={"checks": [[row.id, check.kind.value, check.person] for row, check in noted]},
        at=at,
    )
    return rows


def _row(
    details: ApplicationDetails, check: NewCheck, actor: Actor, today: date, at: datetime
) -> ScreeningCheck:
    faults: dict[str, list[str]] = {}
    issuer = _text(check.issuer, LONGEST_ISSUER, "issuer", faults)
    reference = _text(check.reference or "", LONGEST_REFERENCE, "reference", faults)
    if not issuer and "issuer" not in faults:
        faults["issuer"] = [Sentence("Enter who made the check")]
    if check.kind not in kinds_for(details):
        faults["kind"] = [Sentence("This kind of host has no such check")]
    is_of_person = check.kind in OF_A_PERSON
    if is_of_person and check.person not in people_of(details):
        faults["person"] = [Sentence("Say which person of the household was checked")]
    if not is_of_person and check.person is not None:
        faults["person"] = [Sentence("This check is of the home, not of one person")]
    if check.done_on > today:
        faults["done_on"] = [Sentence("The day of the check is in the future")]
    if check.expires_on is not None and check.expires_on < check.done_on:
        faults["expires_on"] = [Sentence("The check cannot expire before it was made")]
    if faults:
        raise InvalidInput("Look at the check again.", faults)
    is_listed = is_of_person and bool(details.members)
    return ScreeningCheck(
        application_id=details.application.id,
        kind=check.kind,
        member_id=details.members[(check.person or 1) - 1].id if is_listed else None,
        member_number=check.person if is_of_person and not is_listed else None,
        outcome=check.outcome,
        issuer=issuer,
        reference=reference or None,
        done_on=check.done_on,
        expires_on=check.expires_on,
        recorded_by_id=actor.account_id,
        created_at=at,
    )


def _text(value: str, longest: int, name: str, faults: dict[str, list[str]]) -> str:
    try:
        return clean_text(value, longest)
    except ValueError as error:
        faults[name] = [str(error)]
        return ""
