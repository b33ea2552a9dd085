"""Files that a command reads: bytes, maps, and what is said about their faults."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import click

from exchange.errors import FileError
from exchange.intake.faults import Fault
from exchange.intake.mapping import ColumnMap

MOST_LISTED = 100
"""Nobody corrects more by hand before looking again."""


def read_file(path: Path, max_mb: float) -> bytes:
    """Return the bytes of a file, unless it is larger than it may be.

    Raises
    ------
    FileError
        When it is too large or cannot be opened.
    """
    try:
        if path.stat().st_size > max_mb * 1e6:
            raise FileError(
                f"{path.name} is larger than {max_mb:g} MB; split it.",
                file=path.name,
                reason="too_large",
                limit=f"{max_mb:g}",
            )
        return path.read_bytes()
    except OSError as error:
        raise FileError(f"{path.name} cannot be read: {error.strerror}.") from error


def read_map(path: Path | None, known: frozenset[str]) -> ColumnMap | None:
    """Return the map of a file, where one is given."""
    if path is None:
        return None
    return ColumnMap.from_toml(read_file(path, max_mb=1), name=path.name, known=known)


def list_faults(faults: Sequence[Fault], *, most: int | None = None) -> list[str]:
    """Return one line for each fault, and how many more there are."""
    shown = faults if most is None else faults[:most]
    lines = [
        f"{one.file}, line {one.line}"
        + (f", column {one.column}" if one.column else "")
        + (f", {one.value!r}" if one.value else "")
        + f": {one.reason}."
        for one in shown
    ]
    if len(shown) < len(faults):
        lines.append(f"… and {len(faults) - len(shown)} more.")
    return lines


def count_rows(faults: Iterable[Fault]) -> int:
    """Return how many rows of one file have faults."""
    return len({fault.line for fault in faults})


def stop_at_faults(faults: Sequence[Fault], sentence: str, *, as_json: bool) -> NoReturn:
    """List every fault on standard error and end with exit code 2.

    Text lists the first ones and counts all; JSON has them all, each with its line and column.
    Not an exception: the values of the cells are the sender's to see and nobody's to log.
    """
    if as_json:
        document = {
            "error": "rows",
            "message": sentence,
            "total": len(faults),
            "faults": [asdict(fault) for fault in faults],
        }
        click.echo(json.dumps(document, ensure_ascii=False), err=True)
    else:
        click.echo("\n".join([*list_faults(faults, most=MOST_LISTED), sentence]), err=True)
    sys.exit(FileError.exit_code)
