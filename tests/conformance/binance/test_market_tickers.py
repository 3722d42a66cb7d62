"""Tickers of a day, of a trading day and of a window, prices and quotes, as documented."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.binance_client import BinanceClient
from tests.support.binance_market import DAY_MS, HOUR_MS, SYMBOL, TWO, wait_for_trades

FULL_FIELDS = [
    "symbol",
    "priceChange",
    "priceChangePercent",
    "weightedAvgPrice",
    "openPrice",
    "highPrice",
    "lowPrice",
    "lastPrice",
    "volume",
    "quoteVolume",
    "openTime",
    "closeTime",
    "firstId",
    "lastId",
    "count",
]


DAY_FIELDS = [
    "symbol",
    "priceChange",
    "priceChangePercent",
    "weightedAvgPrice",
    "prevClosePrice",
    "lastPrice",
    "lastQty",
    "bidPrice",
    "bidQty",
    "askPrice",
    "askQty",
    "openPrice",
    "highPrice",
    "lowPrice",
    "volume",
    "quoteVolume",
    "openTime",
    "closeTime",
    "firstId",
    "lastId",
    "count",
]


MINI_FIELDS = [FULL_FIELDS[0], *FULL_FIELDS[4:]]


def check_figures(ticker: dict[str, Any]) -> None:
    """What a ticker's figures have to do with each other."""
    opened, high, low, last = (
        Decimal(ticker[f"{name}Price"]) for name in ("open", "high", "low", "last")
    )
    volume, quote = Decimal(ticker["volume"]), Decimal(ticker["quoteVolume"])
    assert low <= min(opened, last) <= max(opened, last) <= high
    assert volume * low <= quote <= volume * high
    assert ticker["count"] == ticker["lastId"] - ticker["firstId"] + 1 > 0
    if "priceChange" in ticker:
        assert Decimal(ticker["priceChange"]) == last - opened
        assert low <= Decimal(ticker["weightedAvgPrice"]) <= high


def test_the_day_s_ticker_is_full_or_mini_of_one_of_some_or_of_all(
    public: BinanceClient,
) -> None:
    wait_for_trades(public)
    path = "/api/v3/ticker/24hr"
    full = public.get(path, symbol=SYMBOL)
    assert list(full) == DAY_FIELDS
    check_figures(full)
    assert full["closeTime"] - full["openTime"] == DAY_MS
    mini = public.get(path, symbol=SYMBOL, type="MINI")
    assert list(mini) == MINI_FIELDS
    check_figures(mini)
    assert [one["symbol"] for one in public.get(path, symbols=TWO)] == [SYMBOL, "ETHUSDT"]
    assert len(public.get(path)) > 10
    assert len(public.get(path, symbolStatus="TRADING", type="MINI")) > 10
    assert public.get(path, symbols=TWO, symbolStatus="HALT") == []


def test_a_trading_day_begins_at_a_zone_s_midnight(public: BinanceClient) -> None:
    path = "/api/v3/ticker/tradingDay"
    for zone, hours in ((None, 0), ("3", 3)):
        params = {"timeZone": zone} if zone else {}
        ticker = public.get(path, symbol=SYMBOL, **params)
        assert list(ticker) == FULL_FIELDS
        check_figures(ticker)
        assert (ticker["openTime"] + hours * HOUR_MS) % DAY_MS == 0
        assert ticker["closeTime"] == ticker["openTime"] + DAY_MS - 1
    assert list(public.get(path, symbols=TWO, type="MINI")[1]) == MINI_FIELDS


@pytest.mark.parametrize(
    ("window", "length_ms"),
    [("1m", 60_000), ("59m", 59 * 60_000), ("23h", 23 * HOUR_MS), ("7d", 7 * DAY_MS)],
)
def test_a_window_may_have_any_size(public: BinanceClient, window: str, length_ms: int) -> None:
    ticker = public.get("/api/v3/ticker", symbol=SYMBOL, windowSize=window)
    assert list(ticker) == FULL_FIELDS
    check_figures(ticker)
    assert ticker["openTime"] % 60_000 == 0
    assert 0 <= ticker["closeTime"] - ticker["openTime"] - length_ms < 60_000


def test_a_long_window_is_made_of_the_same_bars(public: BinanceClient) -> None:
    ticker = public.get("/api/v3/ticker", symbol=SYMBOL, windowSize="3d")
    bars = public.get(
        "/api/v3/klines",
        symbol=SYMBOL,
        interval="1h",
        startTime=ticker["openTime"],
        endTime=ticker["closeTime"],
    )
    assert Decimal(ticker["highPrice"]) >= max(Decimal(bar[2]) for bar in bars)
    assert Decimal(ticker["lowPrice"]) <= min(Decimal(bar[3]) for bar in bars)


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("24hr", {"type": "HUGE"}, -1139),
        ("24hr", {"symbol": SYMBOL, "symbols": TWO}, -1128),
        ("24hr", {"symbol": SYMBOL, "symbolStatus": "HALT"}, -1220),
        ("tradingDay", {}, -1102),
        ("price", {"symbol": "NOPE"}, -1121),
        ("bookTicker", {"symbols": "BTCUSDT"}, -1100),
        ("", {}, -1102),
        ("", {"symbol": SYMBOL, "windowSize": "60m"}, -1100),
        ("", {"symbol": SYMBOL, "windowSize": "8d"}, -1100),
        ("", {"symbols": f'["{",".join(f"S{n}" for n in range(5))}"]'}, -1100),
        ("", {"symbols": "[{}]".format(",".join(f'"S{n}"' for n in range(101)))}, -1101),
    ],
)
def test_tickers_refuse(
    public: BinanceClient, path: str, params: dict[str, str], code: int
) -> None:
    target = f"/api/v3/ticker/{path}".rstrip("/")
    assert public.refusal(target, **params)[0] == code


def test_prices_and_quotes_are_of_one_of_some_or_of_all(public: BinanceClient) -> None:
    price = public.get("/api/v3/ticker/price", symbol=SYMBOL)
    assert list(price) == ["symbol", "price"]
    quote = public.get("/api/v3/ticker/bookTicker", symbol=SYMBOL)
    assert list(quote) == ["symbol", "bidPrice", "bidQty", "askPrice", "askQty"]
    assert Decimal(quote["bidPrice"]) < Decimal(quote["askPrice"])
    for path in ("/api/v3/ticker/price", "/api/v3/ticker/bookTicker"):
        assert [one["symbol"] for one in public.get(path, symbols=TWO)] == [SYMBOL, "ETHUSDT"]
        assert len(public.get(path)) > 10
