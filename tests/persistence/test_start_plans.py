"""A start reads what it needs of a long record, and nothing else."""

import asyncpg
import pytest

from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.loader import NEWEST_NAMES, NEWEST_ORDERS


@pytest.mark.parametrize("query", [NEWEST_ORDERS, NEWEST_NAMES], ids=["orders", "names"])
async def test_the_newest_of_a_million_ended_orders_are_found_without_sorting_them(
    query: str, database: ConnectionSettings
) -> None:
    """Sorted, they took a start of a second to ten."""
    connection = await asyncpg.connect(**database.asyncpg_kwargs())
    try:
        # Empty tables are read whole.
        await connection.execute("SET enable_seqscan = off")
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {query}", 10))
    finally:
        await connection.close()
    assert "Sort" not in plan
    assert "Backward using orders_ended_idx" in plan, plan
