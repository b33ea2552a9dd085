"""Guardians: who has to agree before a minor's application goes anywhere."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.cycle import GuardianState
from exchange.records.base import PublicRecord, UtcDateTime, enum_column


class Guardian(PublicRecord, table=True):
    """One or two of an application; one whose agreement is on paper may have no address."""

    __table_args__ = (
        sa.CheckConstraint("place IN (1, 2)", name="one_of_two"),
        sa.CheckConstraint("state = 'invited' OR decided_at IS NOT NULL", name="decided_some_time"),
        sa.CheckConstraint(
            "email IS NOT NULL OR paper_reason IS NOT NULL", name="reached_by_mail_or_paper"
        ),
        sa.CheckConstraint("(email IS NULL) = (email_key IS NULL)", name="address_with_its_key"),
        sa.UniqueConstraint("application_id", "place"),
        sa.UniqueConstraint("application_id", "email_key"),
    )

    application_id: int = Field(foreign_key="application.id", ondelete="CASCADE")
    place: int
    name: str | None = Field(default=None, max_length=200)
    email: str | None = Field(default=None, max_length=254)
    email_key: str | None = Field(default=None, max_length=254)
    """The address as it is compared: two spellings of one mailbox are one guardian."""
    language: str | None = Field(default=None, max_length=35)
    """In which the guardian reads; None until the link was opened."""
    state: GuardianState = Field(default=GuardianState.INVITED, sa_type=enum_column(GuardianState))
    invited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    asked_again_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the text that was agreed to had changed; None once there is an answer to the new one."""
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paper_reason: str | None = Field(default=None, max_length=1000)
    """What staff saw, where they recorded an agreement or its withdrawal themselves."""
    recorded_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
