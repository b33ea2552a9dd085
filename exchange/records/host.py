"""Hosts: households and institutions that offer places, and who lives in a household."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.attributes import Gender, Lifestyle
from exchange.records.base import PublicRecord, Record, UtcDateTime, enum_column


class HostKind(StrEnum):
    """A family at home, or an organisation with places."""

    HOUSEHOLD = "household"
    INSTITUTION = "institution"


class Host(PublicRecord, table=True):
    """A host's profile; lists are assigned whole, never changed in place."""

    __table_args__ = (
        sa.CheckConstraint(
            "length(nation) = 2",
            name="nation_of_two_letters",
        ),
        sa.CheckConstraint(
            "adults IS NULL OR adults BETWEEN 0 AND 50",
            name="adults_in_range",
        ),
        sa.CheckConstraint(
            "children IS NULL OR children BETWEEN 0 AND 50",
            name="children_in_range",
        ),
        sa.CheckConstraint(
            "min_age IS NULL OR min_age BETWEEN 0 AND 120",
            name="min_age_in_range",
        ),
        sa.CheckConstraint(
            "max_age IS NULL OR max_age BETWEEN 0 AND 120",
            name="max_age_in_range",
        ),
        sa.CheckConstraint(
            "guest_rooms IS NULL OR guest_rooms BETWEEN 0 AND 500", name="guest_rooms_in_range"
        ),
        sa.CheckConstraint(
            "guest_beds IS NULL OR guest_beds BETWEEN 0 AND 500", name="guest_beds_in_range"
        ),
        sa.CheckConstraint(
            "group_size IS NULL OR group_size BETWEEN 1 AND 500", name="group_size_in_range"
        ),
        sa.CheckConstraint("capacity BETWEEN 0 AND 500", name="capacity_in_range"),
        sa.CheckConstraint(
            "min_age IS NULL OR max_age IS NULL OR min_age <= max_age",
            name="ages_in_order",
        ),
        sa.CheckConstraint(
            "available_from IS NULL OR available_to IS NULL OR available_from <= available_to",
            name="availability_runs_forward",
        ),
    )

    kind: HostKind = Field(default=HostKind.HOUSEHOLD, sa_type=enum_column(HostKind))
    name: str | None = Field(default=None, max_length=200)
    email: str | None = Field(default=None, max_length=254)
    phone: str | None = Field(default=None, max_length=40)
    address: str | None = Field(default=None, max_length=500)
    city: str | None = Field(default=None, max_length=200)
    nation: str = Field(min_length=2, max_length=2)
    capacity: int
    languages: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    available_from: date | None = None
    available_to: date | None = None
    offers: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    interests: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    field: str | None = Field(default=None, max_length=8)
    adults: int | None = None
    children: int | None = None
    child_ages: list[int] = Field(default_factory=list, sa_type=sa.JSON)
    household_genders: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    lifestyle: Lifestyle | None = Field(default=None, sa_type=enum_column(Lifestyle))
    genders_accepted: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    min_age: int | None = None
    max_age: int | None = None
    group: str | None = Field(default=None, max_length=100)
    never: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    about: str | None = Field(default=None, sa_type=sa.Text)
    motivation: str | None = Field(default=None, sa_type=sa.Text)
    house_rules: str | None = Field(default=None, sa_type=sa.Text)
    guest_rooms: int | None = None
    guest_beds: int | None = None
    responsible_name: str | None = Field(default=None, max_length=200)
    responsible_email: str | None = Field(default=None, max_length=254)
    insurer: str | None = Field(default=None, max_length=200)
    group_size: int | None = None
    reference_1_name: str | None = Field(default=None, max_length=200)
    reference_1_email: str | None = Field(default=None, max_length=254)
    reference_1_phone: str | None = Field(default=None, max_length=40)
    reference_1_relation: str | None = Field(default=None, max_length=100)
    reference_2_name: str | None = Field(default=None, max_length=200)
    reference_2_email: str | None = Field(default=None, max_length=254)
    reference_2_phone: str | None = Field(default=None, max_length=40)
    reference_2_relation: str | None = Field(default=None, max_length=100)


class HouseholdMember(Record, table=True):
    """Somebody who lives where the student would, or did until they moved out."""

    __tablename__ = "household_member"

    host_id: int = Field(foreign_key="host.id", index=True, ondelete="CASCADE")
    birth_on: date
    gender: Gender | None = Field(default=None, sa_type=enum_column(Gender))
    relation: str | None = Field(default=None, max_length=100)
    added_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When somebody was added who is not among those whom the host named in the application."""
    left_on: date | None = None
    """The day of moving out; from then on nothing is asked of this person."""
    as_named: dict[str, str | None] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    """The answers as the host gave them, where staff have corrected them since."""


class HouseholdEvent(StrEnum):
    """What became of somebody of a household."""

    ADDED = "added"
    ANNOUNCED = "announced"
    """By the host."""
    CORRECTED = "corrected"
    MOVED_OUT = "moved_out"


class HouseholdChange(Record, table=True):
    """Why a household was changed after it was described; rows are added, never changed."""

    __tablename__ = "household_change"
    __table_args__ = (sa.CheckConstraint("length(reason) > 0", name="reason_stated"),)

    member_id: int = Field(foreign_key="household_member.id", index=True, ondelete="CASCADE")
    what: HouseholdEvent = Field(sa_type=enum_column(HouseholdEvent))
    reason: str = Field(max_length=1000)
    changed_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="RESTRICT")
    """Nobody's account where the host announced it."""
