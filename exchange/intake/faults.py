"""What is wrong with a row, and a sheet of rows that were read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from exchange.intake.profiles import HostProfile, StudentProfile

P = TypeVar("P", bound=StudentProfile | HostProfile)

MAX_SHOWN = 200
"""Characters of a faulty value that are repeated to the person who sent it."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong: where it is, what stands there, and what to do."""

    file: str
    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Row(Generic[P]):
    """One person or host of a file, checked."""

    line: int
    id: str
    profile: P


@dataclass(frozen=True, slots=True)
class Sheet(Generic[P]):
    """A file that was read.

    Attributes
    ----------
    rows : tuple of Row
        The rows without fault, in the order of the file.
    faults : tuple of Fault
        Every fault of every other row, by line.
    columns : frozenset of str
        Attributes of `StudentEntry` or `HostEntry` that the file's header asks.
    ignored_columns : tuple of str
        Headers that mean nothing to us.
    total : int
        Rows in the file, sound or not.
    headers : mapping of str to str
        The fields of the profile that the file tells something about, each with the header that
        faults of it are told under. What a file has no column for it does not speak of.
    id_header : str
        The header over the ids.
    name : str
        How messages call the file.
    """

    rows: tuple[Row[P], ...]
    faults: tuple[Fault, ...]
    columns: frozenset[str]
    ignored_columns: tuple[str, ...] = field(default=())
    total: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    id_header: str = ""
    name: str = ""
