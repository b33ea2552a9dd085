"""Maps of columns: read whole or refused with all that is wrong."""

import pytest

from exchange.errors import FileError
from exchange.intake.mapping import ColumnMap
from exchange.intake.students import LAYOUT, read_students


def read(text: str) -> ColumnMap:
    return ColumnMap.from_toml(text.encode(), name="m.toml", known=LAYOUT.columns)


def test_map_with_everything_is_read() -> None:
    mapping = read(
        "id_from_line = true\n[columns]\ngender='Sexe'\n"
        "[values.gender]\nF='female'\n[defaults]\nlifestyle='quiet'\n"
    )
    assert mapping == ColumnMap(
        {"gender": "Sexe"}, {"gender": {"F": "female"}}, {"lifestyle": "quiet"}, id_from_line=True
    )
    assert mapping.value_of("gender", " F ") == "female"
    assert mapping.value_of("gender", "M") == "M"
    assert mapping.value_of("lifestyle", " ") == "quiet"


def test_map_comes_back_from_json() -> None:
    mapping = read("only = true\n[columns]\ngender='Sexe'\n[values.gender]\nF='female'\n")
    assert mapping.only
    assert ColumnMap(**mapping.to_json()) == mapping


def test_exact_map_reads_no_other_column() -> None:
    mapping = read("only = true\n[columns]\nstudent_id='id'\nnationality='nationality'\n")
    sheet = read_students(b"id,nationality,age\nS1,FR,old\n", name="s.csv", mapping=mapping)
    assert (len(sheet.rows), sheet.ignored_columns) == (1, ("age",))
    assert dict(sheet.headers) == {"nationalities": "nationality"}


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("columns = 3", ["columns is no table"]),
        ("[column]\na='b'", ["unknown entry column"]),
        ("id_from_line = 1", ["id_from_line is neither true nor false"]),
        ("only = 'yes'", ["only is neither true nor false"]),
        (
            "[columns]\ngendre='x'\nage=3\n[defaults]\nlifestyle=1",
            ["columns names gendre", "columns.age is no text", "defaults.lifestyle is no text"],
        ),
        ("[values]\ngender='F'", ["values.gender is no table of texts"]),
        ("[values.gender]\nF=1", ["values.gender is no table of texts"]),
        ("[columns", ["is not TOML"]),
    ],
)
def test_map_that_means_nothing_is_refused_with_every_fault(text: str, faults: list[str]) -> None:
    with pytest.raises(FileError, match=r"m\.toml") as caught:
        read(text)
    for fault in faults:
        assert fault in caught.value.message


def test_map_in_another_encoding_is_refused() -> None:
    with pytest.raises(FileError, match="is not TOML"):
        ColumnMap.from_toml("columns='é'".encode("cp1252"), name="m.toml", known=LAYOUT.columns)
