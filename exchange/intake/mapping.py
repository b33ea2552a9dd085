"""A map from another organisation's columns to ours, as a TOML file.

```toml
id_from_line = true            # when the file has no id column: L2, L3, … after the line
only = true                    # read no column that is not listed below

[columns]                      # our column = "their header"
nationality = "nationality_iso2"

[values.gender]                # "their value" = "our value"; a value not listed stays as it is
F = "female"
M = "male"

[defaults]                     # our column = value where their cell is empty or has no column
nation = "FR"
```

`seeds/maps` holds examples.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from exchange.errors import FileError


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Their headers, their values and what stands in for nothing, each by our column."""

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    id_from_line: bool = False
    only: bool = False

    @classmethod
    def from_toml(cls, data: bytes, *, name: str, known: frozenset[str]) -> Self:
        """Read a map.

        Parameters
        ----------
        data : bytes
        name : str
            How messages call the file.
        known : frozenset of str
            Our columns.

        Raises
        ------
        FileError
            When it is no TOML, or with everything that means nothing in it.
        """
        try:
            body = tomllib.loads(data.decode("utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise FileError(f"{name} is not TOML: {error}.", file=name) from error
        faults = sorted(_faults(body, known))
        if faults:
            raise FileError(f"{name} is not usable: {'; '.join(faults)}.", file=name)
        return cls(**body)

    def to_json(self) -> dict[str, Any]:
        """Return what `ColumnMap(**…)` makes again."""
        return asdict(self)

    def value_of(self, column: str, cell: str) -> str:
        """Return what a cell of one of our columns means to us."""
        stripped = cell.strip()
        if not stripped:
            return self.defaults.get(column, cell)
        return self.values.get(column, {}).get(stripped, cell)


def _faults(body: Mapping[str, Any], known: frozenset[str]) -> Iterator[str]:
    for entry, content in body.items():
        if entry in ("id_from_line", "only"):
            if not isinstance(content, bool):
                yield f"{entry} is neither true nor false"
        elif entry not in ("columns", "values", "defaults"):
            yield f"unknown entry {entry}"
        elif not isinstance(content, dict):
            yield f"{entry} is no table"
        else:
            yield from _faults_of_table(entry, content, known)


def _faults_of_table(entry: str, table: Mapping[str, Any], known: frozenset[str]) -> Iterator[str]:
    for column, content in table.items():
        if column not in known:
            yield f"{entry} names {column}, which is no column of ours"
        elif entry != "values":
            if not isinstance(content, str):
                yield f"{entry}.{column} is no text"
        elif not isinstance(content, dict) or not all(
            isinstance(one, str) for one in content.values()
        ):
            yield f"values.{column} is no table of texts"
