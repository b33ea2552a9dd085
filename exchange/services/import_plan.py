"""What becomes of each row of a file beside what is stored: new, changed, unchanged, kept, wrong.

Nothing is written here; `imports` writes.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError
from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.intake.profiles import Disagreement
from exchange.records import Application, Host, HouseholdMember, Student
from exchange.services.enrolment import Profile
from exchange.services.households import named_members
from exchange.services.profiles import host_profile, student_profile
from exchange.translations import Sentence

_STILL_CHANGED = (ApplicationState.WAITING, ApplicationState.SUBMITTED)
"""Nobody has decided on these yet."""
_OF_THE_GUARDIAN = frozenset(
    {"guardian_name", "guardian_email", "second_guardian_name", "second_guardian_email"}
)
"""Answers that are settled once a guardian has agreed: no file puts another name under that."""


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One person or host of a file, with the id that the file gives it, and its line."""

    external_id: str
    profile: Profile
    line: int = 0


@dataclass(frozen=True, slots=True)
class ImportFault:
    """What is wrong with a row beside what is stored; `field` is empty for the id."""

    line: int
    external_id: str
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportChange:
    """Which answers of a row are others than those that are stored."""

    line: int
    external_id: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What an import did, or would do."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: Sequence[str] = field(default=())
    """External ids whose application has moved on, and so keeps its answers."""
    settled: Sequence[str] = field(default=())
    """External ids whose guardian has agreed, under another name than the file has."""
    changes: Sequence[ImportChange] = field(default=(), compare=False)
    faults: Sequence[ImportFault] = field(default=())
    """With any of these, nothing was written."""


@dataclass(frozen=True, slots=True)
class Known:
    """An application that came from a file before, with what belongs to it."""

    application: Application
    student: Student | None
    host: Host | None
    members: list[HouseholdMember]

    @property
    def profile(self) -> Profile:
        if self.student is not None:
            return student_profile(self.student)
        assert self.host is not None
        # A file speaks of those whom the host named, not of who moved in or out since.
        return host_profile(self.host, []).model_copy(
            update={"members": named_members(self.members)}
        )


def known_applications(session: Session, cycle_id: int, kind: ApplicationKind) -> dict[str, Known]:
    """Return what is there, by the id that its file gave it and by its own; two statements."""
    members: dict[int, list[HouseholdMember]] = {}
    if kind is ApplicationKind.HOST:
        at_home = (
            select(HouseholdMember)
            .join(Application, col(Application.host_id) == col(HouseholdMember.host_id))
            .where(Application.cycle_id == cycle_id)
            .order_by(col(HouseholdMember.id))
        )
        for member in session.exec(at_home):
            members.setdefault(member.host_id, []).append(member)
    query = (
        select(Application, Student, Host)
        .outerjoin(Student, col(Application.student_id) == col(Student.id))
        .outerjoin(Host, col(Application.host_id) == col(Host.id))
        .where(
            Application.cycle_id == cycle_id,
            Application.kind == kind,
        )
        .execution_options(populate_existing=True)
    )
    found = [
        Known(application, student, host, members.get(application.host_id or 0, []))
        for application, student, host in session.exec(query)
    ]
    by_own = {one.application.public_id: one for one in found}
    return by_own | {
        one.application.external_id: one for one in found if one.application.external_id
    }


class Plan:
    """Sorts rows by what becomes of them."""

    def __init__(self, known: dict[str, Known], fields: Collection[str] | None) -> None:
        self._known = known
        self._fields = fields
        self._met: dict[int, ImportRow] = {}
        self.new: list[ImportRow] = []
        self.replaced: list[tuple[Known, Profile]] = []
        self.changes: list[ImportChange] = []
        self.unchanged = 0
        self.refused: list[str] = []
        self.settled: list[str] = []
        self.faults: list[ImportFault] = []

    def add(self, row: ImportRow) -> None:
        """Decide about one row."""
        before = self._known.get(row.external_id)
        if before is None:
            self.new.append(row)
            return
        self._check_met_once(before, row)
        stored = before.profile
        changed = tuple(
            name
            for name in type(stored).model_fields
            if (self._fields is None or name in self._fields)
            and _compared(stored, name) != _compared(row.profile, name)
        )
        if not changed:
            self.unchanged += 1
        elif before.application.state not in _STILL_CHANGED:
            self.refused.append(row.external_id)
        elif before.application.guardians_agreed and _OF_THE_GUARDIAN & set(changed):
            self.settled.append(row.external_id)
        else:
            self._replace(before, stored, row, changed)

    def _check_met_once(self, before: Known, row: ImportRow) -> None:
        first = self._met.setdefault(before.application.id, row)
        if first is not row:
            self.faults += [
                ImportFault(
                    one.line, one.external_id, "", Sentence("Another row is about the same person")
                )
                for one in (first, row)
            ]

    def _replace(
        self, before: Known, stored: Profile, row: ImportRow, changed: tuple[str, ...]
    ) -> None:
        values = {name: getattr(stored, name) for name in type(stored).model_fields}
        values |= {name: getattr(row.profile, name) for name in changed}
        try:
            profile = type(stored).model_validate(values)
        except ValidationError as error:
            # Each side is sound by itself; what can be wrong is that they do not go together.
            self.faults += [
                _fault_of(row, fault.get("ctx", {}).get("error"), changed)
                for fault in error.errors(include_url=False, include_input=False)
            ]
            return
        self.replaced.append((before, profile))
        self.changes.append(ImportChange(row.line, row.external_id, changed))

    def outcome(self) -> ImportOutcome:
        """Return what was decided about all rows."""
        return ImportOutcome(
            created=len(self.new),
            changed=len(self.replaced),
            unchanged=self.unchanged,
            refused=tuple(self.refused),
            settled=tuple(self.settled),
            changes=tuple(self.changes),
            faults=tuple(self.faults),
        )


def _compared(profile: Profile, name: str) -> object:
    """An answer as it is held against another; whom a household lists first makes no other."""
    value = getattr(profile, name)
    # A person who was named before keeps their row, and so their place among the others.
    return Counter(value) if name == "members" else value


def _fault_of(row: ImportRow, error: object, changed: tuple[str, ...]) -> ImportFault:
    reason = str(error) if isinstance(error, ValueError) else Sentence("This value cannot be used")
    named = error.field if isinstance(error, Disagreement) else ""
    # The answer to look at is in the file, even where the rule names the one that is stored.
    place = named if named in changed else changed[0]
    return ImportFault(row.line, row.external_id, place, reason)
