"""27,989 real outgoing students of one country, through the map that the seeds carry.

The people's rows are not part of the project; where they are absent, rows of the same shape are
made up.
"""

import os
import random
from pathlib import Path

from exchange.config import seeds_dir
from exchange.intake.mapping import ColumnMap
from exchange.intake.students import LAYOUT, read_students

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"
FILE = Path(os.environ.get("EXCHANGE_DATA", BESIDE)) / "outgoing_students_raw.csv"
ROWS, WITHOUT_NATIONALITY = 27_989, 470


def stand_in() -> bytes:
    draw = random.Random(0)
    without = set(draw.sample(range(ROWS), WITHOUT_NATIONALITY))
    lines = [
        f"{row + 1},GRANADA,{draw.randint(18, 46)},{draw.choice('FM')},"
        f"{'' if row in without else draw.choice(['ES', 'FR', 'NA'])},223.0,1.0,9.0,fr"
        for row in range(ROWS)
    ]
    header = (
        "row,sending_city_code,age,gender,nationality_iso2,subject_area_code,"
        "years_higher_education,duration_months,language_of_study"
    )
    return "\n".join([header, *lines, ""]).encode()


def test_every_row_without_a_nationality_is_listed() -> None:
    path = seeds_dir() / "maps" / "outgoing_students.toml"
    mapping = ColumnMap.from_toml(path.read_bytes(), name=path.name, known=LAYOUT.columns)
    data = FILE.read_bytes() if FILE.exists() else stand_in()
    sheet = read_students(data, name=FILE.name, mapping=mapping)
    assert sheet.total == ROWS
    assert len(sheet.rows) == ROWS - WITHOUT_NATIONALITY
    empty = {
        number
        for number, line in enumerate(data.decode().splitlines(), start=1)
        if not line.split(",")[4].strip()
    }
    assert {fault.line for fault in sheet.faults} == empty
    assert {(fault.column, fault.value, fault.reason) for fault in sheet.faults} == {
        ("nationality_iso2", "", "Give at least one")
    }
