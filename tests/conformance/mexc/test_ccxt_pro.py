"""Stock `ccxt.pro.mexc` watches the markets and its account, turned here by its URLs alone."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import ccxt.pro
import pytest

from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess

# CCXT sets an option of aiohttp that newer Pythons make needless.
pytestmark = pytest.mark.filterwarnings("ignore:.*enable_cleanup_closed:DeprecationWarning")

SYMBOL = "BTC/USDT"
DEADLINE_S = 45

_emails = (f"mexc-{number}@example.com" for number in itertools.count())


@pytest.fixture
async def exchange(synthetic_server: ServerProcess) -> AsyncIterator[Any]:
    """A client that has keys once the markets are loaded."""
    base = f"{synthetic_server.url}/mexc"
    rest = {"public": base, "private": base}
    contract = {"public": f"{base}/api/v1/contract", "private": f"{base}/api/v1/private"}
    sockets = {"spot": base.replace("http", "ws", 1) + "/ws"}
    urls = {"api": {"spot": rest, "contract": contract, "ws": sockets}}
    exchange = ccxt.pro.mexc({"urls": urls, "timeout_on_exit": 0, "enableRateLimit": False})
    async with asyncio.timeout(DEADLINE_S):
        await exchange.load_markets()
        with AdminClient(synthetic_server.url) as admin:
            money = {"USDT": "1000000", "BTC": "10"}
            exchange.apiKey, exchange.secret = admin.new_user(next(_emails), **money)
        yield exchange
        await exchange.close()


async def test_the_best_prices_are_watched(exchange: Any) -> None:
    """CCXT's `watch_bids_asks` asks for the same channel, and looks for a JSON push in it."""
    ticker = await exchange.watch_ticker(SYMBOL)
    assert 0 < ticker["bid"] < ticker["ask"]


async def test_trades_and_bars_are_watched(exchange: Any) -> None:
    trades = await exchange.watch_trades(SYMBOL)
    assert trades[-1]["price"] > 0 and trades[-1]["side"] in ("buy", "sell")
    bar = (await exchange.watch_ohlcv(SYMBOL, "1m"))[-1]
    opened_ms, *prices, volume = bar
    assert opened_ms % 60_000 == 0 and min(prices) > 0 and volume >= 0


async def test_a_watched_book_has_no_crossed_sides(exchange: Any) -> None:
    for _ in range(5):
        book = await exchange.watch_order_book(SYMBOL)
        assert 0 < book["bids"][0][0] < book["asks"][0][0]


async def test_an_order_is_heard_of_with_its_trade_and_what_it_changed(exchange: Any) -> None:
    watching = [
        asyncio.ensure_future(watch)
        for watch in (
            exchange.watch_orders(SYMBOL),
            exchange.watch_my_trades(SYMBOL),
            exchange.watch_balance(),
        )
    ]
    # Until the last of them is heard: nobody is told when a subscription is answered.
    placed = []
    while not all(watch.done() for watch in watching):
        placed.append((await exchange.create_order(SYMBOL, "market", "sell", 0.01))["id"])
        await asyncio.wait(watching, timeout=0.5)
    orders, trades, balance = await asyncio.gather(*watching)
    assert orders[-1]["id"] in placed and orders[-1]["side"] == "sell"
    assert trades[-1]["order"] in placed and trades[-1]["fee"]["cost"] > 0
    assert set(balance) & {"BTC", "USDT"}
