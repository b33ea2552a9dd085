"""Students: the people who travel."""

from datetime import date

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.attributes import Gender, Lifestyle
from exchange.records.base import PublicRecord, enum_column


class Student(PublicRecord, table=True):
    """A student's profile; lists are assigned whole, never changed in place."""

    __table_args__ = (
        sa.CheckConstraint("age IS NULL OR age BETWEEN 0 AND 120", name="age_in_range"),
        sa.CheckConstraint(
            "arrive_on IS NULL OR depart_on IS NULL OR arrive_on <= depart_on",
            name="stay_runs_forward",
        ),
    )

    given_name: str | None = Field(default=None, max_length=200)
    family_name: str | None = Field(default=None, max_length=200)
    name_skeleton: str | None = Field(default=None, max_length=200, index=True)
    preferred_name: str | None = Field(default=None, max_length=200)
    email: str | None = Field(default=None, max_length=254)
    birth_on: date | None = None
    age: int | None = None
    gender: Gender | None = Field(default=None, sa_type=enum_column(Gender))
    nationalities: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    languages: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    interests: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    field: str | None = Field(default=None, max_length=8)
    home_city: str | None = Field(default=None, max_length=200)
    school: str | None = Field(default=None, max_length=200)
    arrive_on: date | None = None
    depart_on: date | None = None
    needs: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    wishes: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    open_to: list[str] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    lifestyle: Lifestyle | None = Field(default=None, sa_type=enum_column(Lifestyle))
    waiting_since: date | None = None
    host_gender: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    ranked_hosts: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    ranked_nations: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    keep_with: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    keep_apart: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    partner: str | None = Field(default=None, max_length=100)
    never: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    letter: str | None = Field(default=None, sa_type=sa.Text)
    emergency_contact: str | None = Field(default=None, max_length=500)
    guardian_name: str | None = Field(default=None, max_length=200)
    guardian_email: str | None = Field(default=None, max_length=254)
    second_guardian_name: str | None = Field(default=None, max_length=200)
    second_guardian_email: str | None = Field(default=None, max_length=254)
