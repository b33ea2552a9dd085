"""Why: what speaks for a placement, what against a pair, why a student has no place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from exchange.domain.placement import Placement as MatchedPlacement
from exchange.domain.why_card import WhyCard, make_card
from exchange.errors import NotFound
from exchange.records import Application, RunPrice, UnplacedRow
from exchange.services.hand import Match

if TYPE_CHECKING:
    from exchange.formulation.stored_prices import LeastLoss
    from exchange.formulation.ways import Way


@dataclass(frozen=True, slots=True)
class WhyNotPair:
    """What speaks against a pair that was not made.

    Attributes
    ----------
    against : tuple of str
        Codes of the rules that keep it apart, whoever else is placed; then nothing else is told.
    least : LeastLoss or None
        What every answer with the pair loses at least; None where the run kept no prices.
    by_hand : Way or None
        The cheapest way to make the pair by one change; None where none keeps every rule.
    """

    against: tuple[str, ...]
    least: "LeastLoss | None" = None
    by_hand: "Way | None" = None


@dataclass(frozen=True, slots=True)
class WhyUnplaced:
    """Why a student has no place.

    Attributes
    ----------
    reason, detail : str
        As the run wrote them; both empty when the run did not read the student.
    closing : mapping of code to int
        Hosts with places that each rule keeps the student from.
    only : mapping of code to int
        Hosts that would be open if this one rule were met.
    open_hosts, hosts : int
        Hosts with places that no rule closes, and all of them.
    """

    reason: str
    detail: str
    closing: Mapping[str, int]
    only: Mapping[str, int]
    open_hosts: int
    hosts: int


def why_placement(match: Match, student: str) -> tuple[WhyCard, MatchedPlacement]:
    """Say what speaks for the placement of a student.

    Raises
    ------
    NotFound
        When the student has no place in the run.
    """
    found = next((one for one in match.placements if one.student_id == student), None)
    if found is None:
        raise NotFound("There is nothing at this address.")
    cohort = match.cohort
    return (
        make_card(cohort.students[student], cohort.hosts[found.host_id], match.placements),
        found,
    )


def why_not_pair(session: Session, match: Match, student: str, host: str) -> WhyNotPair:
    """Say what speaks against a pair: the rule, or what it costs.

    Raises
    ------
    NotFound
        When the run did not read one of them.
    """
    cohort = match.cohort
    if student not in cohort.students or host not in cohort.hosts:
        raise NotFound("There is nothing at this address.")
    against = cohort.rules_against(student, host)
    if against:
        return WhyNotPair(against)
    # Loaded here: NumPy is for whoever asks for a price.
    from exchange.formulation.stored_prices import least_loss
    from exchange.formulation.ways import cheapest_way

    row = session.exec(select(RunPrice).where(RunPrice.run_id == match.run.id)).one_or_none()
    report = match.run.report or {}
    least = None
    if row is not None and "S_found" in report:
        least = least_loss(cohort, match.placements, row.prices, report, (student, host))
    return WhyNotPair((), least, cheapest_way(cohort, match.placements, student, host))


def why_unplaced(session: Session, match: Match, student: str) -> WhyUnplaced:
    """Say why a student has no place, and which rules stand between them and which hosts.

    Raises
    ------
    NotFound
        When the student has a place, or the run did not read them.
    """
    from exchange.formulation.hand import count_closing_rules

    if student not in match.cohort.students or student in match.host_of:
        raise NotFound("There is nothing at this address.")
    row = session.exec(
        select(UnplacedRow.reason, UnplacedRow.detail)
        .join(Application, col(Application.student_id) == col(UnplacedRow.student_id))
        .where(UnplacedRow.run_id == match.run.id, Application.public_id == student)
    ).first()
    closing, only = count_closing_rules(match.cohort, student)
    hosts = [one for one in match.cohort.hosts.values() if one.capacity > 0]
    return WhyUnplaced(
        reason=row[0] if row else "",
        detail=row[1] if row else "",
        closing=dict(closing.most_common()),
        only=dict(only.most_common()),
        open_hosts=sum(not match.cohort.rules_against(student, one.id) for one in hosts),
        hosts=len(hosts),
    )
