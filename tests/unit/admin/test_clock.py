"""Time that stands still moves as far as it is told to, and everything of it is done by then."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from hypersim.feeds.manual import ManualFeed
from hypersim.market.events import MarketEvent, QuoteUpdated, TradePrinted
from hypersim.service.clock import Clock
from hypersim.service.simulated_clock import Mode, SimulatedClock
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.order import OrderStatus, OrderType, Side, TimeInForce
from tests.support.builders import instrument
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.timed_feeds import NOON_MS

MARKET = instrument()
SECOND_MS = 1_000
DAY_MS = 86_400 * SECOND_MS


def quoted(after_ms: int, bid: str, ask: str) -> QuoteUpdated:
    size = Decimal(100)
    return QuoteUpdated(MARKET.symbol, NOON_MS + after_ms, Decimal(bid), size, Decimal(ask), size)


def printed(after_ms: int, price: str) -> TradePrinted:
    return TradePrinted(MARKET.symbol, NOON_MS + after_ms, Decimal(price), Decimal(1), False)


class PlayedFeed(ManualFeed):
    """Tells these events, each in its time, and is over."""

    def __init__(self, clock: Clock, *events: MarketEvent) -> None:
        super().__init__([MARKET], clock)
        self._events = events

    async def events(self) -> AsyncIterator[MarketEvent]:
        for event in self._events:
            await self._clock.sleep_until(event.time_ms)
            yield event


@contextlib.asynccontextmanager
async def stepping(*events: MarketEvent, mode: Mode = Mode.STEP) -> AsyncIterator[MemoryExchange]:
    """An exchange whose time stands still, with a rich account and this market to come."""
    clock = SimulatedClock(NOON_MS, mode=mode)
    feed = PlayedFeed(clock, *events) if events else None
    async with memory_exchange(feed=feed, instruments=[MARKET], clock=clock) as exchange:
        await exchange.done(OpenAccount("ann@example.com"))
        for asset in (MARKET.base, MARKET.quote):
            await exchange.done(Deposit(1, asset, Decimal(1_000_000)))
        playing = asyncio.create_task(exchange.pump.run())
        if events:
            await clock.is_driven_by(playing)
        yield exchange
        playing.cancel()
        await asyncio.wait([playing])


async def advance(exchange: MemoryExchange, **body: Any) -> dict[str, Any]:
    answer = await exchange.admin.post("/admin/clock/advance", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def refused(exchange: MemoryExchange, path: str, **body: Any) -> tuple[int, str]:
    answer = await exchange.admin.post(path, json=body)
    return answer.status_code, answer.json()["error"]["code"]


def limit_buy(price: str, **options: Any) -> PlaceOrder:
    return PlaceOrder(
        1,
        MARKET.symbol,
        Side.BUY,
        OrderType.LIMIT,
        quantity=Decimal(1),
        price=Decimal(price),
        **options,
    )


async def test_nothing_moves_unless_it_is_told_to() -> None:
    async with stepping(quoted(SECOND_MS, "99", "101")) as exchange:
        await asyncio.sleep(0.02)
        shown = (await exchange.admin.get("/admin/clock")).json()
        assert shown == {
            "nowMs": NOON_MS,
            "datetime": "2024-11-19T12:00:00.000Z",
            "mode": "step",
            "speed": 1,
        }
        assert exchange.engine.view.markets[MARKET.symbol].bids == ()


async def test_an_advance_ends_where_it_is_told_to_with_all_that_came_of_it() -> None:
    events = (quoted(SECOND_MS, "99", "101"), printed(1_500, "99"), quoted(3_000, "98", "100"))
    async with stepping(*events) as exchange:
        assert await advance(exchange, ms=2_000) == {
            "nowMs": NOON_MS + 2_000,
            "marketEvents": 2,
            "trades": 1,
            "fills": 0,
            "ordersClosed": 0,
            "reached": "time",
        }
        data = exchange.engine.view.markets[MARKET.symbol]
        assert (data.bids[0][0], data.last_price) == (Decimal(99), Decimal(99))
        told = await advance(exchange, to="2024-11-19T12:00:03Z")
        assert (told["nowMs"], told["marketEvents"]) == (NOON_MS + 3_000, 1)


@pytest.mark.parametrize(
    ("until", "at_ms", "fills", "closed"),
    [("event", 1_000, 0, 0), ("fill", 3_000, 1, 1), ("end", 4_000, 1, 1)],
)
async def test_time_stops_at_what_it_is_told_to_stop_at(
    until: str, at_ms: int, fills: int, closed: int
) -> None:
    events = (
        quoted(SECOND_MS, "99", "101"),
        quoted(3_000, "95", "97"),
        printed(4_000, "95"),
    )
    async with stepping(*events) as exchange:
        await exchange.done(limit_buy("98"))
        told = await advance(exchange, until=until)
        assert (told["nowMs"], told["reached"]) == (NOON_MS + at_ms, until)
        assert (told["fills"], told["ordersClosed"]) == (fills, closed)
        is_filled = exchange.record.recorded_orders[1].status is OrderStatus.FILLED
        assert is_filled == bool(fills)


async def test_where_nothing_comes_to_stop_at_time_goes_as_far_as_it_may() -> None:
    async with stepping(quoted(SECOND_MS, "99", "101")) as exchange:
        told = await advance(exchange, until="fill", maxMs=5_000)
        assert (told["nowMs"], told["reached"]) == (NOON_MS + 5_000, "max")
        told = await advance(exchange, until="fill")
        assert (told["nowMs"], told["reached"]) == (NOON_MS + 5_000 + DAY_MS, "max")


async def test_what_is_due_on_the_way_is_done_in_its_time() -> None:
    async with stepping(quoted(SECOND_MS, "99", "101")) as exchange:
        await advance(exchange, ms=SECOND_MS)
        expires_ms = NOON_MS + 2_500
        await exchange.done(limit_buy("90", time_in_force=TimeInForce.GTD, expires_ms=expires_ms))
        assert (await advance(exchange, ms=1_499))["ordersClosed"] == 0
        assert (await advance(exchange, ms=10_000))["ordersClosed"] == 1
        ended = exchange.record.recorded_orders[1]
        assert (ended.status, ended.updated_ms) == (OrderStatus.EXPIRED, expires_ms)


async def begun(exchange: MemoryExchange) -> None:
    """Time moves already."""
    while exchange.engine.clock.now_ms() == NOON_MS:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0)


async def test_a_second_advance_is_refused_while_one_goes_on() -> None:
    many = [quoted(after_ms, "99", "101") for after_ms in range(1, 2_000)]
    async with stepping(*many) as exchange:
        first = asyncio.create_task(advance(exchange, ms=5_000))
        await begun(exchange)
        for path, body in (("/advance", {"ms": 1}), ("", {"speed": 2})):
            answer = await refused(exchange, f"/admin/clock{path}", **body)
            assert answer == (409, "ADVANCE_RUNNING")
        assert (await first)["marketEvents"] == len(many)


async def test_an_advance_goes_on_when_its_caller_hangs_up() -> None:
    many = [quoted(after_ms, "99", "101") for after_ms in range(1, 2_000)]
    async with stepping(*many) as exchange:
        caller = asyncio.create_task(advance(exchange, ms=5_000))
        await begun(exchange)
        caller.cancel()
        clock = exchange.engine.clock
        async with asyncio.timeout(10):
            await clock.wait_until(NOON_MS + 5_000)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ms": 1, "toMs": NOON_MS + 1},
        {"ms": -1},
        {"ms": "1"},
        {"toMs": NOON_MS - 1},
        {"to": "2024-11-19T11:59:59Z"},
        {"to": "noon"},
        {"until": "never"},
        {"ms": 1, "maxMs": 5},
        {"ms": 10**18},
        {"forward": 1},
    ],
)
async def test_what_is_no_way_forward_is_refused(body: dict[str, Any]) -> None:
    async with stepping() as exchange:
        answer = await refused(exchange, "/admin/clock/advance", **body)
        assert answer == (400, "INVALID_REQUEST")
        assert exchange.engine.clock.now_ms() == NOON_MS


async def test_a_feed_without_an_end_has_none_to_advance_to() -> None:
    async with stepping() as exchange:
        answer = await refused(exchange, "/admin/clock/advance", until="end")
        assert answer == (409, "FEED_IS_ENDLESS")


async def test_a_paused_clock_runs_again_when_it_is_told_to() -> None:
    async with stepping(mode=Mode.RUNNING) as exchange:
        clock = exchange.engine.clock
        paused = await exchange.admin.post("/admin/clock", json={"mode": "paused", "speed": 50})
        stands_ms = paused.json()["nowMs"]
        assert paused.json()["mode"] == "paused"
        await advance(exchange, ms=7)
        assert clock.now_ms() == stands_ms + 7
        running = await exchange.admin.post("/admin/clock", json={"mode": "running"})
        assert (running.json()["mode"], running.json()["speed"]) == ("running", 50)
        async with asyncio.timeout(10):
            await clock.wait_until(stands_ms + 8)


async def test_nobody_moves_the_walls_clock() -> None:
    async with memory_exchange(instruments=[MARKET]) as exchange:
        shown = (await exchange.admin.get("/admin/clock")).json()
        assert (shown["mode"], shown["speed"]) == ("running", 1)
        for path, body in (("", {"speed": 2}), ("", {"mode": "paused"}), ("/advance", {"ms": 1})):
            answer = await refused(exchange, f"/admin/clock{path}", **body)
            assert answer == (409, "CLOCK_IS_WALL")


@pytest.mark.parametrize("body", [{"mode": "still"}, {"speed": -1}, {"speed": 1e9}, {"x": 1}])
async def test_a_clock_that_cannot_be_is_refused(body: dict[str, Any]) -> None:
    async with stepping() as exchange:
        assert await refused(exchange, "/admin/clock", **body) == (400, "INVALID_REQUEST")


async def test_time_stands_so_often_until_no_request_has_been_in_flight_for_so_long() -> None:
    async with stepping(quoted(SECOND_MS, "99", "101")) as exchange:
        clock, traffic = exchange.engine.clock, exchange.services.traffic
        traffic.in_flight = 1
        moving = asyncio.create_task(advance(exchange, ms=10_000, settleMs=5, paceMs=4_000))
        for stop_ms in (4_000, 8_000):
            async with asyncio.timeout(10):
                await clock.wait_until(NOON_MS + stop_ms)
            await asyncio.sleep(0.03)
            assert clock.now_ms() == NOON_MS + stop_ms, "a request is in flight"
            traffic.in_flight = 0
            async with asyncio.timeout(10):
                await clock.wait_until(NOON_MS + stop_ms + 1)
            traffic.in_flight = 1
        assert (await moving)["nowMs"] == NOON_MS + 10_000
