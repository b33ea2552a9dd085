"""Programmes: standing exchange offers of one organisation."""

import sqlalchemy as sa
from sqlmodel import Field

from exchange.records.base import PublicRecord


class Programme(PublicRecord, table=True):
    """A programme owns its rules, its staff and its cycles."""

    __table_args__ = (
        sa.CheckConstraint("offer_days BETWEEN 1 AND 60", name="offer_days_in_range"),
        sa.CheckConstraint("contact_days BETWEEN 0 AND 120", name="contact_days_in_range"),
        sa.CheckConstraint("hold_hours BETWEEN 1 AND 720", name="hold_hours_in_range"),
        sa.CheckConstraint("quiet_from BETWEEN 0 AND 23", name="quiet_from_in_range"),
        sa.CheckConstraint("quiet_until BETWEEN 0 AND 23", name="quiet_until_in_range"),
    )

    name: str = Field(min_length=1, max_length=200)
    contact_email: str = Field(max_length=254)
    time_zone: str = Field(max_length=64)
    offer_days: int = Field(default=7)
    """So many days an offer waits for answers."""
    contact_days: int = Field(default=21)
    """So many days before a stay those who confirmed it see how to reach each other."""
    hold_hours: int = Field(default=48)
    """So long a host holds a student for whom others queue."""
    duty_phone: str | None = Field(default=None, max_length=40)
    """Answered at any hour during a stay; it stands on the emergency card."""
    outside_name: str | None = Field(default=None, max_length=200)
    """Somebody outside the programme, who is asked where no lead may look at an incident."""
    outside_email: str | None = Field(default=None, max_length=254)
    outside_phone: str | None = Field(default=None, max_length=40)
    quiet_from: int = Field(default=20)
    """From this hour on, in the programme's zone, no reminder goes out."""
    quiet_until: int = Field(default=8)
