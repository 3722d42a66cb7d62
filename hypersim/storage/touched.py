"""Which markets the record tells of beside their prices."""

import asyncpg

from hypersim.storage.connecting import connect, hang_up, unreachable
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.database_errors import LOST_CONNECTION

_TOUCHED = """
SELECT symbol FROM instruments WHERE EXISTS (
    SELECT 1 FROM orders WHERE orders.symbol = instruments.symbol)
"""


async def touched_symbols(settings: ConnectionSettings) -> frozenset[str]:
    """The symbols in which somebody has or had an order. Raises DatabaseUnavailable."""
    connection = await connect(settings)
    try:
        return frozenset(row["symbol"] for row in await connection.fetch(_TOUCHED))
    except (*LOST_CONNECTION, asyncpg.PostgresError) as error:
        raise unreachable(settings, error) from error
    finally:
        await hang_up(connection)
