"""Who a file is for, and what of it they may read: columns by what they say about a person.

Whatever is of a special kind (health, faith, gender, whom to call) leaves the programme's office
only where it was granted by name, and so do answers to the programme's own questions, of which
nobody knows here what they ask.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from enum import StrEnum

from exchange.domain.roles import Role


class Recipient(StrEnum):
    """Who reads a file."""

    OFFICE = "office"
    """The programme's own staff."""
    HOST = "host"
    """One host, about its own guests."""
    SENDING_PARTNER = "sending_partner"
    """An organisation that sends students, about its own."""
    RECEIVING_PARTNER = "receiving_partner"
    """An organisation whose hosts receive, about its own."""
    AUDITOR = "auditor"
    """Whoever checks the programme; learns of nobody who they are."""


class Column(StrEnum):
    """What a column says."""

    ID = "id"
    REFERENCE = "reference"
    NAME = "name"
    HOST_NAME = "host_name"
    BIRTH = "birth"
    STUDENT_CONTACT = "student_contact"
    HOST_CONTACT = "host_contact"
    PLACE = "place"
    DAY = "day"
    SPECIAL = "special"
    OFFICE = "office"
    """Nobody else has a use for it; it is granted to nobody."""
    OPEN = "open"


_NAMES: Mapping[Column, tuple[str, ...]] = {
    Column.ID: (
        "student_id",
        "host_id",
        "global_id",
        "omobility_id",
        "receiving_host_id",
        "relocation_id",
        "next_host_id",
    ),
    Column.REFERENCE: ("reference",),
    Column.NAME: ("given_name", "given_names", "family_name", "preferred_name"),
    Column.HOST_NAME: ("host_name", "name", "next_host_name"),
    Column.BIRTH: ("birth_date",),
    Column.STUDENT_CONTACT: (
        "student_email",
        "guardian_name",
        "guardian_email",
        "second_guardian_name",
        "second_guardian_email",
    ),
    Column.HOST_CONTACT: (
        "host_email",
        "host_phone",
        "phone",
        "address",
        "next_address",
        "responsible_name",
        "responsible_email",
    ),
    Column.PLACE: ("home_city", "city", "next_city", "school", "sending_school"),
    Column.DAY: (
        "arrive_on",
        "depart_on",
        "available_from",
        "available_to",
        "planned_arrival_date",
        "planned_departure_date",
        "sent_on",
        "waiting_since",
        "joined_on",
        "moved_on",
    ),
    Column.SPECIAL: (
        "gender",
        "needs",
        "wishes",
        "open_to",
        "host_gender",
        "household",
        "household_genders",
        "genders_accepted",
        "emergency_contact",
        "additional_requirements",
        # Of somebody without a place: names the rules that closed hosts to them, needs among these.
        "detail",
    ),
    Column.OFFICE: (
        "ranked_hosts",
        "keep_with",
        "keep_apart",
        "letter",
        "child_ages",
        "motivation",
        "insurer",
        *(
            f"reference_{number}_{what}"
            for number in (1, 2)
            for what in ("name", "email", "phone", "relation")
        ),
    ),
    Column.OPEN: (
        "state",
        "kind",
        "nation",
        "next_nation",
        "nationality",
        "citizenship",
        "languages",
        "nominee_language_skills",
        "interests",
        "field",
        "nominee_isced_f_code",
        "lifestyle",
        "ranked_nations",
        "guardian_agreed",
        "capacity",
        "offers",
        "min_age",
        "max_age",
        "group",
        "about",
        "house_rules",
        "guest_rooms",
        "guest_beds",
        "group_size",
        "partner",
        "sending_partner",
        "receiving_partner",
        "receiving_country",
        "status",
        "activity_type",
        "nights",
        "position",
        "reason",
        "student_nation",
        "host_nation",
        "quality",
        "review",
        "only_contact_of_pair",
        "nation_a",
        "nation_b",
        "placements",
        "weight",
        "tension_tier",
        "age",
        "preference",
        "waiting",
    ),
}
_KNOWN: Mapping[str, Column] = {name: kind for kind, names in _NAMES.items() for name in names}

