"""Which host to recruit next: what one more host of a nation, a language or a need would bring.

Each kind is a typical host: the commonest languages, offers and number of places among the hosts
there are, open on every day and to every age and gender. Who could go there is decided by the same
gates as for everybody else.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

import numpy as np

from exchange.domain.attributes import LanguageSkill, Level
from exchange.domain.eligibility import primary_subtag
from exchange.domain.snapshot import HostEntry
from exchange.formulation.encode import Encoded
from exchange.formulation.scoring import Scorer
from exchange.matching import Solution, Status
from exchange.matching.recruiting import Gain, NewHost, gain_of_hosts

MOST_STUDENTS = 20_000
"""Beyond, walks from everybody without a place take too long beside the match."""
SHOWN = 5

Value = TypeVar("Value")


class Recruit(NamedTuple):
    """A kind of host that is worth recruiting.

    Attributes
    ----------
    kind : str
        `nation`, `language` or `need`.
    what : str
        The nation, the primary subtag of the language, or the need.
    places : int
        Of the typical host.
    students : int
        How many more would have a place with one more such host; exact.
    diversity : float
        What it is worth in the diversity sum at the prices of the match, where nobody more would
        be placed.
    """

    kind: str
    what: str
    places: int
    students: int
    diversity: float

    @property
    def text(self) -> str:
        """Say it in a sentence."""
        home = f"One more home with {_count(self.places, 'place')} {self._which}"
        if self.students:
            return f"{home} places {_count(self.students, 'student')} more."
        return f"{home} adds about {self.diversity:.2f} to the diversity sum."

    @property
    def _which(self) -> str:
        if self.kind == "nation":
            return f"in {self.what}"
        if self.kind == "language":
            return f"that speaks {self.what}"
        need = self.what.replace("_", " ")
        return need if need.startswith("no ") else f"that offers {need}"


def recommend_hosts(solution: Solution, encoded: Encoded) -> tuple[Recruit, ...]:
    """List the kinds of hosts that would bring most, best first.

    Parameters
    ----------
    solution : Solution
    encoded : Encoded

    Returns
    -------
    tuple of Recruit
        At most `SHOWN`. Where somebody has no place: those that place most, counted by walks.
        Where everybody has one: the nations whose places are worth most in diversity. Empty
        without an answer, where limits join placements (no walk keeps these), where everybody has
        a place and a mix inside hosts counts (no price says what a host adds to it), where the
        search was stopped early, where pairs were generated, and beyond `MOST_STUDENTS`.
    """
    problem = encoded.problem
    answered = solution.status not in (Status.INFEASIBLE, Status.NO_ANSWER)
    whole = encoded.every_pair and solution.M == solution.M_bound and not solution.cancelled
    if (
        not answered
        or not whole
        or not _by_nation(encoded)
        or problem.couplings.limiting
        or problem.n_students > MOST_STUDENTS
    ):
        return ()
    waiting = np.flatnonzero(solution.host < 0)
    kinds = list(_nations(encoded))
    if waiting.size:
        kinds += [*_languages(encoded, waiting.tolist()), *_needs(encoded, waiting.tolist())]
    gains = gain_of_hosts(problem, solution, _new_hosts(encoded, [host for _, _, host in kinds]))
    best: dict[tuple[str, str], Recruit] = {}
    for (kind, what, host), gain in zip(kinds, gains, strict=True):
        one = _recruit(kind, what, host, gain)
        if _rank(one) < _rank(best.get((kind, what), one._replace(students=0, diversity=0.0))):
            best[kind, what] = one
    # A language or a need is worth asking for where it places more than any nation's usual home.
    usual = max((one.students for one in best.values() if one.kind == "nation"), default=0)
    worth = [
        one
        for one in best.values()
        if bool(one.students) == bool(waiting.size)
        and (one.kind == "nation" or one.students > usual)
    ]
    return tuple(sorted(worth, key=_rank)[:SHOWN])


def _recruit(kind: str, what: str, host: HostEntry, gain: Gain) -> Recruit:
    diversity = 0.0 if gain.students else round(gain.diversity_price, 4)
    return Recruit(kind, what, host.capacity, gain.students, diversity)


def _rank(one: Recruit) -> tuple[int, float, str, str]:
    return -one.students, -one.diversity, one.kind, one.what


def _new_hosts(encoded: Encoded, hosts: Sequence[HostEntry]) -> list[NewHost]:
    """Ask the gates, and the minimum of fit, who could go to each host."""
    scorer = Scorer.of(
        encoded.snapshot, encoded.rules, students=encoded.students, hosts=tuple(hosts)
    )
    least = np.float32(encoded.problem.min_quality)
    blocks = [
        scorer.allowed(rows) & (scorer.quality(rows) >= least)
        if least > 0
        else scorer.allowed(rows)
        for rows in scorer.blocks()
    ]
    accepts = np.concatenate(blocks) if blocks else np.zeros((0, len(hosts)), dtype=np.bool_)
    number = encoded.index.nation_rows
    return [
        NewHost(accepts[:, column], number[host.nation], host.capacity)
        for column, host in enumerate(hosts)
    ]


def _nations(encoded: Encoded) -> Iterable[tuple[str, str, HostEntry]]:
    for nation, hosts in sorted(_by_nation(encoded).items()):
        yield "nation", nation, _typical(nation, hosts)


def _languages(encoded: Encoded, waiting: Sequence[int]) -> Iterable[tuple[str, str, HostEntry]]:
    """Try each language of those without a place, in every nation."""
    spoken = {
        primary_subtag(skill.tag) for row in waiting for skill in encoded.students[row].languages
    }
    usual = _typical("", encoded.hosts)
    for tag in sorted(spoken):
        for nation in sorted(_by_nation(encoded)):
            host = replace(usual, nation=nation)
            skill = LanguageSkill(tag, Level.NATIVE)
            yield "language", tag, replace(host, languages=(*host.languages, skill))


def _needs(encoded: Encoded, waiting: Sequence[int]) -> Iterable[tuple[str, str, HostEntry]]:
    """Try each need of those without a place, in every nation."""
    needs = {need for row in waiting for need in encoded.students[row].needs}
    usual = _typical("", encoded.hosts)
    for need in sorted(needs):
        for nation in sorted(_by_nation(encoded)):
            host = replace(usual, nation=nation)
            unwanted = need.removeprefix("no_") if need.startswith("no_") else None
            offers = {one for one in host.offers if one != unwanted}
            offers |= set() if unwanted else {need}
            yield "need", need, replace(host, offers=tuple(sorted(offers)))


def _by_nation(encoded: Encoded) -> dict[str, list[HostEntry]]:
    """Group the hosts who may take part."""
    groups: dict[str, list[HostEntry]] = {}
    for host in encoded.hosts:
        if host.cleared and host.capacity:
            groups.setdefault(host.nation, []).append(host)
    return groups


def _typical(nation: str, hosts: Sequence[HostEntry]) -> HostEntry:
    taking = [host for host in hosts if host.cleared and host.capacity]
    return HostEntry(
        id="",
        nation=nation,
        capacity=_commonest(host.capacity for host in taking),
        languages=_commonest(host.languages for host in taking),
        offers=_commonest(tuple(sorted(host.offers)) for host in taking),
    )


def _commonest(values: Iterable[Value]) -> Value:
    """Choose the commonest; of equally common ones, the first as text, whatever the order."""
    counted = Counter(values)
    return min(counted, key=lambda value: (-counted[value], str(value)))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
