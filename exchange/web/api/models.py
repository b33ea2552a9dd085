"""What the API takes and gives: one model each, from which the document is made as well.

A member that a token may not read is never set, and so is absent; one that is not known is null.
"""

from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from exchange.domain.cycle import ApplicationKind, ApplicationState, RunKind, RunState
from exchange.domain.queues import LONGEST_SEARCH, Attention
from exchange.domain.rule_packs import PackName
from exchange.domain.screening import CheckKind, CheckOutcome
from exchange.intake.answers import Day, Nation, text
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.services.checks import LONGEST_ISSUER, LONGEST_REFERENCE
from exchange.services.runs import MAX_TIME_LIMIT_S

MOST = 200
USUAL = 50

Id = Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="A public id")]
T = TypeVar("T", bound=BaseModel)


class Told(BaseModel):
    """Something that is told."""

    model_config = ConfigDict(frozen=True)


class Asked(BaseModel):
    """Something that is asked; a member that is not known is refused, not passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Listed(Told, Generic[T]):
    """A part of a list, and where it goes on."""

    items: list[T]
    next: str | None = Field(description="The cursor of the next part; null at the end")

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """Return the name in the document: `RunList`."""
        return f"{params[0].__name__}List"


class PageQuery(Asked):
    """Which part of a list."""

    limit: int = Field(default=USUAL, ge=1, le=MOST, description="How many at most")
    cursor: str | None = Field(
        default=None, max_length=300, description="From `next` of the part before"
    )


class Programme(Told):
    """The programme of the token."""

    id: Id
    name: str
    time_zone: str
    contact_email: str


class Counts(Told):
    """How many applications there are, by state."""

    students: dict[str, int]
    hosts: dict[str, int]
    places: int = Field(description="Of approved hosts")
    runs: int


class Cycle(Told):
    """One run of the programme, from sign-up to travel."""

    id: Id
    programme_id: Id
    name: str
    time_zone: str
    opens_at: datetime
    closes_at: datetime
    stay_from_on: date
    stay_to_on: date
    rule_pack: PackName
    is_open: bool


class CycleDetails(Cycle):
    """A cycle with what is in it."""

    counts: Counts


class ApplicationQuery(PageQuery):
    """Which applications; what is not said filters nothing."""

    kind: ApplicationKind | None = None
    state: ApplicationState | None = None
    attention: Attention | None = None
    nation: Nation | None = None
    search: Annotated[str, Field(max_length=LONGEST_SEARCH), text(LONGEST_SEARCH)] | None = Field(
        default=None, description="In names, references and your own ids; needs people:read"
    )
    external_id: str | None = Field(default=None, max_length=100, description="Your own id")


class ApplicationLine(Told):
    """A sign-up as a list has it. `reference` and `name` need people:read."""

    id: Id
    cycle_id: Id
    kind: ApplicationKind
    state: ApplicationState
    nation: str | None
    external_id: str | None
    submitted_at: datetime
    guardians_needed: int
    guardians_agreed: int
    version: int
    reference: str | None = None
    name: str | None = None


_ANSWERS = {
    "anyOf": [
        {"$ref": "#/components/schemas/StudentAnswers"},
        {"$ref": "#/components/schemas/HostAnswers"},
    ]
}


class ApplicationDetails(ApplicationLine):
    """A sign-up with its answers, as far as the token may read them.

    Names and contact need people:read, and whatever else is delicate special:read. Without
    people:read a date of birth is an age band.
    """

    answers: Annotated[dict[str, Any], WithJsonSchema(_ANSWERS)]
    age_band: str | None = None


def _own_id(value: str) -> str:
    if value != value.strip() or not value.isprintable():
        raise ValueError("Use an id of printable characters, without space around it")
    return value


ExternalId = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_own_id)]


class NewStudent(Asked):
    """A student as a row of a file has them."""

    kind: Literal["student"]
    external_id: ExternalId = Field(description="Your own id; the same is taken once")
    answers: StudentProfile


class NewHost(Asked):
    """A host as a row of a file has it."""

    kind: Literal["host"]
    external_id: ExternalId = Field(description="Your own id; the same is taken once")
    answers: HostProfile


NewApplication = Annotated[NewStudent | NewHost, Field(discriminator="kind")]


class ApplicationChange(Asked):
    """Answers that are others now; what is not sent stays."""

    answers: Annotated[dict[str, Any], Field(min_length=1), WithJsonSchema(_ANSWERS)]


class Made(Told):
    """An application that was just taken."""

    id: Id
    kind: ApplicationKind
    state: ApplicationState
    external_id: str
    reference: str


class Check(Told):
    """A check of a host. Who made it, and its reference, need people:read."""

    id: int
    kind: CheckKind
    outcome: CheckOutcome
    person: int | None = Field(description="Of the household, counted from 1")
    done_on: date
    expires_on: date | None
    issuer: str | None = None
    reference: str | None = None


class NewCheck(Asked):
    """A check as it is noted: never a certificate or what stands in it."""

    kind: CheckKind
    outcome: CheckOutcome
    issuer: str = Field(min_length=1, max_length=LONGEST_ISSUER)
    done_on: Day
    reference: str | None = Field(default=None, max_length=LONGEST_REFERENCE)
    expires_on: Day | None = None
    person: int | None = Field(
        default=None, ge=1, le=50, description="Of the household, counted from 1"
    )


class CheckMade(Told):
    """A check that was just noted."""

    id: int
    kind: CheckKind
    outcome: CheckOutcome


class NewRun(Asked):
    """How a match should be sought; what is not said is as the cycle's rules have it."""

    epsilon: float | None = Field(default=None, ge=0, le=1)
    seed: int | None = Field(default=None, ge=0, lt=2**53)
    time_limit_s: float | None = Field(default=None, ge=1, le=MAX_TIME_LIMIT_S)