_READS: Mapping[Recipient, frozenset[Column]] = {
    Recipient.OFFICE: frozenset(Column),
    Recipient.HOST: frozenset(
        {
            Column.ID,
            Column.NAME,
            Column.STUDENT_CONTACT,
            Column.BIRTH,
            Column.PLACE,
            Column.DAY,
            Column.OPEN,
        }
    ),
    Recipient.SENDING_PARTNER: frozenset(
        {
            Column.ID,
            Column.REFERENCE,
            Column.NAME,
            Column.BIRTH,
            Column.PLACE,
            Column.DAY,
            Column.OPEN,
        }
    ),
    Recipient.RECEIVING_PARTNER: frozenset(
        {
            Column.ID,
            Column.NAME,
            Column.HOST_NAME,
            Column.HOST_CONTACT,
            Column.BIRTH,
            Column.PLACE,
            Column.DAY,
            Column.OPEN,
        }
    ),
    Recipient.AUDITOR: frozenset({Column.ID, Column.BIRTH, Column.DAY, Column.OPEN}),
}

FILES: Mapping[Recipient, frozenset[str]] = {
    Recipient.HOST: frozenset({"rooming"}),
    Recipient.SENDING_PARTNER: frozenset(
        {"participants", "placements", "unplaced", "waiting-list", "mobilities"}
    ),
    Recipient.RECEIVING_PARTNER: frozenset({"hosts", "placements", "rooming", "mobilities"}),
    Recipient.AUDITOR: frozenset(
        {
            "participants",
            "hosts",
            "placements",
            "unplaced",
            "waiting-list",
            "contacts",
            "run-report",
            "relocations",
        }
    ),
}
"""Files for others than the office. A host or a partner gets rows about its own people alone."""

IMPERSONAL = frozenset({"contacts", "run-report"})
"""Files about nations and numbers: everybody who gets them reads all of them."""

_AGES = ((14, 15), (16, 17))

OF_ONE_PARTY = frozenset({Recipient.HOST, Recipient.SENDING_PARTNER, Recipient.RECEIVING_PARTNER})


def column_kind(name: str) -> Column:
    """Return what a column says; one that nobody has thought of is special."""
    return _KNOWN.get(name, Column.SPECIAL)


def is_known(name: str) -> bool:
    """Whether somebody has said what a column says."""
    return name.startswith("q_") or name == "email" or name in _KNOWN


def may_read(recipient: Recipient, name: str, granted: Collection[str]) -> bool:
    """Whether a column is in a recipient's file."""
    if recipient is Recipient.OFFICE or name in granted:
        return True
    kind = column_kind(name)
    if name == "email":
        # Of students and of hosts alike, so that neither rule would do.
        return False
    return kind is not Column.SPECIAL and kind in _READS[recipient]


_ON_PAGES: Mapping[Role, frozenset[Column]] = {
    Role.LOCAL_COORDINATOR: frozenset(Column) - {Column.SPECIAL, Column.OFFICE},
    # As in files, where a band of age stands in the place of the day of birth.
    Role.PARTNER: _READS[Recipient.SENDING_PARTNER] - {Column.BIRTH},
}


def role_may_read(role: Role, name: str) -> bool:
    """Whether somebody of the staff with a narrow role reads a column on a page.

    A partner reads what is in a sending partner's files. Somebody who looks after a student has to
    reach both sides, and reads nothing of a special kind either.
    """
    return column_kind(name) in _ON_PAGES.get(role, frozenset())


def age_band(age: int) -> str:
    """Return what stands in the place of a date of birth, for those who do not read it."""
    named = next((f"{low}-{high}" for low, high in _AGES if low <= age <= high), None)
    return named or ("under 14" if age < _AGES[0][0] else "18+")


class Schedule(StrEnum):
    """How often a file is written by itself."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"

    @property
    def every(self) -> timedelta | None:
        """How long after one file the next is due."""
        return {Schedule.DAILY: timedelta(days=1), Schedule.WEEKLY: timedelta(days=7)}.get(self)
