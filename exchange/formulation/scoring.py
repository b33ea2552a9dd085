"""Gates and terms put together: which pairs are allowed, and how well each fits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from exchange.domain.eligibility import Gate, active_gates, checks_accepted, checks_household
from exchange.domain.rules import TERM_WEIGHTS, Rules
from exchange.domain.snapshot import HostEntry, Snapshot, StudentEntry
from exchange.formulation.features import (
    UNKNOWN,
    BlockGate,
    BlockTerm,
    BoolMatrix,
    FloatMatrix,
    GateMaker,
    TermMaker,
)
from exchange.formulation.gates import build_gates
from exchange.formulation.pairings import EVERYBODY, IntArray, Rows, count_rows
from exchange.formulation.terms import asked_terms, build_terms

BLOCK_PAIRS = 250_000
"""Pairs scored at once: a block of floats is then 1 MB, which stays in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Scorer:
    """Scores blocks of students against hosts.

    Attributes
    ----------
    n_students, n_hosts : int
    gates : mapping of Gate to block gate
        Those that are on.
    terms : mapping of str to block term
        Those that are on, in the order of `TERM_WEIGHTS`.
    weights : mapping of str to float
        Weight above 0 of each of `terms`.
    """

    n_students: int
    n_hosts: int
    gates: Mapping[Gate, BlockGate]
    terms: Mapping[str, BlockTerm]
    weights: Mapping[str, float]
    _gate_makers: Mapping[Gate, GateMaker]
    _term_makers: Mapping[str, TermMaker]

    @classmethod
    def of(
        cls,
        snapshot: Snapshot,
        rules: Rules,
        *,
        students: tuple[StudentEntry, ...],
        hosts: tuple[HostEntry, ...],
    ) -> Self:
        """Prepare the gates and terms of a run; `students` and `hosts` in the order of rows."""
        asked = asked_terms(snapshot)
        weights = {
            name: rules.term_weights[name]
            for name in TERM_WEIGHTS
            if name in asked and rules.term_weights[name] > 0.0
        }
        gates = build_gates(snapshot, students, hosts, rules)
        terms = build_terms(snapshot, students, hosts, tuple(weights))
        return cls(
            n_students=len(students),
            n_hosts=len(hosts),
            gates={gate: make(EVERYBODY) for gate, make in gates.items()},
            terms={name: make(EVERYBODY) for name, make in terms.items()},
            weights=weights,
            _gate_makers=gates,
            _term_makers=terms,
        )

    def among(self, hosts: IntArray) -> Self:
        """Return the scorer of the same students against a part of the hosts: rows, ascending."""
        return replace(
            self,
            n_hosts=int(hosts.size),
            gates={gate: make(hosts) for gate, make in self._gate_makers.items()},
            terms={name: make(hosts) for name, make in self._term_makers.items()},
        )

    def blocks(self) -> Iterator[slice]:
        """Cut the students' rows into blocks of a size that memory bears."""
        step = max(1, BLOCK_PAIRS // max(1, self.n_hosts))
        for start in range(0, self.n_students, step):
            yield slice(start, min(start + step, self.n_students))

    def closed_by_gate(self, rows: Rows) -> dict[Gate, BoolMatrix]:
        """Return, for each gate that is on, (b, m) bool: true where it is closed."""
        return {gate: closed(rows) for gate, closed in self.gates.items()}

    def allowed(self, rows: Rows) -> BoolMatrix:
        """Return (b, m) bool: true where every gate is open."""
        closed = np.zeros((count_rows(rows), self.n_hosts), dtype=np.bool_)
        for gate in self.gates.values():
            closed |= gate(rows)
        return np.logical_not(closed, out=closed)

    def term_values(self, rows: Rows) -> dict[str, FloatMatrix]:
        """Return each term that is on as (b, m) float32 in [0, 1]; not to be written to."""
        shape = (count_rows(rows), self.n_hosts)
        return {name: np.broadcast_to(term(rows), shape) for name, term in self.terms.items()}

    def quality(self, rows: Rows) -> FloatMatrix:
        """Return q as (b, m) float32 in [0, 1]: the weighted mean of the terms, 0.5 without any.

        Each entry depends on its own pair alone, so blocks and the order of rows change nothing.
        """
        shape = (count_rows(rows), self.n_hosts)
        if not self.terms:
            return np.full(shape, UNKNOWN, dtype=np.float32)
        total = np.zeros(shape, dtype=np.float32)
        for name, term in self.terms.items():
            value = term(rows)
            total += np.multiply(value, np.float32(self.weights[name]), out=value)
        total /= np.float32(sum(self.weights.values()))
        return np.clip(total, 0.0, 1.0, out=total)


def list_switched_off(snapshot: Snapshot) -> tuple[str, ...]:
    """Name the gates and terms that a missing column switches off.

    Returns
    -------
    tuple of str
        `gate:<code>` and `term:<name>`. Of the gender gate a half can be off:
        `gate:host_gender:household` or `gate:host_gender:accepted`.
    """
    student, host = snapshot.student_columns, snapshot.host_columns
    off = [f"gate:{gate}" for gate in Gate if gate not in active_gates(student, host)]
    halves = {
        "household": checks_household(student, host),
        "accepted": checks_accepted(student, host),
    }
    if len(set(halves.values())) == 2:
        off += [f"gate:{Gate.HOST_GENDER}:{half}" for half, is_on in halves.items() if not is_on]
    asked = asked_terms(snapshot)
    return (*off, *(f"term:{name}" for name in TERM_WEIGHTS if name not in asked))


def list_unchecked(snapshot: Snapshot) -> tuple[str, ...]:
    """Name the safety checks that nobody made on this input.

    Screening, consent and the programme's age rules are checked where applications are approved;
    input that does not say who was cleared has had none of them.
    """
    told = "cleared" in snapshot.student_columns and "cleared" in snapshot.host_columns
    return () if told else ("screening", "consent", "age_rules")
