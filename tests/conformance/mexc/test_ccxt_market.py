"""Stock CCXT asks MEXC's market through its unified calls."""

from collections.abc import AsyncIterator
from typing import Any

import ccxt.async_support as ccxt
import pytest

from tests.support.dialects.mexc import ADAPTER
from tests.support.dialects.stand import PRICE, stand_of
from tests.support.mexc_serving import mexc_config, served

SYMBOL = "BTC/USDT"


@pytest.fixture
async def client() -> AsyncIterator[Any]:
    async with stand_of(ADAPTER) as stand, served(stand) as url:
        await stand.pass_time(1_000)
        await stand.move(PRICE + 10)
        exchange = ccxt.mexc(mexc_config(url))
        try:
            yield exchange
        finally:
            await exchange.close()


async def test_every_public_call_of_ccxt_is_answered(client: Any) -> None:
    markets = await client.load_markets()
    assert markets[SYMBOL]["active"] is True
    assert markets[SYMBOL]["precision"]["price"] == 0.01
    assert (await client.fetch_status())["status"] == "ok"
    now_ms = await client.fetch_time()

    ticker = await client.fetch_ticker(SYMBOL)
    assert (ticker["last"], ticker["open"]) == (50_010, 50_000)
    assert ticker["percentage"] == pytest.approx(0.02)
    assert (ticker["bid"], ticker["ask"]) == (50_009.99, 50_010.01)
    assert SYMBOL in await client.fetch_tickers()
    assert list(await client.fetch_tickers([SYMBOL])) == [SYMBOL]
    quotes = await client.fetch_bids_asks()
    assert quotes[SYMBOL]["bid"] == 50_009.99

    book = await client.fetch_order_book(SYMBOL, 2)
    assert [price for price, _ in book["asks"]] == [50_010.01, 50_010.02]
    for method in (
        "spotPublicGetAggTrades",
        "spotPublicGetTrades",
        "spotPublicGetHistoricalTrades",
    ):
        trades = await client.fetch_trades(SYMBOL, params={"method": method})
        assert [trade["price"] for trade in trades] == [50_000, 50_010]
        assert {trade["side"] for trade in trades} == {"buy"}
    assert len(await client.fetch_trades(SYMBOL, None, 12_000)) == 2
    since_ms = now_ms - 500
    late = await client.fetch_trades(SYMBOL, since_ms, 50, {"until": now_ms})
    assert [trade["price"] for trade in late] == [50_010]

    bars = await client.fetch_ohlcv(SYMBOL, "1m")
    assert bars[-1][1:5] == [50_000, 50_010, 50_000, 50_010]
    assert await client.fetch_ohlcv(SYMBOL, "1h", now_ms - 7_200_000, 10)
