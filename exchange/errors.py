"""Errors of every layer. A child of `ExchangeError` is a refusal that a person can act on.

An error carries facts as attributes, a stable `code`, and one sentence: what is wrong, then
what to do. It never carries a name or an e-mail address, so it may be logged. The sentence is a
constant, or a `Sentence` where a value stands in it, so that pages can show it in any language.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class ExchangeError(Exception):
    """Base of all refusals.

    Parameters
    ----------
    message : str
        One sentence for a person: what is wrong, then what to do.
    **facts
        Machine-readable facts; ids, numbers and codes only.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.facts: Mapping[str, object] = facts

    def __str__(self) -> str:
        return self.message


class ProblemError(ExchangeError):
    """The arrays of a matching problem are malformed: names the array, the index and the fault."""

    code = "problem"
    exit_code = 2


class SolverError(ExchangeError):
    """A solver broke, or its answer failed the audit. Never shown as an answer."""

    code = "solver"
    exit_code = 1


class RulesError(ExchangeError):
    """The rules of a run are malformed or contradict each other."""

    code = "rules"
    exit_code = 2


class FileError(ExchangeError):
    """A whole file cannot be read (encoding, header, quoting, size); nothing was taken from it."""

    code = "file"
    exit_code = 2


class InvalidInput(ExchangeError):
    """Fields were refused; `faults` maps a field name to its sentences."""

    code = "invalid_input"
    exit_code = 2

    def __init__(self, message: str, faults: Mapping[str, Sequence[str]], **facts: object) -> None:
        super().__init__(message, **facts)
        self.faults = faults


class NotFound(ExchangeError):
    """The thing does not exist, or is not this actor's to see: the two are not told apart."""

    code = "not_found"
    exit_code = 2


class Forbidden(ExchangeError):
    """The actor's role lacks this function."""

    code = "forbidden"
    exit_code = 8


class StepUpNeeded(Forbidden):
    """It takes a code of one's app that was typed just now; pages ask for it and come back."""

    code = "step_up"


class SafetyRefusal(ExchangeError):
    """A safety rule forbids it, and no role can override that."""

    code = "safety"
    exit_code = 8


class Conflict(ExchangeError):
    """The state has moved on: already done, already running, or edited elsewhere."""

    code = "conflict"
    exit_code = 6


class Gone(ExchangeError):
    """A link was used or has expired."""

    code = "gone"
    exit_code = 2


class TooMany(ExchangeError):
    """A rate limit was reached; `retry_after_s` says when to come back."""

    code = "too_many"
    exit_code = 1

    def __init__(self, message: str, retry_after_s: int, **facts: object) -> None:
        super().__init__(message, **facts)
        self.retry_after_s = retry_after_s


class ConfigurationError(ExchangeError):
    """Configuration or keys are missing or wrong."""

    code = "configuration"
    exit_code = 4


class MigrationNeeded(ExchangeError):
    """The database is older (or newer) than this code."""

    code = "migration_needed"
    exit_code = 3


class StorageError(ExchangeError):
    """Storage is corrupt, read-only or full."""

    code = "storage"
    exit_code = 5
