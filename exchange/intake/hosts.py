"""Files of hosts."""

from exchange.intake.cells import ages, household, required_whole, text, whole, words
from exchange.intake.dialect import MAX_MB
from exchange.intake.faults import Sheet
from exchange.intake.mapping import ColumnMap
from exchange.intake.profiles import HostProfile
from exchange.intake.reading import Layout, read_sheet

_LISTS = (
    "languages",
    "offers",
    "interests",
    "household_genders",
    "genders_accepted",
    "never",
)
_MATCHED = ("field", "available_from", "available_to", "lifestyle", "group")
_AGES = ("min_age", "max_age")
_COUNTS = ("guest_rooms", "guest_beds", "group_size")
_CONTACT = ("kind", "name", "email", "phone", "address", "city")
_SAID = (
    "about",
    "motivation",
    "house_rules",
    "responsible_name",
    "responsible_email",
    "insurer",
    *(
        f"reference_{number}_{what}"
        for number in (1, 2)
        for what in ("name", "email", "phone", "relation")
    ),
)
_UNMATCHED = (*_COUNTS, *_CONTACT, *_SAID)

LAYOUT: Layout[HostProfile] = Layout(
    id_column="host_id",
    required=("host_id", "nation", "capacity"),
    parsers={
        "nation": text,
        "capacity": required_whole,
        "household": household,
        **dict.fromkeys(_LISTS, words),
        **dict.fromkeys(_MATCHED, text),
        "child_ages": ages,
        **dict.fromkeys((*_AGES, *_COUNTS), whole),
        **dict.fromkeys((*_CONTACT, *_SAID), text),
    },
    fields={
        "nation": ("nation",),
        "capacity": ("capacity",),
        "household": ("adults", "children"),
        "child_ages": ("child_ages",),
        **{name: (name,) for name in (*_LISTS, *_MATCHED, *_AGES, *_UNMATCHED)},
    },
    attributes={
        "nation": ("nation",),
        "capacity": ("capacity",),
        "household": ("adults", "children"),
        **{name: (name,) for name in (*_LISTS, *_MATCHED, *_AGES)},
    },
    validate=HostProfile.model_validate,
)


def read_hosts(
    data: bytes, *, name: str, mapping: ColumnMap | None = None, max_mb: float = MAX_MB
) -> Sheet[HostProfile]:
    """Read a file of hosts; see `read_sheet`."""
    return read_sheet(data, name=name, layout=LAYOUT, mapping=mapping, max_mb=max_mb)
