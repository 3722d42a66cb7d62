"""Market streams on the wire: names, wrappers, requests, refusals and limits as documented."""

import asyncio
import time
from itertools import pairwise
from typing import Any

import pytest

from tests.support.binance_client import BinanceClient
from tests.support.binance_streams import StreamsClient, market_streams
from tests.support.native_client import AdminClient, NativeClient
from tests.support.server import ServerProcess

TICKER_FIELDS = [*"eEspPwxcQbBaAohlvqOCFLn"]


FIELDS: dict[str, list[str]] = {
    "trade": [*"eEstpqTmM"],
    "aggTrade": [*"eEsapqflTmM"],
    "kline_1m": [*"eEsk"],
    "kline_1s": [*"eEsk"],
    "kline_1M@+08:00": [*"eEsk"],
    "miniTicker": [*"eEscohlvq"],
    "ticker": TICKER_FIELDS,
    "ticker_1h": [*"eEspPohlcwvqOCFLn"],
    "bookTicker": [*"usbBaA"],
    "avgPrice": [*"eEsiwT"],
    "depth5": ["lastUpdateId", "bids", "asks"],
    "depth20@100ms": ["lastUpdateId", "bids", "asks"],
    "depth": [*"eEsUuba"],
    "depth@100ms": [*"eEsUuba"],
}


ALL_MARKETS = {
    "!miniTicker@arr": FIELDS["miniTicker"],
    "!miniTicker@arr@1000ms": FIELDS["miniTicker"],
    "!ticker@arr": TICKER_FIELDS,
    "!ticker_1h@arr": FIELDS["ticker_1h"],
    "!ticker_1d@arr": FIELDS["ticker_1h"],
}


NUMBERS = {"t", "T", "E", "f", "L", "u", "U", "n", "O", "C", "F", "lastUpdateId"}


async def _collected(client: StreamsClient, names: set[str]) -> dict[str, list[Any]]:
    """At least one event of each of these combined streams."""
    found: dict[str, list[Any]] = {}
    while found.keys() != names:
        message = await client.next()
        assert list(message) == ["stream", "data"], message
        found.setdefault(message["stream"], []).append(message["data"])
    return found


async def test_every_stream_pushes_its_documented_fields(synthetic_server: ServerProcess) -> None:
    names = {*(f"btcusdt@{stream}" for stream in FIELDS), *ALL_MARKETS}
    path = f"/stream?streams={'/'.join(sorted(names))}"
    async with market_streams(synthetic_server.websocket_url, path) as client:
        found = await _collected(client, names)
    for stream, fields in FIELDS.items():
        for event in found[f"btcusdt@{stream}"]:
            assert list(event) == fields, stream
            assert event.get("s", "BTCUSDT") == "BTCUSDT"
            assert all(isinstance(event[name], int) for name in NUMBERS & event.keys()), event
    for name, fields in ALL_MARKETS.items():
        for rows in found[name]:
            assert all(list(row) == fields for row in rows), name
        assert {row["s"] for row in found[name][0]} > {"BTCUSDT", "ETHUSDT"}
    kline = found["btcusdt@kline_1m"][0]["k"]
    assert list(kline) == [*"tTsifLochlvnxqVQB"]
    assert (kline["i"], kline["x"], kline["T"] - kline["t"]) == ("1m", False, 59_999)
    assert found["btcusdt@ticker_1h"][0]["O"] % 60_000 == 0
    bids = found["btcusdt@depth5"][0]["bids"]
    assert len(bids) == 5 and all(len(price.split(".")[1]) == 8 for price, _ in bids)


