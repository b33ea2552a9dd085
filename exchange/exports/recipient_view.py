"""A table as one recipient may read it: fewer columns, ids of its own, ages for birth dates."""

import hashlib
import hmac
from collections.abc import Callable, Collection
from datetime import date

from exchange.domain.attributes import age_on
from exchange.domain.recipients import (
    IMPERSONAL,
    Column,
    Recipient,
    age_band,
    column_kind,
    may_read,
)
from exchange.exports.table import Cell, Table


def for_recipient(
    table: Table,
    recipient: Recipient,
    *,
    granted: Collection[str],
    purpose: str,
    key: str,
    on: date,
) -> Table:
    """Return what of a table a recipient may read.

    Outside the office a date of birth is an age band on a day, and why somebody has no place is
    told without the rules behind it. An auditor gets ids that lead
    nowhere and are others in every purpose, so that two files cannot be joined, and months
    instead of days.

    Parameters
    ----------
    granted : collection of str
        Columns that this recipient gets in spite of their kind.
    purpose : str
        Of the file; the same purpose gives the same ids.
    key : str
        The installation's key.
    on : date
        The day on which ages count.
    """
    if recipient is Recipient.OFFICE or table.name in IMPERSONAL:
        return table
    kept = [at for at, name in enumerate(table.columns) if may_read(recipient, name, granted)]
    columns: list[str] = []
    changes: list[Callable[[Cell], Cell]] = []
    for at in kept:
        name = table.columns[at]
        change: Callable[[Cell], Cell] = _same
        if name not in granted:
            kind = column_kind(name)
            if kind is Column.BIRTH:
                name, change = "age_band", _band_on(on)
            elif recipient is Recipient.AUDITOR and kind is Column.ID:
                change = _pseudonym(f"{key}|{purpose}")
            elif recipient is Recipient.AUDITOR and kind is Column.DAY:
                change = _month
            elif name == "reason":
                change = _without_rules
        columns.append(name)
        changes.append(change)
    rows = [
        tuple(change(row[at]) for at, change in zip(kept, changes, strict=True))
        for row in table.rows
    ]
    return Table(table.name, tuple(columns), rows)


def _same(cell: Cell) -> Cell:
    return cell


def _band_on(on: date) -> Callable[[Cell], Cell]:
    def band(cell: Cell) -> Cell:
        if not isinstance(cell, date):
            return None
        return age_band(age_on(cell, on))

    return band


def _pseudonym(secret: str) -> Callable[[Cell], Cell]:
    def other(cell: Cell) -> Cell:
        if cell is None:
            return None
        digest = hmac.new(secret.encode(), str(cell).encode(), hashlib.sha256)
        return digest.hexdigest()[:32]

    return other


def _without_rules(cell: Cell) -> Cell:
    # Which rules closed hosts to somebody says that they have needs, or whom they fear.
    return cell.partition(":")[0] if isinstance(cell, str) else cell


def _month(cell: Cell) -> Cell:
    return cell.strftime("%Y-%m") if isinstance(cell, date) else None
