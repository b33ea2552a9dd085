"""Rows of a file into profiles, all faults collected: what students and hosts have in common."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from pydantic import ValidationError

from exchange.errors import FileError
from exchange.intake.cells import Parser, sentence
from exchange.intake.dialect import MAX_CELL, MAX_MB, RawRow, RawTable, read_table
from exchange.intake.faults import MAX_SHOWN, Fault, P, Row, Sheet
from exchange.intake.mapping import ColumnMap
from exchange.intake.text import clean_text
from exchange.translations import Sentence

MAX_ID = 100


@dataclass(frozen=True, slots=True)
class Layout(Generic[P]):
    """What a kind of file looks like.

    Attributes
    ----------
    id_column : str
    required : tuple of str
        Columns without which the whole file is refused.
    parsers : mapping of str to Parser
        Our columns, each with how its cells are read.
    fields : mapping of str to tuple of str
        Where a column's value goes in the profile; several for one that is split.
    attributes : mapping of str to tuple of str
        What the column means to a snapshot; empty for what the match never sees.
    validate : callable
        Makes the profile of a dict, or raises `ValidationError`.
    """

    id_column: str
    required: tuple[str, ...]
    parsers: Mapping[str, Parser]
    fields: Mapping[str, tuple[str, ...]]
    attributes: Mapping[str, tuple[str, ...]]
    validate: Callable[[Any], P]

    @property
    def columns(self) -> frozenset[str]:
        """Every column that means something here."""
        return frozenset(self.parsers) | {self.id_column}


def read_sheet(
    data: bytes,
    *,
    name: str,
    layout: Layout[P],
    mapping: ColumnMap | None = None,
    max_mb: float = MAX_MB,
) -> Sheet[P]:
    """Read a file of profiles; a bad row is a fault, a bad file is refused whole.

    Raises
    ------
    FileError
        As `read_table`, and when a required column is missing.
    """
    table = read_table(data, name=name, max_mb=max_mb)
    return read_rows(table, name=name, layout=layout, mapping=mapping or ColumnMap())


def read_rows(table: RawTable, *, name: str, layout: Layout[P], mapping: ColumnMap) -> Sheet[P]:
    """Read the rows of a file whose form is in order.

    Raises
    ------
    FileError
        When a required column is missing, or one that the map names.
    """
    places = _places(table.header, layout, mapping, name)
    reader = _RowReader(name, layout, mapping, places, table.header)
    rows: list[Row[P]] = []
    faults: list[Fault] = []
    for raw in table.rows:
        found = reader.read(raw)
        if isinstance(found, Row):
            rows.append(found)
        else:
            faults.extend(found)
    repeated: list[Fault] = _repeated(
        rows, reader.faulty_ids, name, _their(layout.id_column, mapping)
    )
    bad_lines = {fault.line for fault in repeated}
    return Sheet(
        rows=tuple(row for row in rows if row.line not in bad_lines),
        faults=tuple(sorted({*faults, *repeated})),
        columns=frozenset(
            attribute
            for column in {*places, *mapping.defaults}
            for attribute in layout.attributes.get(column, ())
        ),
        ignored_columns=_ignored(table.header, places),
        total=len(table.rows),
        headers={
            one: _their(column, mapping)
            for column in {*places, *mapping.defaults} - {layout.id_column}
            for one in layout.fields[column]
        },
        id_header=_their(layout.id_column, mapping),
        name=name,
    )


def _field_of(fault: Mapping[str, Any]) -> str:
    """Return which field of the profile a fault is about."""
    if fault["loc"]:
        return str(fault["loc"][0])
    return str(getattr(fault.get("ctx", {}).get("error"), "field", ""))


def _their(column: str, mapping: ColumnMap) -> str:
    return mapping.columns.get(column, column)


def _places(
    header: tuple[str, ...], layout: Layout[P], mapping: ColumnMap, name: str
) -> dict[str, int]:
    """Return where each of our columns stands."""
    where = {one: index for index, one in enumerate(header)}
    places = {}
    missing = [
        theirs for ours, theirs in mapping.columns.items() if theirs not in where
    ]  # A map that names a header that is not there is a mistake, never an empty column.
    taken = set(mapping.columns.values())
    for column in sorted(layout.columns):
        theirs = _their(column, mapping)
        is_meant = column in mapping.columns or not (mapping.only or theirs in taken)
        if theirs in where and is_meant:
            places[column] = where[theirs]
    required = [one for one in layout.required if one not in {*places, *mapping.defaults}]
    if mapping.id_from_line:
        required = [one for one in required if one != layout.id_column]
    missing += [_their(one, mapping) for one in required]
    if missing:
        listed = ", ".join(dict.fromkeys(missing))
        raise FileError(
            f"{name} lacks a column: {listed}. Add it, or map it with --map.",
            file=name,
            line=1,
            missing=list(dict.fromkeys(missing)),
            reason="missing_columns",
        )
    return places


def _ignored(header: tuple[str, ...], places: Mapping[str, int]) -> tuple[str, ...]:
    used = set(places.values())
    return tuple(one for index, one in enumerate(header) if index not in used and one)


def _repeated(
    rows: Iterable[Row[P]], faulty_ids: Mapping[str, list[int]], name: str, column: str
) -> list[Fault]:
    """Refuse all rows that share an id, those with other faults among them."""
    lines: defaultdict[str, list[int]] = defaultdict(list)
    for row in rows:
        lines[row.id].append(row.line)
    for one, found in faulty_ids.items():
        lines[one].extend(found)
    return [
        Fault(name, line, column, one, Sentence("Several rows have this id; give each its own"))
        for one, found in lines.items()
        if len(found) > 1
        for line in found
    ]


class _RowReader(Generic[P]):
    """Reads the rows of one file."""

    def __init__(
        self,
        name: str,
        layout: Layout[P],
        mapping: ColumnMap,
        places: Mapping[str, int],
        header: tuple[str, ...],
    ) -> None:
        self._name = name
        self._layout = layout
        self._mapping = mapping
        self._places = places
        self._header = header
        self._width = len(header)
        given = {*places, *mapping.defaults} - {layout.id_column}
        self._read_columns = sorted(given)
        self.faulty_ids: defaultdict[str, list[int]] = defaultdict(list)

    def read(self, raw: RawRow) -> Row[P] | list[Fault]:
        """Return the row, or all that is wrong with it."""
        if len(raw.cells) != self._width:
            self._remember_ragged(raw)
            reason = Sentence(
                "This row has %(cells)d cells, the header has %(width)d",
                cells=len(raw.cells),
                width=self._width,
            )
            return [Fault(self._name, raw.line, "", "", reason)]
        faults = self._long_cells(raw)
        row_id = self._id(raw, faults)
        values: dict[str, Any] = {}
        for column in self._read_columns:
            place = self._places.get(column)
            self._parse(column, raw, "" if place is None else raw.cells[place], values, faults)
        profile = self._profile(raw, values, faults)
        if profile is None or faults:
            if row_id:
                self.faulty_ids[row_id].append(raw.line)
            return faults
        return Row(raw.line, row_id, profile)

    def _remember_ragged(self, raw: RawRow) -> None:
        """Keep the id of a row that cannot be read: a sound row that shares it is in doubt too."""
        place = self._places.get(self._layout.id_column)
        if place is not None and place < len(raw.cells) and raw.cells[place].strip():
            self.faulty_ids[raw.cells[place].strip()].append(raw.line)

    def _long_cells(self, raw: RawRow) -> list[Fault]:
        """Refuse cells that are too long to be meant, those of columns that nobody reads too."""
        if max(map(len, raw.cells)) <= MAX_CELL:
            return []
        reason = Sentence("Use %(most)d characters or fewer", most=MAX_CELL)
        return [
            Fault(self._name, raw.line, self._header[place], cell[:MAX_SHOWN], reason)
            for place, cell in enumerate(raw.cells)
            if len(cell) > MAX_CELL
        ]

    def _id(self, raw: RawRow, faults: list[Fault]) -> str:
        place = self._places.get(self._layout.id_column)
        if place is None:
            return f"L{raw.line}"
        try:
            row_id = clean_text(raw.cells[place], MAX_ID)
            if not row_id:
                raise ValueError("Give each row an id")
        except ValueError as error:
            faults.append(self._fault(raw, self._layout.id_column, str(error)))
            return ""
        return row_id

    def _parse(
        self,
        column: str,
        raw: RawRow,
        cell: str,
        values: dict[str, Any],
        faults: list[Fault],
    ) -> None:
        if len(cell) > MAX_CELL:
            return
        cell = self._mapping.value_of(column, cell)
        try:
            value = self._layout.parsers[column](cell)
        except ValueError as error:
            faults.append(self._fault(raw, column, str(error)))
            return
        names = self._layout.fields[column]
        for name, one in zip(names, value if len(names) > 1 else (value,), strict=True):
            if one is not None:
                values[name] = one

    def _profile(self, raw: RawRow, values: dict[str, Any], faults: list[Fault]) -> P | None:
        try:
            return self._layout.validate(values)
        except ValidationError as error:
            told = {fault.column for fault in faults}
            found = error.errors(include_url=False, include_input=False)
            # What is wrong with a word of a list comes before what is wrong with the list.
            for fault in sorted(found, key=lambda one: -len(one["loc"])):
                column = self._column_of(_field_of(dict(fault)))
                if _their(column, self._mapping) in told:
                    continue  # One reason for a cell is enough: the others follow from it.
                told.add(_their(column, self._mapping))
                is_missing = fault["type"] == "missing"
                words = Sentence("Give a value") if is_missing else sentence(dict(fault))
                faults.append(self._fault(raw, column, words))
        return None

    def _column_of(self, name: str) -> str:
        """Return which of the file's columns fills a field of the profile."""
        for column, names in self._layout.fields.items():
            if name in names and column in self._places:
                return column
        return name

    def _fault(self, raw: RawRow, column: str, reason: str) -> Fault:
        place = self._places.get(column)
        value = raw.cells[place][:MAX_SHOWN] if place is not None else ""
        return Fault(self._name, raw.line, _their(column, self._mapping), value, reason)
