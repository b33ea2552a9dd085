"""Roles that somebody was proposed for: by one person, confirmed by another, taken by a third."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.roles import Role, RoleOfferState
from exchange.records.base import PublicRecord, UtcDateTime, enum_column
from exchange.translations import ENGLISH

_OPEN = sa.text("state IN ('proposed', 'invited')")


class RoleOffer(PublicRecord, table=True):
    """One offer of a role. The address is forgotten once it is taken or withdrawn."""

    __tablename__ = "role_offer"
    __table_args__ = (
        sa.CheckConstraint("proposed_by_id <> confirmed_by_id", name="two_persons"),
        sa.CheckConstraint("account_id <> proposed_by_id", name="not_ones_own"),
        sa.CheckConstraint("account_id <> confirmed_by_id", name="not_confirmed_by_oneself"),
        sa.CheckConstraint(
            "(state IN ('proposed', 'invited')) = (email IS NOT NULL)", name="address_while_open"
        ),
        sa.CheckConstraint(
            "(state IN ('proposed', 'invited')) = (ended_at IS NULL)", name="ended_some_time"
        ),
        sa.CheckConstraint(
            "(state = 'invited') = (expires_at IS NOT NULL)", name="expires_while_invited"
        ),
        sa.CheckConstraint(
            "(state = 'taken') = (account_id IS NOT NULL)", name="taken_by_somebody"
        ),
        sa.CheckConstraint("(role = 'partner') = (partner IS NOT NULL)", name="partner_named"),
        sa.Index(
            "uq_role_offer_open",
            "programme_id",
            "email",
            "role",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    programme_id: int = Field(foreign_key="programme.id", index=True, ondelete="CASCADE")
    role: Role = Field(sa_type=enum_column(Role))
    partner: str | None = Field(default=None, max_length=100)
    """The sending organisation that a partner stands for."""
    email: str | None = Field(default=None, max_length=254)
    language: str = Field(default=ENGLISH, max_length=16)
    """In which we write to somebody who has no account yet."""
    state: RoleOfferState = Field(
        default=RoleOfferState.PROPOSED, sa_type=enum_column(RoleOfferState)
    )
    proposed_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="RESTRICT")
    """Nobody's account where it was proposed at the installation's command line."""
    confirmed_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="RESTRICT")
    """Nobody where there was nobody else who could."""
    account_id: int | None = Field(default=None, foreign_key="account.id", ondelete="CASCADE")
    """Who took it."""
    token_hash: str | None = Field(default=None, max_length=64, unique=True)
    """Of the link that was mailed last, until it is used."""
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
