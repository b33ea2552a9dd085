"""Profiles as records: a validated profile becomes a student or a host, and comes back."""

from typing import Any

from sqlmodel import Session, col, select

from exchange.domain.queues import search_key
from exchange.intake.answers import language_words
from exchange.intake.lookalikes import skeleton
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.records import Host, HouseholdMember, Student

_PERSONAL = frozenset(
    {
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
        "name",
        "phone",
        "address",
        "city",
        "about",
        "motivation",
        "house_rules",
        "guest_rooms",
        "guest_beds",
        "responsible_name",
        "responsible_email",
        "insurer",
        "group_size",
        "reference_1_name",
        "reference_1_email",
        "reference_1_phone",
        "reference_1_relation",
        "reference_2_name",
        "reference_2_email",
        "reference_2_phone",
        "reference_2_relation",
    }
)
"""Answers that no match reads; a date of birth becomes an age."""
_STUDENT_FIELDS = tuple(StudentProfile.model_fields)
_HOST_FIELDS = tuple(name for name in HostProfile.model_fields if name != "members")


def _columns(profile: StudentProfile | HostProfile, names: tuple[str, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in names:
        value = getattr(profile, name)
        if name == "languages":
            value = language_words(value)
        values[name] = list(value) if isinstance(value, tuple) else value
    return values


def student_columns(profile: StudentProfile) -> dict[str, Any]:
    """Return the values of a student's columns."""
    looks = skeleton(profile.given_name, profile.family_name)
    return _columns(profile, _STUDENT_FIELDS) | {"name_skeleton": looks}


def host_columns(profile: HostProfile) -> dict[str, Any]:
    """Return the values of a host's columns; the members are rows of their own."""
    return _columns(profile, _HOST_FIELDS)


def listing(profile: StudentProfile | HostProfile) -> dict[str, Any]:
    """Return the columns of an application by which lists find it."""
    if isinstance(profile, StudentProfile):
        nation = profile.nationalities[0] if profile.nationalities else None
        names = (profile.given_name, profile.family_name, profile.preferred_name)
        return {"nation": nation, "search_key": search_key(*names)}
    return {"nation": profile.nation, "search_key": search_key(profile.name)}


def add_student(session: Session, profile: StudentProfile) -> Student:
    """Store a student."""
    student = Student(**student_columns(profile))
    session.add(student)
    session.flush()
    return student


def add_host(session: Session, profile: HostProfile) -> Host:
    """Store a host with the members of its household."""
    host = Host(**host_columns(profile))
    session.add(host)
    session.flush()
    add_members(session, host, profile)
    return host


def add_members(session: Session, host: Host, profile: HostProfile) -> None:
    """Store the members of a household."""
    assert host.id is not None
    for member in profile.members:
        session.add(HouseholdMember(host_id=host.id, **member.model_dump()))
    session.flush()


def student_profile(student: Student) -> StudentProfile:
    """Read a stored student."""
    return StudentProfile.model_validate({name: getattr(student, name) for name in _STUDENT_FIELDS})


def student_answers(student: Student) -> StudentProfile:
    """Read of a stored student what a match may know; the rest stays empty."""
    names = [name for name in _STUDENT_FIELDS if name not in _PERSONAL]
    return StudentProfile.model_validate({name: getattr(student, name) for name in names})


def host_profile(host: Host, members: list[HouseholdMember]) -> HostProfile:
    """Read a stored host."""
    return _host(host, members, _HOST_FIELDS)


def host_answers(host: Host, members: list[HouseholdMember]) -> HostProfile:
    """Read of a stored host what a match may know; the rest stays empty."""
    return _host(host, members, tuple(name for name in _HOST_FIELDS if name not in _PERSONAL))


def _host(host: Host, members: list[HouseholdMember], names: tuple[str, ...]) -> HostProfile:
    values = {name: getattr(host, name) for name in names}
    values["members"] = [
        {"birth_on": one.birth_on, "gender": one.gender, "relation": one.relation}
        for one in members
    ]
    return HostProfile.model_validate(values)


def members_of(session: Session, host_id: int) -> list[HouseholdMember]:
    """Return who lives in a household, in the order in which they were named."""
    query = select(HouseholdMember).where(
        HouseholdMember.host_id == host_id, col(HouseholdMember.left_on).is_(None)
    )
    return list(session.exec(query.order_by(col(HouseholdMember.id))))
