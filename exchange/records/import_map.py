"""Maps of columns that a programme has used before, by kind and by the headers of the file."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.cycle import ApplicationKind
from exchange.records.base import Record, UtcDateTime, enum_column


class ImportMap(Record, table=True):
    """How files with these headers were last read; the headers are kept as a digest of their set.

    `map` holds a `ColumnMap`: headers, never the content of a cell.
    """

    __tablename__ = "import_map"
    __table_args__ = (sa.UniqueConstraint("programme_id", "kind", "headers_digest"),)

    programme_id: int = Field(foreign_key="programme.id", ondelete="CASCADE")
    kind: ApplicationKind = Field(sa_type=enum_column(ApplicationKind))
    headers_digest: str = Field(max_length=64)
    map: dict[str, Any] = Field(sa_type=sa.JSON)
    updated_at: datetime = Field(sa_type=UtcDateTime)
