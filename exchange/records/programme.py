"""Programmes: standing exchange offers of one organisation."""

from sqlmodel import Field

from exchange.records.base import PublicRecord


class Programme(PublicRecord, table=True):
    """A programme owns its rules, its staff and its cycles."""

    name: str = Field(min_length=1, max_length=200)
    contact_email: str = Field(max_length=254)
    time_zone: str = Field(max_length=64)
