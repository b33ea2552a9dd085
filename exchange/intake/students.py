"""Files of students."""

from exchange.intake.cells import asked_words, text, whole, words
from exchange.intake.dialect import MAX_MB
from exchange.intake.faults import Sheet
from exchange.intake.mapping import ColumnMap
from exchange.intake.profiles import StudentProfile
from exchange.intake.reading import Layout, read_sheet

_LISTS = (
    "languages",
    "interests",
    "needs",
    "wishes",
    "host_gender",
    "ranked_hosts",
    "ranked_nations",
    "keep_with",
    "keep_apart",
    "never",
)
_MATCHED = (
    "gender",
    "field",
    "arrive_on",
    "depart_on",
    "lifestyle",
    "waiting_since",
    "partner",
)
_CONTACT = (
    "given_name",
    "family_name",
    "preferred_name",
    "email",
    "home_city",
    "school",
    "letter",
    "emergency_contact",
    "guardian_name",
    "guardian_email",
    "second_guardian_name",
    "second_guardian_email",
)

LAYOUT: Layout[StudentProfile] = Layout(
    id_column="student_id",
    required=("student_id", "nationality"),
    parsers={
        "nationality": words,
        "age": whole,
        "birth_date": text,
        "open_to": asked_words,
        **dict.fromkeys(_LISTS, words),
        **dict.fromkeys(_MATCHED, text),
        **dict.fromkeys(_CONTACT, text),
    },
    fields={
        "nationality": ("nationalities",),
        "birth_date": ("birth_on",),
        "age": ("age",),
        "open_to": ("open_to",),
        **{name: (name,) for name in (*_LISTS, *_MATCHED, *_CONTACT)},
    },
    attributes={
        "nationality": ("nationalities",),
        "birth_date": ("age",),
        "age": ("age",),
        "open_to": ("needs",),
        **{name: (name,) for name in (*_LISTS, *_MATCHED)},
    },
    validate=StudentProfile.model_validate,
)


def read_students(
    data: bytes, *, name: str, mapping: ColumnMap | None = None, max_mb: float = MAX_MB
) -> Sheet[StudentProfile]:
    """Read a file of students; see `read_sheet`."""
    return read_sheet(data, name=name, layout=LAYOUT, mapping=mapping, max_mb=max_mb)
