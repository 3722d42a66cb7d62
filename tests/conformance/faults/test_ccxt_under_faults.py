"""Stock `ccxt.pro.binance` under faults of pushes: it notices, and goes on."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import ccxt.pro
import pytest

from tests.support.ccxt_binance import binance_config
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess

# CCXT sets an option of aiohttp that newer Pythons make needless.
pytestmark = pytest.mark.filterwarnings("ignore:.*enable_cleanup_closed:DeprecationWarning")

SYMBOL = "BTC/USDT"
DEADLINE_S = 45


@pytest.fixture
def admin(synthetic_server: ServerProcess) -> Iterator[AdminClient]:
    """Nothing is armed in the end."""
    with AdminClient(synthetic_server.url) as client:
        yield client
        client.http.delete("/admin/faults")


@pytest.fixture
async def exchange(synthetic_server: ServerProcess) -> AsyncIterator[Any]:
    """A client without keys."""
    exchange = ccxt.pro.binance(binance_config(synthetic_server.url))
    async with asyncio.timeout(DEADLINE_S):
        await exchange.load_markets()
        yield exchange
        await exchange.close()


async def test_a_gap_or_a_lost_socket_is_noticed_and_the_book_goes_on(
    exchange: Any, admin: AdminClient
) -> None:
    await exchange.watch_order_book(SYMBOL)
    for do, error in (
        ({"marketData": "gap"}, ccxt.ChecksumError),
        ({"socket": "close"}, ccxt.NetworkError),
    ):
        match = {"dialect": "binance", "symbol": SYMBOL, "nth": 2}
        await asyncio.to_thread(admin.post, "/admin/faults", {"do": do, "match": match})
        with pytest.raises(error):
            while True:
                await exchange.watch_order_book(SYMBOL)
        book = await exchange.watch_order_book(SYMBOL)
        assert book["bids"][0][0] < book["asks"][0][0]
