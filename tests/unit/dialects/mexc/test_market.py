"""What MEXC tells everybody: symbols, books, trades, candles and tickers."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from hypersim.market.instrument import TradingStatus
from hypersim.trading.commands import SetTradingStatus
from tests.support.dialects.mexc import ADAPTER
from tests.support.dialects.stand import PRICE, Stand, stand_of
from tests.support.dialects.words import Request

MINUTE_MS = 60_000


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    async with stand_of(ADAPTER) as running:
        yield running


async def ask(stand: Stand, path: str) -> Any:
    answer = await stand.ask(Request("GET", f"/api/v3/{path}"))
    assert answer.status == 200, answer
    return answer.body


async def code(stand: Stand, path: str) -> Any:
    answer = await stand.ask(Request("GET", f"/api/v3/{path}"))
    assert answer.status == 400, answer
    return answer.body["code"]


async def test_a_halted_symbol_is_offline_and_no_default_symbol(stand: Stand) -> None:
    assert "BTCUSDT" in (await ask(stand, "defaultSymbols"))["data"]
    assert (await ask(stand, "symbol/offline"))["data"] == []
    await stand.exchange.done(SetTradingStatus("BTC/USDT", TradingStatus.HALTED))
    assert "BTCUSDT" not in (await ask(stand, "defaultSymbols"))["data"]
    offline = await ask(stand, "symbol/offline")
    assert offline["data"] == [{"symbol": "BTCUSDT", "state": 2}]
    assert (await ask(stand, "exchangeInfo?symbol=BTCUSDT"))["symbols"][0]["status"] == "2"


@pytest.mark.parametrize("path", ["trades", "historicalTrades"])
async def test_trades_come_newest_first_without_ids(stand: Stand, path: str) -> None:
    await stand.pass_time(1_000)
    await stand.move(PRICE + 1)
    newest, oldest = await ask(stand, f"{path}?symbol=BTCUSDT")
    assert newest == {
        "id": None,
        "price": "50001",
        "qty": "0.01",
        "quoteQty": "500.01",
        "time": stand.clock.now_ms(),
        "isBuyerMaker": False,
        "isBestMatch": True,
    }
    assert oldest["price"] == "50000"
    assert await ask(stand, f"{path}?symbol=BTCUSDT&limit=1") == [newest]


async def test_aggregates_are_found_within_both_times_or_refused(stand: Stand) -> None:
    first_ms = stand.clock.now_ms()
    for step in (1, 2):
        await stand.pass_time(1_000)
        await stand.move(PRICE + step)
    query = f"aggTrades?symbol=BTCUSDT&startTime={first_ms}"
    rows = await ask(stand, f"{query}&endTime={first_ms + 1_000}")
    assert [row["p"] for row in rows] == ["50001", "50000"]
    assert (await ask(stand, "aggTrades?symbol=BTCUSDT"))[0]["p"] == "50002"
    assert rows[1] == {
        "a": None,
        "f": None,
        "l": None,
        "p": "50000",
        "q": "0.01",
        "T": first_ms,
        "m": False,
        "M": True,
    }
    assert await code(stand, query) == -1128
    assert await code(stand, f"aggTrades?symbol=BTCUSDT&endTime={first_ms}") == -1128


async def test_a_candle_has_eight_columns_and_ends_where_the_next_begins(stand: Stand) -> None:
    opened_ms = stand.clock.now_ms() // MINUTE_MS * MINUTE_MS
    bars = await ask(stand, "klines?symbol=BTCUSDT&interval=1m")
    figures = ["50000", "50000", "50000", "50000", "0.01"]
    assert bars[-1] == [opened_ms, *figures, opened_ms + MINUTE_MS, "500"]
    assert (await ask(stand, "klines?symbol=BTCUSDT&interval=60m"))[-1][6] % 3_600_000 == 0
    assert await code(stand, "klines?symbol=BTCUSDT&interval=1h") == 33333


async def test_the_day_tells_the_change_as_a_part_of_the_opening_price(stand: Stand) -> None:
    await stand.move(Decimal(50_500))
    day = await ask(stand, "ticker/24hr?symbol=BTCUSDT")
    assert day["openPrice"] == day["prevClosePrice"] == "50000"
    assert day["lastPrice"] == day["highPrice"] == "50500"
    assert day["lowPrice"] == "50000"
    assert (day["priceChange"], day["priceChangePercent"]) == ("500", "0.01")
    assert (day["volume"], day["quoteVolume"]) == ("0.02", "1005")
    assert (day["bidPrice"], day["askPrice"]) == ("50499.99", "50500.01")
    assert day["closeTime"] - day["openTime"] == 86_400_000


async def test_prices_are_of_one_symbol_or_of_all(stand: Stand) -> None:
    for path in ("ticker/24hr", "ticker/price", "ticker/bookTicker"):
        one = await ask(stand, f"{path}?symbol=BTCUSDT")
        rows = await ask(stand, path)
        assert one in rows
        assert len(rows) == len(stand.exchange.engine.view.instruments)
        assert await code(stand, f"{path}?symbol=NOPE") == -1121
    assert await ask(stand, "ticker/price?symbol=BTCUSDT") == {
        "symbol": "BTCUSDT",
        "price": "50000",
    }
    book = await ask(stand, "ticker/bookTicker?symbol=BTCUSDT")
    assert (book["bidPrice"], book["bidQty"]) == ("49999.99", "10")


async def test_a_symbol_that_never_traded_has_no_price_and_empty_sides(stand: Stand) -> None:
    assert (await ask(stand, "ticker/price?symbol=ETHUSDT"))["price"] is None
    assert (await ask(stand, "avgPrice?symbol=ETHUSDT"))["price"] is None
    assert (await ask(stand, "ticker/bookTicker?symbol=ETHUSDT"))["askPrice"] == "0"
    assert (await ask(stand, "ticker/24hr?symbol=ETHUSDT"))["priceChangePercent"] == "0"


async def test_the_average_is_weighted_by_volume(stand: Stand) -> None:
    await stand.move(Decimal(50_001))
    answer = await ask(stand, "avgPrice?symbol=BTCUSDT")
    assert answer == {"mins": 5, "price": "50000.5"}


async def test_there_are_no_contracts_and_their_api_says_so_in_its_own_words(stand: Stand) -> None:
    none = await stand.ask(Request("GET", "/api/v1/contract/detail"))
    assert none.body == {"success": True, "code": 0, "data": []}
    for method, path in [
        ("POST", "/api/v1/private/order/cancel"),
        ("GET", "/api/v1/private/account/assets"),
        ("GET", "/api/v1/contract/ticker"),
    ]:
        answer = await stand.ask(Request(method, path))
        assert (answer.status, answer.body["success"]) == (200, False)
        assert answer.body["code"] > 0
        assert answer.body["message"]


@pytest.mark.parametrize(
    "path", ["sub-account/list", "rebate/taxQuery", "capital/sub-account/universalTransfer"]
)
async def test_what_is_documented_but_not_there_is_refused_in_json(stand: Stand, path: str) -> None:
    assert await code(stand, path) == 20001
