"""A venue of two markets, for the feeds that ask one."""

from collections.abc import AsyncIterator

import pytest

from tests.support.fake_binance import FakeBinance
from tests.support.live_feeds import two_markets


@pytest.fixture
async def venue() -> AsyncIterator[FakeBinance]:
    """Bitcoin and Ether, in words of Binance."""
    async with two_markets().running() as fake:
        yield fake
