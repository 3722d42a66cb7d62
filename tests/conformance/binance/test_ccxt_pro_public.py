"""Stock `ccxt.pro.binance` watches the markets; CCXT's own tests of it pass."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import ccxt.pro
import pytest

from tests.support.ccxt_binance import binance_config
from tests.support.ccxt_suite import Flavour, listed_calls, run, runnable
from tests.support.server import ServerProcess

# CCXT sets an option of aiohttp that newer Pythons make needless.
pytestmark = pytest.mark.filterwarnings("ignore:.*enable_cleanup_closed:DeprecationWarning")

SYMBOLS = ["BTC/USDT", "ETH/USDT"]
DEADLINE_S = 45

WITHOUT_TIME = {"timestamp": True, "datetime": True}
SKIPS = {"watchOrderBook": WITHOUT_TIME, "watchOrderBookForSymbols": WITHOUT_TIME}
"""The first book that CCXT returns is the REST snapshot, in which Binance has no time."""


def _cases() -> dict[str, list[Any]]:
    return runnable(Flavour.PRO, ccxt.pro.binance(), SYMBOLS, "BTC", private=False)


@pytest.fixture
async def exchange(synthetic_server: ServerProcess) -> AsyncIterator[Any]:
    """A client without keys."""
    exchange = ccxt.pro.binance(binance_config(synthetic_server.url))
    async with asyncio.timeout(DEADLINE_S):
        await exchange.load_markets()
        yield exchange
        await exchange.close()


@pytest.mark.parametrize("method", _cases())
async def test_public_stream_passes_ccxts_own_test(exchange: Any, method: str) -> None:
    await run(Flavour.PRO, exchange, method, _cases()[method], skips=SKIPS.get(method))


def test_no_public_stream_that_ccxt_tests_is_left_out() -> None:
    listed = listed_calls(Flavour.PRO, SYMBOLS, "BTC", private=False)
    assert listed.keys() == _cases().keys()


async def test_a_watched_book_stays_the_exchanges_book(exchange: Any) -> None:
    for _ in range(15):
        book = await exchange.watch_order_book("ETH/USDT")
    assert book["timestamp"] is not None
    for _ in range(20):
        shown = await exchange.public_get_depth({"symbol": "ETHUSDT", "limit": 5000})
        # What CCXT has seen last ends where this snapshot begins.
        if int(shown["lastUpdateId"]) == book["nonce"] + 1:
            break
        book = await exchange.watch_order_book("ETH/USDT")
    assert int(shown["lastUpdateId"]) == book["nonce"] + 1
    for side in ("bids", "asks"):
        # CCXT begins with a snapshot of a thousand levels.
        assert [list(level) for level in book[side][:800]] == [
            [float(price), float(size)] for price, size in shown[side][:800]
        ]


async def test_trades_tickers_and_candles_move_on(exchange: Any) -> None:
    trades = await exchange.watch_trades("BTC/USDT")
    assert trades[-1]["side"] in ("buy", "sell") and trades[-1]["cost"] > 0
    first = await exchange.watch_ticker("BTC/USDT")
    second = await exchange.watch_ticker("BTC/USDT")
    assert second["timestamp"] > first["timestamp"]
    best = (await exchange.watch_bids_asks(SYMBOLS))["BTC/USDT"]
    assert 0 < best["bid"] < best["ask"]
    bars = await exchange.watch_ohlcv("BTC/USDT", "1m")
    assert bars[-1][0] % 60_000 == 0


async def test_all_tickers_come_together(exchange: Any) -> None:
    tickers: dict[str, Any] = {}
    while tickers.keys() != set(exchange.symbols):
        tickers |= await exchange.watch_tickers()


async def test_many_single_subscriptions_keep_to_the_limit(exchange: Any) -> None:
    symbols = exchange.symbols[:8]
    await asyncio.gather(*(exchange.watch_ticker(symbol) for symbol in symbols))
    await asyncio.gather(*(exchange.watch_order_book(symbol) for symbol in symbols))


async def test_what_is_unwatched_is_heard_no_more(exchange: Any) -> None:
    await exchange.watch_ticker("BTC/USDT")
    await exchange.un_watch_ticker("BTC/USDT")
    await exchange.watch_order_book("BTC/USDT")
    await exchange.un_watch_order_book("BTC/USDT")
    assert (await exchange.watch_ticker("BTC/USDT"))["last"] > 0
