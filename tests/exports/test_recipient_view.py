"""Files as recipients may read them: nothing special unless granted, nobody named to auditors."""

from datetime import date

import pytest

from exchange.domain.recipients import (
    FILES,
    Column,
    Recipient,
    column_kind,
    is_known,
)
from exchange.exports import KINDS, Table
from exchange.exports.recipient_view import for_recipient
from tests.exports import tables

ON = date(2027, 7, 1)


def view(table: Table, recipient: Recipient, *, granted: tuple[str, ...] = ()) -> Table:
    return for_recipient(
        table, recipient, granted=granted, purpose="audit 2027", key="a key", on=ON
    )


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "run-report"])
def test_somebody_has_said_of_every_column_what_it_says(kind: str) -> None:
    unknown = [name for name in tables.ALL[kind]().columns if not is_known(name)]
    assert unknown == []


@pytest.mark.parametrize(
    ("recipient", "kind"), [(one, kind) for one, kinds in FILES.items() for kind in sorted(kinds)]
)
def test_special_columns_are_absent_unless_granted(recipient: Recipient, kind: str) -> None:
    table = tables.ALL[kind]()
    seen = view(table, recipient)
    if kind in ("contacts", "run-report"):
        assert seen == table
        return
    special = {name for name in table.columns if column_kind(name) is Column.SPECIAL}
    assert not special & set(seen.columns)
    for name in special:
        granted = view(table, recipient, granted=(name,))
        assert set(granted.columns) == {*seen.columns, name}
        at = granted.columns.index(name), table.columns.index(name)
        assert [row[at[0]] for row in granted.rows] == [row[at[1]] for row in table.rows]


def test_office_reads_everything() -> None:
    table = tables.participants()
    assert view(table, Recipient.OFFICE) is table


def test_needs_behind_a_lacking_place_stay_in_the_office() -> None:
    rows = [("a", "no_host_passes:needs+dates", "3 of 4: a need is not met"), ("b", "taken", "")]
    table = Table("unplaced", ("student_id", "reason", "detail"), rows)
    seen = view(table, Recipient.SENDING_PARTNER)
    assert seen.columns == ("student_id", "reason")
    assert seen.rows == [("a", "no_host_passes"), ("b", "taken")]
    assert view(table, Recipient.SENDING_PARTNER, granted=("reason", "detail")) == table


def test_birth_date_leaves_the_office_as_an_age_group() -> None:
    births = [date(2013, 7, 2), date(2013, 7, 1), date(2010, 1, 1), date(2009, 7, 1), None]
    table = Table("participants", ("birth_date",), [(one,) for one in births])
    seen = view(table, Recipient.SENDING_PARTNER)
    assert seen.columns == ("age_band",)
    assert [row[0] for row in seen.rows] == ["under 14", "14-15", "16-17", "18+", None]


def test_auditor_learns_of_nobody_who_they_are() -> None:
    table = Table(
        "participants",
        ("student_id", "reference", "given_name", "email", "home_city", "nationality", "arrive_on"),
        [("a1", "S-1", "Ana", "ana@example.org", "Haifa", "IL", date(2027, 7, 9))],
    )
    seen = view(table, Recipient.AUDITOR)
    assert seen.columns == ("student_id", "nationality", "arrive_on")
    pseudonym, *rest = seen.rows[0]
    assert rest == ["IL", "2027-07"]
    assert pseudonym != "a1"
    again = view(table, Recipient.AUDITOR)
    assert again.rows[0][0] == pseudonym
    elsewhere = for_recipient(
        table, Recipient.AUDITOR, granted=(), purpose="another", key="a key", on=ON
    )
    assert elsewhere.rows[0][0] != pseudonym


def test_partner_gets_no_address_of_the_other_side() -> None:
    stay = ("host_name", "host_email", "host_phone", "student_id", "given_name", "arrive_on")
    table = Table("rooming", stay, [("Home", "h@example.org", "+1", "a1", "Ana", ON)])
    assert view(table, Recipient.HOST).columns == ("student_id", "given_name", "arrive_on")
    assert view(table, Recipient.RECEIVING_PARTNER).columns == stay
    assert view(table, Recipient.SENDING_PARTNER).columns == (
        "student_id",
        "given_name",
        "arrive_on",
    )
