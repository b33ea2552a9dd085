"""Checks of many hosts of a cycle at once: which are due, and all of a batch noted, or none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, select

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.findings import Finding
from exchange.domain.roles import Permission
from exchange.domain.screening import OF_A_PERSON, CheckKind
from exchange.errors import Conflict, InvalidInput, SafetyRefusal
from exchange.records import Application, Cycle, HouseholdMember, ScreeningCheck
from exchange.services.actor import Actor
from exchange.services.applications import ApplicationDetails
from exchange.services.authority import require
from exchange.services.checks import NewCheck, record_checks
from exchange.services.clearance import clearance_of_cycle
from exchange.services.import_plan import Known, known_applications
from exchange.services.locks import hold_cycle
from exchange.translations import Sentence

_ENDED = (ApplicationState.DECLINED, ApplicationState.WITHDRAWN)
_ENDINGS = ("missing", "missing_turns_adult", "pending", "failed", "expired", "lapses", "too_old")


@dataclass(frozen=True, slots=True)
class Due:
    """A check that the rules of the cycle still ask for."""

    details: ApplicationDetails
    kind: CheckKind
    person: int | None = None

    @property
    def member(self) -> HouseholdMember | None:
        """The person, where the household is listed."""
        members = self.details.members
        if self.person is None or self.person > len(members):
            return None
        return members[self.person - 1]


@dataclass(frozen=True, slots=True)
class Entry:
    """A check to note; `member_id` is the person whom the page showed, if it showed one."""

    host_id: str
    check: NewCheck
    member_id: int | None = None


Faults = dict[int, dict[str, list[str]]]
"""By the place of the entry in the batch, and by field; the empty name is the whole entry."""


def list_due(session: Session, actor: Actor, cycle: Cycle, at: datetime) -> list[Due]:
    """Return every check that stands in the way of a host of a cycle, in the order of sign-up."""
    require(actor, Permission.SCREEN_APPLICATIONS, cycle.programme_id)
    clearance = clearance_of_cycle(session, cycle, at)
    due: dict[tuple[int, CheckKind, int | None], Due] = {}
    for details in _hosts(session, cycle):
        assert details.host is not None
        if details.application.state in _ENDED or details.application.erased_at is not None:
            continue
        for finding in clearance.of_host(details.application, details.host, details.members):
            kind = _kind_of(finding)
            listed = len(details.members) or (details.host.adults or 0)
            if kind is None or (finding.member or 0) > listed:
                continue
            key = (details.application.id, kind, finding.member)
            due.setdefault(key, Due(details, kind, finding.member))
    return list(due.values())


def _kind_of(finding: Finding) -> CheckKind | None:
    if finding.code.startswith("reference_"):
        number = finding.parameters.get("number")
        is_check = finding.code.removeprefix("reference_") in _ENDINGS
        return CheckKind(f"reference_{number}") if is_check else None
    return next(
        (
            kind
            for kind in CheckKind
            if finding.code.startswith(f"{kind.value}_")
            and finding.code.removeprefix(f"{kind.value}_") in _ENDINGS
        ),
        None,
    )


def _hosts(session: Session, cycle: Cycle) -> list[ApplicationDetails]:
    known = known_applications(session, cycle.id, ApplicationKind.HOST)
    each = {one.application.id: one for one in known.values()}
    return [_details(one, cycle) for _id, one in sorted(each.items())]


def _details(known: Known, cycle: Cycle) -> ApplicationDetails:
    living = [one for one in known.members if one.left_on is None]
    return ApplicationDetails(known.application, cycle, None, known.host, living)


def note_checks(
    session: Session, actor: Actor, cycle: Cycle, entries: Sequence[Entry], at: datetime
) -> tuple[int, Faults]:
    """Note all checks of a batch or, with any fault, none; return how many are new.

    A check that is there already, in every detail, is not noted a second time.

    Returns
    -------
    int
        Checks that were noted.
    dict
        Every fault of every entry; with any, nothing was written.
    """
    hold_cycle(session, cycle.id)
    require(actor, Permission.SCREEN_APPLICATIONS, cycle.programme_id)
    known: Mapping[str, Known] = known_applications(session, cycle.id, ApplicationKind.HOST)
    by_name = {one.application.reference: one for one in known.values()} | dict(known)
    noted = _noted_before(session, cycle)
    faults: Faults = {}
    count = 0
    # A savepoint: what was sound of a batch with faults is not kept either.
    nested = session.begin_nested()
    for place, entry in enumerate(entries):
        try:
            details = _details(_found(by_name, entry.host_id), cycle)
            check = _of_person(details, entry)
            key = _key(details, check)
            if key not in noted:
                record_checks(session, actor, details, [check], at=at)
                noted.add(key)
                count += 1
        except InvalidInput as refusal:
            told = {name: list(said) for name, said in refusal.faults.items()}
            faults[place] = told or {"": [refusal.message]}
        except (Conflict, SafetyRefusal) as refusal:
            faults[place] = {"": [refusal.message]}
    if faults:
        nested.rollback()
        return 0, faults
    nested.commit()
    return count, {}


def _found(known: Mapping[str, Known], name: str) -> Known:
    found = known.get(name) or known.get(name.upper())
    if found is None or found.application.erased_at is not None:
        sentence = Sentence("No host of this cycle has this id or reference")
        raise InvalidInput(f"{sentence}.", {"host_id": [sentence]})
    return found


def _of_person(details: ApplicationDetails, entry: Entry) -> NewCheck:
    """The check, of the person whom the page showed, whatever number they have by now."""
    if entry.member_id is None:
        return entry.check
    numbers = {one.id: number for number, one in enumerate(details.members, start=1)}
    if entry.member_id not in numbers:
        sentence = Sentence("This person does not live in the household any more")
        raise InvalidInput(f"{sentence}.", {"": [sentence]})
    return replace(entry.check, person=numbers[entry.member_id])


def _noted_before(session: Session, cycle: Cycle) -> set[tuple[object, ...]]:
    query = (
        select(ScreeningCheck)
        .join(Application)
        .where(Application.cycle_id == cycle.id)
        .order_by(ScreeningCheck.id)  # type: ignore[arg-type]
    )
    return {
        (
            one.application_id,
            one.kind,
            ("member", one.member_id) if one.member_id is not None else one.member_number,
            one.outcome,
            one.issuer,
            one.reference,
            one.done_on,
            one.expires_on,
        )
        for one in session.exec(query)
    }


def _key(details: ApplicationDetails, check: NewCheck) -> tuple[object, ...]:
    person: object = check.person
    if check.kind in OF_A_PERSON and 0 < (check.person or 0) <= len(details.members):
        person = ("member", details.members[(check.person or 1) - 1].id)
    return (
        details.application.id,
        check.kind,
        person,
        check.outcome,
        check.issuer,
        check.reference,
        check.done_on,
        check.expires_on,
    )


def count_due(due: Iterable[Due]) -> dict[CheckKind, int]:
    """Return how many checks of each kind are due; a kind of which none is due is absent."""
    counts: dict[CheckKind, int] = {}
    for one in due:
        counts[one.kind] = counts.get(one.kind, 0) + 1
    return {kind: counts[kind] for kind in CheckKind if kind in counts}
