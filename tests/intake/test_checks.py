"""Files of checks: every fault at its line and column, and the sound rows as they are."""

from datetime import date

import pytest

from exchange.domain.screening import CheckKind, CheckOutcome
from exchange.errors import FileError
from exchange.intake.checks import CheckLine, read_checks
from exchange.intake.dialect import read_table


def read(text: str) -> tuple[list[CheckLine], list[tuple[int, str, str]]]:
    lines, faults = read_checks(read_table(text.encode(), name="file"), name="file")
    return lines, [(one.line, one.column, one.value) for one in faults]


def test_row_is_a_check() -> None:
    lines, faults = read(
        "Host_id,kind,person,outcome,issuer,reference,done_on,expires_on,remark\n"
        "H1,background,2,pass,Police,B-1,2027-01-02,2028-01-02,x\n"
        "H2,interview,,pending,Ada,,2027-01-03,,\n"
    )
    assert faults == []
    assert lines == [
        CheckLine(
            2,
            "H1",
            CheckKind.BACKGROUND,
            CheckOutcome.PASS,
            "Police",
            date(2027, 1, 2),
            2,
            "B-1",
            date(2028, 1, 2),
        ),
        CheckLine(3, "H2", CheckKind.INTERVIEW, CheckOutcome.PENDING, "Ada", date(2027, 1, 3)),
    ]


def test_every_fault_is_told_at_once() -> None:
    lines, faults = read(
        "host_id,kind,person,outcome,issuer,done_on,expires_on\n"
        ",police,1.5,ok,,03/04/2027,soon\n"
        "H1,means,,pass,Ada,2027-01-02,\n"
    )
    assert [one.host_id for one in lines] == ["H1"]
    assert [(line, column) for line, column, _value in faults] == [
        (2, "host_id"),
        (2, "kind"),
        (2, "outcome"),
        (2, "issuer"),
        (2, "done_on"),
        (2, "person"),
        (2, "expires_on"),
    ]
    assert ("police" in {value for *_rest, value in faults}) is True


def test_file_without_a_required_column_is_refused() -> None:
    with pytest.raises(FileError, match="lacks the column outcome"):
        read("host_id,kind,issuer,done_on\nH1,means,Ada,2027-01-02\n")
