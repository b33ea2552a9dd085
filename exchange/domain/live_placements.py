"""What is looked at every day about a placement that people travel for, beside the rules of hosts.

Rules about hosts and students are in `clearance`; here is what concerns the placement itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from exchange.domain.cycle import ApplicationState
from exchange.domain.findings import SENTENCES, Finding, Parameter

PLACEMENT_SENTENCES: Mapping[str, str] = {
    "student_not_approved": "The student’s application is not approved any more.",
    "host_not_approved": "The host’s application is not approved any more.",
    "too_many_guests": "More guests are placed with the host (%(guests)d) than it offers places "
    "(%(places)d).",
    "consent_outstanding": "The placement is accepted, and an agreement that it needs is missing.",
}
"""By code. The English that is translated."""


@dataclass(frozen=True, slots=True)
class PlacementTrouble:
    """One thing about a live placement that a person has to look at.

    Attributes
    ----------
    side : str
        `student`, `host` or `pair`: whose it is.
    """

    side: str
    code: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What makes it this one and no other of the same placement."""
        person = self.parameters.get("member", self.parameters.get("number", ""))
        return f"{self.side}:{self.code}:{person}"


def sentence_for(code: str) -> str:
    """Return the English sentence of a finding, its placeholders not filled in."""
    return PLACEMENT_SENTENCES.get(code) or SENTENCES[code]


def placement_troubles(
    *,
    student_state: ApplicationState,
    host_state: ApplicationState,
    student_findings: Iterable[Finding],
    host_findings: Iterable[Finding],
    places: int,
    guests: int,
    lacks_consent: bool,
) -> tuple[PlacementTrouble, ...]:
    """Return everything about a live placement that a person has to look at now.

    Parameters
    ----------
    student_findings, host_findings : iterable of Finding
        All that the rule pack finds today; only what stands in the way counts, and a check that
        lapses during the stay, which the packs of long stays let pass at the start.
    guests : int
        How many live placements of the run the host has.
    lacks_consent : bool
        The placement is accepted, and an agreement that it needs is missing.
    """
    found = []
    for side, is_approved in (
        ("student", student_state is ApplicationState.APPROVED),
        ("host", host_state is ApplicationState.APPROVED),
    ):
        if not is_approved:
            found.append(PlacementTrouble(side, f"{side}_not_approved"))
    for side, findings in (("student", student_findings), ("host", host_findings)):
        found += [
            PlacementTrouble(side, one.code, one.parameters)
            for one in findings
            if one.is_blocker or one.code.endswith("_lapses")
        ]
    if guests > places:
        parameters = {"places": places, "guests": guests}
        found.append(PlacementTrouble("host", "too_many_guests", parameters))
    if lacks_consent:
        found.append(PlacementTrouble("pair", "consent_outstanding"))
    return tuple(found)
