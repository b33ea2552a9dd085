"""The prices behind a run's bounds: read when somebody asks why a pair was not made."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from exchange.records.base import Record


class RunPrice(Record, table=True):
    """Apart from the run, whose row is read for every page and would carry them along."""

    __tablename__ = "run_price"

    run_id: int = Field(foreign_key="match_run.id", unique=True, ondelete="CASCADE")
    prices: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
