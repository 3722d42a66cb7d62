"""An exchange in memory for each test of the admin API."""

from collections.abc import AsyncIterator

import pytest

from tests.support.memory_exchange import MemoryExchange, memory_exchange


@pytest.fixture
async def exchange() -> AsyncIterator[MemoryExchange]:
    """Prices by hand, the built-in instruments, no users."""
    async with memory_exchange() as running:
        yield running
