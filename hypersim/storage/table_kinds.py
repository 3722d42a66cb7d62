"""What columns of the record hold."""

from typing import Any

import sqlalchemy as sa

MONEY = sa.Numeric(38, 18)
TIME = sa.DateTime(timezone=True)


def required(name: str, kind: sa.types.TypeEngine[Any] | type[Any]) -> sa.Column[Any]:
    """A column that is never null."""
    return sa.Column(name, kind, nullable=False)
