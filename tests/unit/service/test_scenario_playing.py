"""A scenario happens on the exchange's time, each step at its moment, in place of the feed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypersim.feeds.manual import ManualFeed
from hypersim.market.events import MarketEvent, QuoteUpdated, TradePrinted
from hypersim.service.clock import Clock
from hypersim.service.simulated_clock import Mode, SimulatedClock
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.events import MarketMoved
from hypersim.trading.order import OrderType, Side
from tests.support.builders import instrument
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.timed_feeds import NOON_MS

MARKET = instrument()
SYMBOL = MARKET.symbol


class SteadyFeed(ManualFeed):
    """The price is 100 each second, for an hour."""

    def __init__(self, clock: Clock) -> None:
        super().__init__([MARKET], clock)

    async def events(self) -> AsyncIterator[MarketEvent]:
        size = Decimal(100)
        for second in range(3_600):
            time_ms = NOON_MS + 1_000 * second
            await self._clock.sleep_until(time_ms)
            bid, ask = Decimal(99), Decimal(101)
            yield QuoteUpdated(SYMBOL, time_ms, bid, size, ask, size)
            yield TradePrinted(SYMBOL, time_ms, Decimal(100), Decimal(1), False)


@contextlib.asynccontextmanager
async def steady(speed: float = 1.0, mode: Mode = Mode.STEP) -> AsyncIterator[MemoryExchange]:
    clock = SimulatedClock(NOON_MS, speed, mode)
    feed = SteadyFeed(clock)
    async with memory_exchange(feed=feed, instruments=[MARKET], clock=clock) as exchange:
        await exchange.done(OpenAccount("ann@example.com"))
        await exchange.done(Deposit(1, MARKET.quote, Decimal(1_000_000)))
        playing = asyncio.create_task(exchange.pump.run())
        if mode is Mode.STEP:
            await clock.is_driven_by(playing)
        yield exchange
        playing.cancel()
        await asyncio.wait([playing])


async def advance(exchange: MemoryExchange, ms: int) -> None:
    answer = await exchange.admin.post("/admin/clock/advance", json={"ms": ms})
    assert answer.status_code == 200, answer.text


async def play(exchange: MemoryExchange, steps: str) -> dict[str, Any]:
    text = "name: a story\nsteps:\n" + steps.replace("SYMBOL", SYMBOL)
    answer = await exchange.admin.post("/admin/scenario", content=text)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def shown(exchange: MemoryExchange) -> dict[str, Any]:
    told: dict[str, Any] = (await exchange.admin.get("/admin/scenario")).json()
    return told


def last_price(exchange: MemoryExchange) -> Decimal | None:
    return exchange.engine.view.markets[SYMBOL].last_price


async def test_a_set_price_replaces_the_feed_until_it_is_released() -> None:
    async with steady() as exchange:
        await play(
            exchange,
            "  - {at: 10s, price: {symbol: SYMBOL, to: 50}}\n"
            "  - {at: 20s, release: {symbol: SYMBOL}}\n",
        )
        await advance(exchange, 9_999)
        assert last_price(exchange) == 100
        await advance(exchange, 1)
        assert last_price(exchange) == 50
        assert (await shown(exchange))["held"] == [SYMBOL]
        await advance(exchange, 9_999)
        assert last_price(exchange) == 50
        await advance(exchange, 1_001)
        assert last_price(exchange) == 100
        told = await shown(exchange)
        assert (told["playing"], told["held"]) == (False, [])
        assert [step["state"] for step in told["steps"]] == ["done", "done"]


async def test_a_price_takes_its_time_and_meets_orders_on_its_way() -> None:
    async with steady() as exchange:
        order = PlaceOrder(
            1, SYMBOL, Side.BUY, OrderType.LIMIT, quantity=Decimal(1), price=Decimal(75)
        )
        await exchange.done(order)
        await play(exchange, "  - {at: 0s, price: {symbol: SYMBOL, to: 60, over: 40s}}\n")
        await advance(exchange, 10_000)
        assert last_price(exchange) == 90
        await advance(exchange, 14_000)
        assert exchange.engine.exchange.state.counters.trade_id == 0
        await advance(exchange, 1_000)
        assert exchange.engine.exchange.state.counters.trade_id == 1
        await advance(exchange, 100_000)
        assert last_price(exchange) == 60


async def test_the_last_word_on_a_symbol_ends_a_price_that_is_on_its_way() -> None:
    async with steady() as exchange:
        await play(
            exchange,
            "  - {at: 0s, price: {symbol: SYMBOL, to: 60, over: 40s}}\n"
            "  - {at: 5500ms, price: {symbol: SYMBOL, to: 120}}\n",
        )
        await advance(exchange, 60_000)
        assert last_price(exchange) == 120


async def test_quotes_books_and_trades_are_set() -> None:
    async with steady() as exchange:
        await play(
            exchange,
            "  - {at: 1500ms, quote: {symbol: SYMBOL, bid: 80, ask: 90, bidSize: 3}}\n"
            "  - {at: 2500ms, depth: {symbol: SYMBOL, bids: [[70, 1], [60, 2]], asks: []}}\n"
            "  - {at: 3500ms, trade: {symbol: SYMBOL, price: 71, quantity: 2, side: sell}}\n",
        )
        data = exchange.engine.view.markets[SYMBOL]
        await advance(exchange, 2_000)
        assert data.bids[0] == (Decimal(80), Decimal(3))
        assert data.asks[0][0] == 90
        await advance(exchange, 1_000)
        assert [price for price, _ in data.bids] == [70, 60]
        assert not data.asks
        await advance(exchange, 1_000)
        assert data.last_price == 71


async def test_a_symbol_is_halted_and_resumed_and_money_comes() -> None:
    async with steady() as exchange:
        await play(
            exchange,
            "  - {at: 10s, halt: {symbol: SYMBOL}}\n"
            "  - {at: 20s, resume: {symbol: SYMBOL}}\n"
            "  - at: 30s\n"
            f"    deposit: {{user: ann@example.com, asset: {MARKET.quote}, amount: 5}}\n",
        )
        instruments = exchange.engine.view.instruments
        await advance(exchange, 10_000)
        assert instruments[SYMBOL].status == "halted"
        await advance(exchange, 10_000)
        assert instruments[SYMBOL].status == "trading"
        await advance(exchange, 10_000)
        balance = exchange.engine.view.balances[(1, MARKET.quote)]
        assert balance.available == 1_000_005


async def test_a_step_that_cannot_be_taken_is_told_of_and_the_next_ones_follow() -> None:
    async with steady() as exchange:
        await play(
            exchange,
            "  - {at: 1s, deposit: {user: nobody@example.com, asset: USDT, amount: 5}}\n"
            "  - {at: 1s, price: {symbol: SYMBOL, to: 50.123456789}}\n"
            "  - {at: 2s, price: {symbol: SYMBOL, to: 50}}\n",
        )
        await advance(exchange, 3_000)
        steps = (await shown(exchange))["steps"]
        assert [step["state"] for step in steps] == ["failed", "failed", "done"]
        assert "nobody@example.com" in steps[0]["reason"]
        assert "multiple of" in steps[1]["reason"]
        assert last_price(exchange) == 50


async def test_time_that_runs_as_fast_as_events_come_passes_no_step() -> None:
    async with steady(speed=0, mode=Mode.PAUSED) as exchange:
        await play(
            exchange,
            "  - {at: 10s, price: {symbol: SYMBOL, to: 50}}\n"
            "  - {at: 20m, release: {symbol: SYMBOL}}\n"
            "  - {at: 55m, price: {symbol: SYMBOL, to: 70}}\n",
        )
        clock = exchange.engine.clock
        assert isinstance(clock, SimulatedClock)
        clock.set(Mode.RUNNING, 0)
        told = exchange.engine.bus.subscribe(10**9)
        async with asyncio.timeout(30):
            await clock.wait_until(NOON_MS + 3_590_000)
        await exchange.engine.settled()
        trades = [
            (moved.event.time_ms - NOON_MS, moved.event.price)
            for transaction in await told.next()
            for moved in transaction.events
            if isinstance(moved, MarketMoved) and isinstance(moved.event, TradePrinted)
        ]
        by_hand = [trade for trade in trades if trade[1] != 100]
        assert by_hand == [(10_000, Decimal(50)), (3_300_000, Decimal(70))]
        of_feed = [time_ms for time_ms, price in trades if price == 100]
        assert max(one for one in of_feed if one < 600_000) == 9_000
        assert min(one for one in of_feed if one > 600_000) == 1_200_000
        assert max(of_feed) == 3_299_000


async def test_a_wrong_one_and_a_second_one_are_refused() -> None:
    async with steady() as exchange:
        wrong = await exchange.admin.post(
            "/admin/scenario", content="name: n\nsteps: [{at: 1s, halt: {symbol: NO/NE}}]"
        )
        assert wrong.status_code == 400
        assert "steps[0].halt.symbol" in wrong.json()["error"]["message"]
        await play(exchange, "  - {at: 10s, price: {symbol: SYMBOL, to: 50}}\n")
        second = await exchange.admin.post(
            "/admin/scenario", content=f"name: n\nsteps: [{{at: 1s, halt: {{symbol: {SYMBOL}}}}}]"
        )
        assert second.status_code == 409
        assert second.json()["error"]["code"] == "SCENARIO_RUNNING"
        ended = await exchange.admin.delete("/admin/scenario")
        assert ended.json()["playing"] is False
        await advance(exchange, 20_000)
        assert last_price(exchange) == 100


async def test_the_schema_is_told() -> None:
    async with steady() as exchange:
        told = (await exchange.admin.get("/admin/scenario/schema")).json()
        assert "Step" in told["$defs"]


async def test_the_example_of_the_page_is_played_as_it_says() -> None:
    page = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text()
    text = page.partition("```yaml\n")[2].partition("```")[0]
    clock = SimulatedClock(NOON_MS, mode=Mode.STEP)
    async with memory_exchange(clock=clock) as exchange:
        view = exchange.engine.view
        answer = await exchange.admin.post("/admin/scenario", content=text)
        assert answer.status_code == 200, answer.text
        await advance(exchange, 90_000)
        assert view.markets["BTC/USDT"].last_price == 40_000
        assert view.instruments["BTC/USDT"].status == "halted"
        await advance(exchange, 300_000)
        assert view.instruments["BTC/USDT"].status == "trading"
        told = await shown(exchange)
        assert (told["playing"], told["held"]) == (False, [])
        assert {step["state"] for step in told["steps"]} == {"done"}


async def test_a_step_follows_a_fill_of_this_user_and_symbol_by_its_delay() -> None:
    async with steady() as exchange:
        await exchange.done(OpenAccount("bob@example.com"))
        await exchange.done(Deposit(2, MARKET.quote, Decimal(1_000_000)))
        await play(
            exchange,
            "  - after: {event: fill, user: bob@example.com, symbol: SYMBOL, delay: 2500ms}\n"
            "    price: {symbol: SYMBOL, to: 50, over: 10s}\n"
            "  - {at: 10s, price: {symbol: SYMBOL, to: 90}}\n",
        )
        for account_id, price in ((1, 95), (2, 91), (2, 80)):
            buy = PlaceOrder(
                account_id,
                SYMBOL,
                Side.BUY,
                OrderType.LIMIT,
                quantity=Decimal(1),
                price=Decimal(price),
            )
            await exchange.done(buy)
        await advance(exchange, 9_000)
        assert (await shown(exchange))["steps"][0]["state"] == "waiting"
        await advance(exchange, 20_000)
        told = await shown(exchange)
        assert told["steps"][0]["dueMs"] == NOON_MS + 12_500
        assert [step["state"] for step in told["steps"]] == ["done", "done"]
        assert told["playing"] is False
        assert last_price(exchange) == 50