async def test_times_can_be_in_microseconds(quiet: ServerProcess) -> None:
    for unit in ("MICROSECOND", "microsecond"):
        path = f"/stream?streams=btcusdt@ticker/btcusdt@kline_1m&timeUnit={unit}"
        async with market_streams(quiet.websocket_url, path) as client:
            found = await _collected(client, {"btcusdt@ticker", "btcusdt@kline_1m"})
        ticker, kline = found["btcusdt@ticker"][0], found["btcusdt@kline_1m"][0]
        assert abs(ticker["E"] - time.time_ns() // 1_000) < 60_000_000
        assert ticker["C"] - ticker["O"] == 86_400_000_000
        assert kline["k"]["T"] - kline["k"]["t"] == 59_999_999


async def test_a_state_is_shown_at_once_and_again_when_it_changes(
    quiet: ServerProcess, admin: AdminClient
) -> None:
    names = ("btcusdt@bookTicker", "btcusdt@depth5@100ms", "btcusdt@miniTicker")
    admin.set_price("50000")
    async with market_streams(quiet.websocket_url, f"/stream?streams={'/'.join(names)}") as client:
        first = await _collected(client, set(names))
        assert [len(found) for found in first.values()] == [1, 1, 1]
        await asyncio.to_thread(admin.set_price, "50001")
        second = await _collected(client, set(names))
    assert second[names[0]][-1]["b"] == second[names[1]][-1]["bids"][0][0] == "50000.99000000"
    assert second[names[2]][-1]["c"] == "50001.00000000"
    assert second[names[0]][-1]["u"] > first[names[0]][-1]["u"]


async def test_trades_carry_the_ids_of_the_rest_api(
    quiet: ServerProcess, admin: AdminClient
) -> None:
    path = "/stream?streams=btcusdt@trade/btcusdt@aggTrade"
    async with market_streams(quiet.websocket_url, path) as client:
        for price in ("50100", "50200"):
            await asyncio.to_thread(admin.set_price, price)
        events = [(await client.next())["data"] for _ in range(4)]
    with BinanceClient(quiet.url) as rest:
        trades = rest.get("/api/v3/trades", symbol="BTCUSDT", limit=2)
        aggregates = rest.get("/api/v3/aggTrades", symbol="BTCUSDT", limit=2)
    told = [event for event in events if event["e"] == "trade"]
    assert [(one["t"], one["p"], one["q"], one["T"], one["m"]) for one in told] == [
        (one["id"], one["price"], one["qty"], one["time"], one["isBuyerMaker"]) for one in trades
    ]
    assert [
        {name: value for name, value in event.items() if name not in "eEs"}
        for event in events
        if event["e"] == "aggTrade"
    ] == aggregates


@pytest.mark.parametrize("speed", ["@100ms", ""])
async def test_diffs_lead_from_the_snapshot_to_the_book(
    synthetic_server: ServerProcess, public: BinanceClient, speed: str
) -> None:
    symbol = "ETHUSDT"
    async with market_streams(
        synthetic_server.websocket_url, f"/ws/ethusdt@depth{speed}"
    ) as client:
        events = [await client.next()]
        snapshot = public.get("/api/v3/depth", symbol=symbol, limit=5000)
        while len(events) < 5 or events[-1]["u"] <= snapshot["lastUpdateId"]:
            events.append(await client.next())
        last = public.get("/api/v3/depth", symbol=symbol, limit=5000)
        while events[-1]["u"] + 1 < last["lastUpdateId"]:
            events.append(await client.next())
    assert all(after["U"] == before["u"] + 1 for before, after in pairwise(events))
    fresh = [event for event in events if event["u"] > snapshot["lastUpdateId"]]
    assert fresh[0]["U"] <= snapshot["lastUpdateId"] <= fresh[0]["u"]
    if events[-1]["u"] + 1 == last["lastUpdateId"]:
        assert _sides_after(snapshot, fresh) == _sides_after(last, [])


def _sides_after(snapshot: Any, events: list[Any]) -> Any:
    """The snapshot with the events applied, as far as any two snapshots reach."""
    sides = []
    for side, changes, is_bid in (("bids", "b", True), ("asks", "a", False)):
        levels = dict(snapshot[side])
        for event in events:
            levels |= dict(event[changes])
        kept = [[price, size] for price, size in levels.items() if size != "0.00000000"]
        sides.append(sorted(kept, key=lambda level: float(level[0]), reverse=is_bid)[:4_000])
    return sides


async def test_slow_and_fast_diffs_have_the_same_ids(synthetic_server: ServerProcess) -> None:
    names = {"ethusdt@depth", "ethusdt@depth@100ms"}
    path = f"/stream?streams={'/'.join(names)}"
    async with market_streams(synthetic_server.websocket_url, path) as client:
        found = {name: [] for name in names}  # type: dict[str, list[Any]]
        while len(found["ethusdt@depth"]) < 3:
            message = await client.next()
            found[message["stream"]].append(message["data"])
    fast_ends = {event["u"] for event in found["ethusdt@depth@100ms"]}
    assert all(event["u"] in fast_ends for event in found["ethusdt@depth"][:-1])
    assert len(found["ethusdt@depth@100ms"]) > len(found["ethusdt@depth"])


async def test_users_orders_are_in_the_diffs_where_matching_is_shared(
    shared: ServerProcess,
) -> None:
    with BinanceClient(shared.url) as rest, NativeClient(shared.url) as trader:
        before = rest.get("/api/v3/depth", symbol="BTCUSDT")
        async with market_streams(shared.websocket_url, "/ws/btcusdt@depth@100ms") as streams:
            assert trader.order("buy", "0.01", "49000").status_code == 201
            event = await streams.next()
            after = rest.get("/api/v3/depth", symbol="BTCUSDT")
    level = ["49000.00000000", "0.01000000"]
    assert (event["b"], event["a"]) == ([level], [])
    assert event["U"] == before["lastUpdateId"]
    assert level in after["bids"]
    assert after["lastUpdateId"] == event["u"] + 1


async def test_a_bar_that_ended_is_told_as_closed(streams: StreamsClient) -> None:
    await streams.ask("SUBSCRIBE", "btcusdt@kline_1s")
    bars = [(await streams.next_of("kline"))["k"] for _ in range(8)]
    closed = [bar for bar in bars if bar["x"]]
    assert len(closed) >= 3
    assert all(after["t"] == before["t"] + 1_000 for before, after in pairwise(closed))
    assert all(bar["T"] == bar["t"] + 999 for bar in bars)
    assert all(float(bar["l"]) <= float(bar["o"]) <= float(bar["h"]) for bar in bars)
