"""Minutes that nobody looks at are told in sum, and what is left of them is the same."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hypersim.feeds.replay.feed import ReplayFeed
from hypersim.feeds.replay.source import parse_source
from hypersim.market.candle import MINUTE_MS, Interval
from hypersim.service.simulated_clock import Mode, SimulatedClock
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.order import OrderType, Side
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.recordings import T0, kline, saved
from tests.support.timed_feeds import options_at

MINUTES = 480
SYMBOL = "BTC/USDT"


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A price that wanders, with quiet minutes and a gap."""
    dice, price, rows = random.Random(7), 40_000, []
    for minute in range(MINUTES):
        if 40 < minute < 50:
            continue
        end = price + dice.randint(-50, 50)
        low, high = min(price, end) - dice.randint(0, 9), max(price, end) + dice.randint(0, 9)
        volume = "0" if minute % 17 == 0 else f"{dice.randint(100, 9_000)}.5"
        rows.append(kline(minute, f"{price} {high} {low} {end} {volume}"))
        price = end
    return saved(tmp_path_factory.mktemp("leaps") / "BTCUSDT-1m-2022-01.csv", *rows)


@contextlib.asynccontextmanager
async def replayed(recording: Path) -> AsyncIterator[MemoryExchange]:
    """Time stands still at the first minute."""
    clock = SimulatedClock(T0, mode=Mode.STEP)
    feed = ReplayFeed(options_at(clock=clock), parse_source(str(recording)))
    listed = await feed.open()
    async with memory_exchange(feed=feed, instruments=listed, clock=clock) as exchange:
        playing = asyncio.create_task(exchange.pump.run())
        await clock.is_driven_by(playing)
        yield exchange
        playing.cancel()
        await asyncio.wait([playing])


async def advanced(exchange: MemoryExchange, **body: Any) -> dict[str, Any]:
    answer = await exchange.admin.post("/admin/clock/advance", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def left(exchange: MemoryExchange) -> dict[str, Any]:
    """All that a client can see of the market, and what the next order meets."""
    engine, now_ms = exchange.engine, exchange.engine.clock.now_ms()
    data = engine.view.markets[SYMBOL]
    reference = engine.exchange.state.markets[SYMBOL].reference
    counters = engine.exchange.state.counters
    return {
        "ticker": data.ticker(),
        "bars": [data.candles(interval, 0, now_ms) for interval in Interval],
        "trades": list(data.trades),
        "last": data.last_trade,
        "book": (data.bids, data.asks, data.update_id),
        "average": engine.view.references[SYMBOL].average(now_ms),
        "offered": (reference.bids, reference.asks, reference.price, reference.average(now_ms)),
        "position": (counters.feed_ms, counters.feed_told),
        "recorded": (exchange.record.minutes, exchange.record.tickers),
    }


def nobody(exchange: MemoryExchange) -> None:
    """Nobody looks."""
    del exchange


def somebody(exchange: MemoryExchange) -> None:
    """Is told of each moment, which changes nothing."""
    exchange.engine.bus.watchers += 1


async def played(
    recording: Path, looks: Callable[[MemoryExchange], None], *steps: dict[str, Any]
) -> tuple[list[dict[str, Any]], dict[str, Any], int]:
    """What the steps say, what is left, and how many transactions it took."""
    async with replayed(recording) as exchange:
        looks(exchange)
        answers = [await advanced(exchange, **step) for step in steps]
        return answers, left(exchange), exchange.engine.bus.position


@pytest.mark.parametrize(
    "steps",
    [
        ({"until": "end"},),
        ({"ms": 450 * MINUTE_MS}, {"ms": 17_001}),
    ],
)
async def test_what_is_left_is_the_same_whether_anybody_looked_or_not(
    recording: Path, steps: tuple[dict[str, Any], ...]
) -> None:
    leapt, told = [await played(recording, looks, *steps) for looks in (nobody, somebody)]
    assert leapt[0] == told[0]
    for name, standing in told[1].items():
        assert leapt[1][name] == standing, name
    assert leapt[2] < told[2]


async def test_an_order_that_waits_is_met_at_its_price(recording: Path) -> None:
    """Also one that comes while nobody looked so far."""
    async with replayed(recording) as exchange:
        await exchange.done(OpenAccount("ann@example.com"))
        await exchange.done(Deposit(1, "USDT", Decimal(1_000_000)))
        running = asyncio.ensure_future(advanced(exchange, until="end"))
        await exchange.engine.bus.subscribe().next()
        price = exchange.engine.view.markets[SYMBOL].bids[0][0] - 20
        order = PlaceOrder(
            1, SYMBOL, Side.BUY, OrderType.LIMIT, quantity=Decimal("0.1"), price=price
        )
        placed = await exchange.done(order)
        told = await running
        assert told["fills"] == 1, placed
        (fill,) = exchange.engine.view.fills_by_order[1]
        assert fill.price == price
