"""General and market data over REST: shapes, parameters and refusals as documented."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from hypersim.dialects.binance.market.candles import INTERVALS
from tests.support.binance_client import BinanceClient, now_ms
from tests.support.binance_market import DAY_MS, HOUR_MS, SYMBOL, TWO, wait_for_trades
from tests.support.server import ServerProcess


def test_ping_and_time_answer_at_the_root_and_under_the_prefix(
    synthetic_server: ServerProcess, public: BinanceClient
) -> None:
    with BinanceClient(synthetic_server.url) as root:
        for client in (root, public):
            assert client.get("/api/v3/ping") == {}
            assert abs(client.get("/api/v3/time")["serverTime"] - now_ms()) < 5_000
    assert public.refusal("/api/v3/ping", x=1) == (
        -1101,
        "Too many parameters; expected '0' and received '1'.",
    )


def test_times_come_in_microseconds_where_these_are_asked_for(public: BinanceClient) -> None:
    for unit in ("MICROSECOND", "microsecond"):
        public.http.headers["X-MBX-TIME-UNIT"] = unit
        assert public.get("/api/v3/time")["serverTime"] > 10**15
        bar = public.get("/api/v3/klines", symbol=SYMBOL, interval="1m", limit=1)[0]
        assert (bar[0] % 60_000_000, (bar[6] + 1) % 60_000_000) == (0, 0)
    public.http.headers["X-MBX-TIME-UNIT"] = "day"
    response = public.http.get("/api/v3/time")
    assert (response.status_code, response.json()["code"]) == (400, -1194)


def test_every_answer_shows_the_weight_used(public: BinanceClient) -> None:
    first = public.http.get("/api/v3/ping")
    second = public.http.get("/api/v3/exchangeInfo", params={"symbol": SYMBOL})
    used = [int(one.headers["X-MBX-USED-WEIGHT-1M"]) for one in (first, second)]
    assert used[1] in (used[0] + 20, 20)
    assert first.headers["X-MBX-USED-WEIGHT"] == first.headers["X-MBX-USED-WEIGHT-1M"]


def test_exchange_info_lists_the_symbols_asked_for(public: BinanceClient) -> None:
    def names(**params: Any) -> list[str]:
        return [one["symbol"] for one in public.get("/api/v3/exchangeInfo", **params)["symbols"]]

    everything = names()
    assert len(everything) > 10
    assert names(symbol=SYMBOL) == [SYMBOL]
    assert names(symbols=TWO) == [SYMBOL, "ETHUSDT"]
    assert names(permissions="SPOT") == names(permissions='["MARGIN","SPOT"]') == everything
    assert names(permissions="MARGIN") == []
    assert names(symbolStatus="TRADING") == everything
    assert names(symbolStatus="HALT") == names(symbolStatus="BREAK") == []
    info = public.get("/api/v3/exchangeInfo", symbol=SYMBOL, showPermissionSets="false")
    assert list(info) == ["timezone", "serverTime", "rateLimits", "exchangeFilters", "symbols"]
    assert info["symbols"][0]["permissionSets"] == []
    assert info["symbols"][0]["filters"][0]["filterType"] == "PRICE_FILTER"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"symbol": "btcusdt"}, -1100),
        ({"symbol": "NOPE"}, -1121),
        ({"symbol": "BTC-USDT"}, -1121),
        ({"symbols": '["BTCUSDT","NOPE"]'}, -1121),
        ({"symbols": '["BTCUSDT","BTCUSDT"]'}, -1151),
        ({"symbol": SYMBOL, "symbols": TWO}, -1128),
        ({"symbol": SYMBOL, "permissions": "SPOT"}, -1128),
        ({"symbol": SYMBOL, "symbolStatus": "TRADING"}, -1128),
        ({"symbolStatus": "OPEN"}, -1122),
        ({"permissions": "EVERYTHING"}, -1130),
    ],
)
def test_exchange_info_refuses(public: BinanceClient, params: dict[str, str], code: int) -> None:
    assert public.refusal("/api/v3/exchangeInfo", **params)[0] == code


def test_the_book_is_as_deep_as_asked_for(public: BinanceClient) -> None:
    book = public.get("/api/v3/depth", symbol=SYMBOL, limit=5)
    assert list(book) == ["lastUpdateId", "bids", "asks"]
    assert len(book["bids"]) == len(book["asks"]) == 5
    bids, asks = ([Decimal(price) for price, _ in book[side]] for side in ("bids", "asks"))
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]
    assert all(len(size.partition(".")[2]) == 8 for _, size in book["bids"])
    assert len(public.get("/api/v3/depth", symbol=SYMBOL, limit=100_000)["bids"]) >= 20


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, -1102),
        ({"symbol": ""}, -1105),
        ({"symbol": SYMBOL, "limit": "many"}, -1100),
        ({"symbol": SYMBOL, "limit": "0"}, -1130),
        ({"symbol": SYMBOL, "level": "2"}, -1104),
        ({"symbol": SYMBOL, "symbolStatus": "HALT"}, -1220),
        ({"symbol": SYMBOL, "limit": ""}, -1105),
    ],
)
def test_the_book_refuses(public: BinanceClient, params: dict[str, str], code: int) -> None:
    assert public.refusal("/api/v3/depth", **params)[0] == code


def test_trades_are_in_order_and_can_be_found_by_id(public: BinanceClient) -> None:
    trades = wait_for_trades(public)
    assert list(trades[0]) == [
        "id",
        "price",
        "qty",
        "quoteQty",
        "time",
        "isBuyerMaker",
        "isBestMatch",
    ]
    assert all(a["id"] < b["id"] and a["time"] <= b["time"] for a, b in pairwise(trades))
    assert len(public.get("/api/v3/trades", symbol=SYMBOL, limit=2)) == 2
    second = trades[1]["id"]
    found = public.get("/api/v3/historicalTrades", symbol=SYMBOL, fromId=second, limit=2)
    assert [one["id"] for one in found] == [second, trades[2]["id"]]
    assert public.get("/api/v3/historicalBlockTrades", symbol=SYMBOL, fromId=0) == []


def test_aggregate_trades_are_found_by_id_and_by_time(public: BinanceClient) -> None:
    trades = wait_for_trades(public)

    def found(**params: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = public.get("/api/v3/aggTrades", symbol=SYMBOL, **params)
        return rows

    everything = found(limit=12_000)
    assert list(everything[0]) == ["a", "p", "q", "f", "l", "T", "m", "M"]
    first, second = trades[0], trades[1]
    assert [one["a"] for one in found(fromId=first["id"], limit=2)] == [first["id"], second["id"]]
    assert found(startTime=second["time"], limit=1)[0]["T"] == second["time"]
    within = found(startTime=first["time"], endTime=second["time"])
    assert {one["T"] for one in within} == {first["time"], second["time"]}
    assert found(endTime=second["time"], limit=1)[0]["T"] == second["time"]
    assert found(startTime=second["time"] * 1000, limit=1)[0]["T"] == second["time"]
    assert public.refusal("/api/v3/aggTrades", symbol=SYMBOL, fromId=1, endTime=1)[0] == -1128


@pytest.mark.parametrize("interval", INTERVALS)
def test_klines_have_every_interval(public: BinanceClient, interval: str) -> None:
    bars = public.get("/api/v3/klines", symbol=SYMBOL, interval=interval, limit=3)
    assert len(bars) == 3
    for bar, following in pairwise(bars):
        assert bar[6] + 1 == following[0]
    for bar in bars:
        opened, high, low, closed = map(Decimal, bar[1:5])
        assert low <= min(opened, closed) <= max(opened, closed) <= high
        assert (len(bar), bar[11]) == (12, "0")
        assert [type(field) for field in bar] == [int, *[str] * 5, int, str, int, *[str] * 3]
    assert bars[-1][0] <= now_ms() <= bars[-1][6] + 2_000


def test_klines_can_be_paged(public: BinanceClient) -> None:
    start = now_ms() - 50 * HOUR_MS
    request = {"symbol": SYMBOL, "interval": "1h"}
    first = public.get("/api/v3/klines", **request, startTime=start, limit=10)
    assert len(first) == 10
    assert 0 <= first[0][0] - start < HOUR_MS
    rest = public.get("/api/v3/uiKlines", **request, startTime=first[-1][0] + 1)
    assert rest[0][0] == first[-1][0] + HOUR_MS
    assert len(first) + len(rest) in (50, 51)
    until = public.get("/api/v3/klines", **request, endTime=first[-1][0], limit=10)
    assert [bar[0] for bar in until] == [bar[0] for bar in first]
    assert len(public.get("/api/v3/klines", **request, limit=5_000)) == 1_000


@pytest.mark.parametrize(("zone", "offset_hours"), [("8", 8), ("-1:00", -1), ("05:45", 5.75)])
def test_klines_open_at_a_zone_s_midnight(
    public: BinanceClient, zone: str, offset_hours: float
) -> None:
    request = {"symbol": SYMBOL, "timeZone": zone}
    days = public.get("/api/v3/klines", interval="1d", limit=4, **request)
    assert len(days) == 4
    assert all((bar[0] + offset_hours * HOUR_MS) % DAY_MS == 0 for bar in days)
    quarters = public.get(
        "/api/v3/klines",
        symbol=SYMBOL,
        interval="15m",
        startTime=days[1][0],
        endTime=days[1][6],
        limit=1_000,
    )
    assert len(quarters) == 96
    assert days[1][1] == quarters[0][1]
    assert days[1][4] == quarters[-1][4]
    minutes = public.get("/api/v3/klines", interval="1m", limit=2, **request)
    assert minutes[0][0] % 60_000 == 0


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"symbol": SYMBOL}, -1102),
        ({"symbol": SYMBOL, "interval": "7m"}, -1120),
        ({"symbol": SYMBOL, "interval": "1H"}, -1120),
        ({"symbol": SYMBOL, "interval": "1d", "timeZone": "15"}, -1130),
        ({"symbol": SYMBOL, "interval": "1d", "startTime": "soon"}, -1100),
    ],
)
def test_klines_refuse(public: BinanceClient, params: dict[str, str], code: int) -> None:
    assert public.refusal("/api/v3/klines", **params)[0] == code


def test_the_average_price_is_near_the_last(public: BinanceClient) -> None:
    wait_for_trades(public)
    average = public.get("/api/v3/avgPrice", symbol=SYMBOL)
    assert list(average) == ["mins", "price", "closeTime"]
    last = Decimal(public.get("/api/v3/ticker/price", symbol=SYMBOL)["price"])
    assert abs(Decimal(average["price"]) / last - 1) < Decimal("0.05")


def test_what_is_not_there_is_said_so(public: BinanceClient) -> None:
    rules = public.get("/api/v3/executionRules", symbol=SYMBOL)
    assert rules == {"symbolRules": [{"symbol": SYMBOL, "rules": []}]}
    for path in ("/api/v3/referencePrice", "/api/v3/referencePrice/calculation"):
        assert public.refusal(path, symbol=SYMBOL)[0] == -2043
    for path in ("/fapi/v1/exchangeInfo", "/dapi/v1/exchangeInfo"):
        assert public.get(path)["symbols"] == []
