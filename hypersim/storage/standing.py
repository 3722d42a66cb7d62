"""Where the tables stand, and what everybody has there."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import msgspec

from hypersim.account.entries import Balance, BalanceKey
from hypersim.storage import integrity
from hypersim.storage.connection import DatabaseUnavailable
from hypersim.storage.contradiction import contradiction, reading
from hypersim.storage.tables.money import BALANCES
from hypersim.trading.counters import Counters

TIME_MAX_MS = 10**13
"""The year 2286; a clock that began later would be of no use to any client."""

SELECT_BALANCES = f"SELECT user_id, asset, {BALANCES.select} FROM balances ORDER BY user_id, asset"


async def counters_in(connection: asyncpg.Connection) -> Counters:
    """Up to which of the exchange's numbers they tell. Raises DatabaseUnavailable."""
    names = [field.name for field in msgspec.structs.fields(Counters)]
    with reading("the checkpoint"):
        row = await connection.fetchrow(f"SELECT {', '.join(names)} FROM checkpoint")
    if row is None:
        raise DatabaseUnavailable(
            "the database has lost its checkpoint: restore it from a copy, or name another one"
        )
    if row["time_ms"] > TIME_MAX_MS or min(row) < 0 or max(row) > integrity.NUMBER_MAX:
        raise contradiction(f"its checkpoint cannot be: {dict(row)}")
    return Counters(**row)


async def balances_in(connection: asyncpg.Connection) -> dict[BalanceKey, Balance]:
    """By account and asset. Raises DatabaseUnavailable."""
    with reading("a balance"):
        return dict(keyed(await connection.fetch(SELECT_BALANCES)))


def keyed(rows: Sequence[Mapping[str, Any]]) -> list[tuple[BalanceKey, Balance]]:
    """Of rows of `SELECT_BALANCES`. Raises msgspec.ValidationError."""
    whose = ((row["user_id"], row["asset"]) for row in rows)
    return list(zip(whose, BALANCES.read(rows), strict=True))
