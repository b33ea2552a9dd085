"""Rows of students: what is read, and every fault with its line and column."""

from datetime import date

import pytest

from exchange.domain.attributes import Gender, LanguageSkill, Level
from exchange.errors import FileError
from exchange.intake.mapping import ColumnMap
from exchange.intake.students import read_students


def faults_of(text: str) -> list[tuple[int, str, str]]:
    sheet = read_students(text.encode(), name="s.csv")
    return [(fault.line, fault.column, fault.reason) for fault in sheet.faults]


def test_row_with_every_column_becomes_a_profile() -> None:
    text = (
        "student_id;nationality;languages;birth_date;gender;interests;field;arrive_on;depart_on;"
        "needs;wishes;lifestyle;waiting_since;host_gender;ranked_hosts;partner;never\n"
        "S1;NA|FR;fr|en:B2|de;2009-02-28;female;music| chess ;0232;2027-02-28;2027-06-30;"
        "no_pets|diet:halal;garden;quiet;2026-01-01;female|male;H2|H1;Lycée;H9\n"
    )
    sheet = read_students(text.encode(), name="s.csv")
    assert (sheet.faults, sheet.total, sheet.ignored_columns) == ((), 1, ())
    (row,) = sheet.rows
    assert (row.line, row.id) == (2, "S1")
    entry = row.profile.to_entry(row.id)
    assert entry.nationalities == ("NA", "FR")
    assert entry.languages == (
        LanguageSkill("fr", Level.NATIVE),
        LanguageSkill("en", Level.B2),
        LanguageSkill("de", Level.B2),
    )
    assert (entry.age, entry.gender, entry.interests) == (18, Gender.FEMALE, ("music", "chess"))
    assert (entry.field, entry.partner, entry.never) == ("02", "Lycée", ("H9",))
    assert (entry.needs, entry.wishes) == (("no_pets", "diet:halal"), ("garden",))
    assert (entry.arrive_on, entry.depart_on) == (date(2027, 2, 28), date(2027, 6, 30))
    assert (entry.host_gender, entry.ranked_hosts) == (
        (Gender.FEMALE, Gender.MALE),
        ("H2", "H1"),
    )


def test_only_the_required_columns_serve() -> None:
    sheet = read_students(b"student_id,nationality\nS1,NA\n", name="s.csv")
    assert [row.profile.nationalities for row in sheet.rows] == [("NA",)]
    assert sheet.columns == frozenset({"nationalities"})


def test_header_without_rows_is_an_empty_sheet() -> None:
    sheet = read_students(b"student_id,nationality\n", name="s.csv")
    assert (sheet.rows, sheet.faults, sheet.total) == ((), (), 0)


def test_columns_that_mean_nothing_are_named() -> None:
    sheet = read_students(b"x,student_id,y,nationality,\n1,S1,2,FR,3\n", name="s.csv")
    assert sheet.ignored_columns == ("x", "y")
    assert len(sheet.rows) == 1


def test_required_columns_that_are_missing_refuse_the_file() -> None:
    with pytest.raises(FileError, match="lacks a column: student_id, nationality"):
        read_students(b"id,nation\n1,FR\n", name="s.csv")


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("nationality", "", "Give at least one"),
        ("nationality", "fr", "two-letter code of a nation"),
        ("nationality", "XX", "two-letter code of a nation"),
        ("nationality", "FR|!#", "two-letter code of a nation"),
        ("age", "two", "Use a whole number"),
        ("age", "-1", "at least 0"),
        ("age", "121", "at most 120"),
        ("age", "1_8", "Use a whole number"),
        ("age", "١٨", "digits 0 to 9"),
        ("age", "18.0", "Use a whole number"),
        ("age", "1e1", "Use a whole number"),
        ("age", "9" * 5000, "far too large"),
        ("birth_date", "03/04/2008", "written as year-month-day"),
        ("birth_date", "2008-02-30", "written as year-month-day"),
        ("birth_date", "2008-W05-1", "written as year-month-day"),
        ("birth_date", "39507", "written as year-month-day"),
        ("birth_date", "08-04-03", "written as year-month-day"),
        ("birth_date", "٢٠٠٨-٠٤-٠٣", "written as year-month-day"),
        ("birth_date", "1066-10-14", "after 1900"),
        ("arrive_on", "9999-01-01", "between 2000 and 2100"),
        ("languages", "french", "Use a language tag"),
        ("languages", "fr:B9", "from A1 to C2"),
        ("languages", "fr|fr:B1", "each language once"),
        ("gender", "F", "Use one of"),
        ("interests", "knitting", "Use a known interest"),
        ("needs", "no_cats", "Use a known word"),
        ("lifestyle", "wild", "Use one of"),
        ("field", "99", "Use a field of ISCED-F"),
        ("host_gender", "any", "Use one of"),
        ("partner", "a\u202eb", "Remove the hidden character"),
        ("never", "x" * 10_001, "10000 characters or fewer"),
    ],
)
def test_cell_that_cannot_be_used_is_a_fault_of_its_column(
    column: str, cell: str, reason: str
) -> None:
    if column == "nationality":
        text = f"student_id,nationality\nS0,FR\nS1,{cell}\n"
    else:
        text = f"student_id,nationality,{column}\nS0,FR,\nS1,FR,{cell}\n"
    sheet = read_students(text.encode(), name="s.csv")
    assert [row.id for row in sheet.rows] == ["S0"]
    (fault,) = sheet.faults
    assert (fault.file, fault.line, fault.column) == ("s.csv", 3, column)
    assert fault.value == cell[:200]
    assert reason in fault.reason
    assert not fault.reason.endswith(".")


