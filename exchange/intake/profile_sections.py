"""Which section of an application each answer belongs to, so that each is read anew by itself."""

from exchange.domain.cycle import ApplicationKind
from exchange.domain.screening import Section

_OF_STUDENTS: dict[Section, tuple[str, ...]] = {
    Section.IDENTITY: (
        "given_name",
        "family_name",
        "preferred_name",
        "email",
        "birth_on",
        "age",
        "gender",
        "nationalities",
        "languages",
        "interests",
        "field",
    ),
    Section.STAY: ("home_city", "school", "arrive_on", "depart_on", "waiting_since", "partner"),
    Section.NEEDS: (
        "needs",
        "wishes",
        "lifestyle",
        "host_gender",
        "open_to",
        "ranked_hosts",
        "ranked_nations",
        "keep_with",
        "keep_apart",
        "never",
    ),
    Section.GUARDIAN: (
        "guardian_name",
        "guardian_email",
        "second_guardian_name",
        "second_guardian_email",
    ),
    Section.LETTER: ("letter", "emergency_contact"),
}
_OF_HOSTS: dict[Section, tuple[str, ...]] = {
    Section.CONTACT: ("kind", "name", "email", "phone", "address", "city", "nation", "group"),
    Section.HOUSEHOLD: ("members", "adults", "children", "child_ages", "household_genders"),
    Section.ORGANISATION: ("responsible_name", "responsible_email", "insurer", "group_size"),
    Section.HOME: ("offers", "lifestyle", "guest_rooms", "guest_beds"),
    Section.PLACES: ("capacity", "available_from", "available_to"),
    Section.WELCOME: (
        "languages",
        "interests",
        "field",
        "genders_accepted",
        "min_age",
        "max_age",
        "never",
    ),
    Section.REFERENCES: tuple(
        f"reference_{number}_{part}"
        for number in (1, 2)
        for part in ("name", "email", "phone", "relation")
    ),
    Section.HOUSE_RULES: ("about", "motivation", "house_rules"),
}

SECTION_OF: dict[ApplicationKind, dict[str, Section]] = {
    kind: {name: section for section, names in table.items() for name in names}
    for kind, table in (
        (ApplicationKind.STUDENT, _OF_STUDENTS),
        (ApplicationKind.HOST, _OF_HOSTS),
    )
}
"""The section of each answer of a profile; every answer has one."""
