"""Checks of hosts: outcome, issuer, reference and dates; never a certificate or what stands in it.

A row is never changed. A check that was made again, or noted wrongly, is another row.
"""

from datetime import date

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.screening import CheckKind, CheckOutcome
from exchange.records.base import Record, enum_column


class ScreeningCheck(Record, table=True):
    """One check of a host, or of somebody in its household.

    A person is one of the listed members, or a number where the household only stated how many
    adults live there. When a household is listed anew, the checks of its people go with them.
    """

    __tablename__ = "screening_check"
    __table_args__ = (
        sa.CheckConstraint(
            "expires_on IS NULL OR expires_on >= done_on", name="expires_after_it_was_done"
        ),
        sa.CheckConstraint(
            "CASE WHEN kind = 'background'"
            " THEN (member_id IS NULL) <> (member_number IS NULL)"
            " ELSE member_id IS NULL AND member_number IS NULL END",
            name="of_a_person_or_of_the_host",
        ),
        sa.CheckConstraint(
            "member_number IS NULL OR member_number BETWEEN 1 AND 50", name="number_in_range"
        ),
        sa.CheckConstraint("length(issuer) > 0", name="issuer_stated"),
        sa.Index("ix_screening_check_expires_on", "expires_on"),
    )

    application_id: int = Field(foreign_key="application.id", index=True, ondelete="CASCADE")
    kind: CheckKind = Field(sa_type=enum_column(CheckKind))
    member_id: int | None = Field(
        default=None, foreign_key="household_member.id", ondelete="CASCADE"
    )
    member_number: int | None = Field(default=None)
    outcome: CheckOutcome = Field(sa_type=enum_column(CheckOutcome))
    issuer: str = Field(max_length=200)
    reference: str | None = Field(default=None, max_length=100)
    done_on: date
    expires_on: date | None = Field(default=None)
    recorded_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="RESTRICT")