def test_every_fault_of_a_row_is_told_at_once() -> None:
    text = "student_id,nationality,age,gender\n,XX,two,F\n"
    assert [(line, column) for line, column, _ in faults_of(text)] == [
        (2, "age"),
        (2, "gender"),
        (2, "nationality"),
        (2, "student_id"),
    ]


def test_answers_that_disagree_are_a_fault_of_the_later_one() -> None:
    text = "student_id,nationality,arrive_on,depart_on\nS1,FR,2027-03-01,2027-02-01\n"
    assert faults_of(text) == [
        (2, "depart_on", "The day of departure is before the day of arrival")
    ]


def test_ragged_rows_are_faults_with_physical_lines() -> None:
    text = 'student_id,nationality\n"S\n1",FR\nS2\nS3,FR,x\nS4,FR\n'
    assert faults_of(text) == [
        (2, "student_id", "Remove the character that cannot be shown, then try again"),
        (4, "", "This row has 1 cells, the header has 2"),
        (5, "", "This row has 3 cells, the header has 2"),
    ]


def test_rows_that_share_an_id_are_all_rejected() -> None:
    text = "student_id,nationality\nS1,FR\nS2,FR\nS1,DE\nS3,XX\nS3,FR\nS4\nS4,FR\n"
    sheet = read_students(text.encode(), name="s.csv")
    assert [row.id for row in sheet.rows] == ["S2"]
    repeated = "Several rows have this id; give each its own"
    assert [(fault.line, fault.column) for fault in sheet.faults if fault.reason == repeated] == [
        (2, "student_id"),
        (4, "student_id"),
        (5, "student_id"),
        (6, "student_id"),
        (7, "student_id"),
        (8, "student_id"),
    ]


def test_ids_that_differ_only_in_composition_are_the_same_id() -> None:
    text = "student_id,nationality\n\u00e9,FR\ne\u0301,FR\n"
    assert len(read_students(text.encode(), name="s.csv").faults) == 2


def test_cells_that_look_like_formulas_are_kept_as_text() -> None:
    text = 'student_id,nationality,partner,letter\n=1+1,FR,@SUM,"+972\n-5"\n'
    (row,) = read_students(text.encode(), name="s.csv").rows
    assert (row.id, row.profile.partner, row.profile.letter) == ("=1+1", "@SUM", "+972\n-5")


def test_map_renames_columns_values_and_fills_defaults() -> None:
    mapping = ColumnMap(
        columns={"nationality": "Pays", "gender": "Sexe"},
        values={"nationality": {"France": "FR"}, "gender": {"F": "female"}},
        defaults={"gender": "male", "lifestyle": "quiet"},
        id_from_line=True,
    )
    data = b"Pays,Sexe,gender\nFrance,F,x\nDE,,x\nPays-Bas,F,x\n"
    sheet = read_students(data, name="s.csv", mapping=mapping)
    assert [(row.id, row.profile.nationalities, row.profile.gender) for row in sheet.rows] == [
        ("L2", ("FR",), Gender.FEMALE),
        ("L3", ("DE",), Gender.MALE),
    ]
    assert {row.profile.lifestyle for row in sheet.rows} == {"quiet"}
    assert [(fault.line, fault.column, fault.value) for fault in sheet.faults] == [
        (4, "Pays", "Pays-Bas")
    ]
    assert sheet.columns == frozenset({"nationalities", "gender", "lifestyle"})
    assert sheet.ignored_columns == ("gender",)


def test_map_that_names_a_header_that_is_not_there_refuses_the_file() -> None:
    mapping = ColumnMap(columns={"gender": "Sexe"})
    with pytest.raises(FileError, match="lacks a column: Sexe"):
        read_students(b"student_id,nationality\n", name="s.csv", mapping=mapping)
