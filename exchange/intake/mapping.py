"""A map from another organisation's columns to ours, as a TOML file.

```toml
id_from_line = true            # when the file has no id column

[columns]                      # our column = "their header"
nationality = "nationality_iso2"

[values.gender]                # their value = "our value"
F = "female"
M = "male"
```
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from exchange.errors import FileError


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Their headers by our column, their values by our column, and where ids come from."""

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    id_from_line: bool = False

    @classmethod
    def from_toml(cls, data: bytes, *, name: str, known: frozenset[str]) -> Self:
        """Read a map.

        Raises
        ------
        FileError
            When it is no TOML, or names a column that we do not have.
        """
        try:
            body = tomllib.loads(data.decode("utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise FileError(f"{name} is not TOML: {error}.", file=name) from error
        columns, values = body.pop("columns", {}), body.pop("values", {})
        id_from_line = body.pop("id_from_line", False)
        faults = [f"unknown entry {one}" for one in body]
        faults += [f"unknown column {one}" for one in {*columns, *values} - known]
        faults += [f"columns.{a} is no text" for a, b in columns.items() if not isinstance(b, str)]
        faults += [
            f"values.{a} is no table of texts"
            for a, b in values.items()
            if not isinstance(b, dict) or not all(isinstance(one, str) for one in b.values())
        ]
        if not isinstance(id_from_line, bool):
            faults.append("id_from_line is neither true nor false")
        if faults:
            raise FileError(f"{name} is not usable: {'; '.join(sorted(faults))}.", file=name)
        return cls(columns, values, id_from_line)
