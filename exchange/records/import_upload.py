"""Files on their way into a cycle: kept between the steps of an import, for a day at most."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.cycle import ApplicationKind
from exchange.records.base import PublicRecord, UtcDateTime, enum_column


class ImportUpload(PublicRecord, table=True):
    """A file that one account sent; nobody else sees it.

    The name of the file is not kept, it may be a person's. The content goes as soon as the import
    is done, the row when it expires: `samples` and `verdict` repeat cells of the file.
    """

    __tablename__ = "import_upload"
    __table_args__ = (
        sa.CheckConstraint(
            "(content IS NULL) = (imported_at IS NOT NULL)",
            name="content_until_imported",
        ),
    )

    cycle_id: int = Field(foreign_key="cycle.id", ondelete="CASCADE")
    account_id: int = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    kind: ApplicationKind = Field(sa_type=enum_column(ApplicationKind))
    content: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    header: list[str] = Field(sa_type=sa.JSON)
    samples: list[list[str]] = Field(sa_type=sa.JSON)
    map: dict[str, Any] = Field(sa_type=sa.JSON)
    verdict: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON)
    imported_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