class Run(Told):
    """A match run: what was asked for, how far it is, and what came out."""

    id: Id
    cycle_id: Id
    kind: RunKind
    state: RunState
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    published_at: datetime | None
    stage: str | None
    progress: float = Field(ge=0, le=1)
    gap: float | None = Field(description="To the best possible, as a fraction")
    epsilon: float
    seed: int
    time_limit_s: float
    code_version: str
    error: str | None = Field(description="A code, where it failed")


class RunDetails(Run):
    """A run with its report."""

    report: dict[str, Any] | None = Field(description="Measures and certificate; null before")
    rules_version: int | None


class Placement(Told):
    """A student with a host, as a run proposes."""

    id: Id
    student_id: Id
    host_id: Id
    student_nation: str
    host_nation: str
    quality: float
    review: bool = Field(description="Whether somebody should look at it")
    only_contact_of_pair: bool
    state: str
    terms: dict[str, float]


class PlacementQuery(PageQuery):
    """Which placements."""

    review: bool | None = Field(default=None, description="Only those that somebody should look at")


class Unplaced(Told):
    """A student whom a run leaves without a place."""

    student_id: Id
    reason: str
    detail: str


class Contact(Told):
    """Two nations that meet."""

    nation_a: str
    nation_b: str
    placements: int
    weight: float
    tension_tier: int
    has_data: bool = Field(description="Whether the weight rests on data about the pair")


class Waiting(Told):
    """A student who has no place in the run, the longest waiting first."""

    student_id: Id
    state: ApplicationState
    nation: str | None
    waiting_since: date | None
    sent_on: date
    reason: str | None
    reference: str | None = None


class RulesVersion(Told):
    """The rules of a cycle, as they were from a day on."""

    number: int
    rule_pack: PackName
    created_at: datetime
    reason: str
    rules: dict[str, Any]


class ExportQuery(Asked):
    """Which form, for whom."""

    form: Literal["json", "programs", "spreadsheets"] = "json"
    recipient: Literal["office", "host", "sending_partner", "receiving_partner", "auditor"] = (
        "office"
    )
    party: Annotated[str, Field(max_length=100), text(100)] | None = Field(
        default=None, description="The host's id, or the name of the partner"
    )
