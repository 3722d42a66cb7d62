"""A scenario over a recording: the symbols that it holds, and the others."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

from hypersim.feeds.replay.feed import ReplayFeed
from hypersim.feeds.replay.source import parse_source
from hypersim.market.candle import Interval
from hypersim.service.past_trades import Wanted
from hypersim.service.simulated_clock import Mode, SimulatedClock
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.recordings import T0, saved
from tests.support.timed_feeds import options_at

HELD, FREE = "BTC/USDT", "ETH/USDT"
STORY = """\
name: n
steps:
  - {at: 2m, price: {symbol: BTC/USDT, to: 50}}
  - {at: 210s, price: {symbol: BTC/USDT, to: 60}}
  - {at: 6m, release: {symbol: BTC/USDT}}
"""


def row(minute: int) -> str:
    """Of a dump: eight pieces in seven trades, from 100 over 110 and 90 to 105."""
    open_ms = T0 + minute * 60_000
    return f"{open_ms},100,110,90,105,8,{open_ms + 59_999},800,7,4,400,0"


@contextlib.asynccontextmanager
async def replayed(folder: Path) -> AsyncIterator[MemoryExchange]:
    for name in ("BTCUSDT-1m.csv", "ETHUSDT-1m.csv"):
        saved(folder / name, *map(row, range(15)))
    clock = SimulatedClock(T0, mode=Mode.STEP)
    feed = ReplayFeed(options_at(clock=clock), parse_source(str(folder)))
    listed = await feed.open()
    async with memory_exchange(feed=feed, instruments=listed, clock=clock) as exchange:
        await exchange.pump.resume()
        playing = asyncio.create_task(exchange.pump.run())
        await clock.is_driven_by(playing)
        yield exchange
        playing.cancel()
        await asyncio.wait([playing])


async def advance(exchange: MemoryExchange, ms: int) -> None:
    answer = await exchange.admin.post("/admin/clock/advance", json={"ms": ms})
    assert answer.status_code == 200, answer.text


def price(exchange: MemoryExchange, symbol: str) -> Decimal | None:
    return exchange.engine.view.markets[symbol].last_price


async def test_the_recording_is_heard_of_other_symbols_and_again_once_it_is_released(
    tmp_path: Path,
) -> None:
    async with replayed(tmp_path) as exchange:
        answer = await exchange.admin.post("/admin/scenario", content=STORY)
        assert answer.status_code == 200, answer.text
        seen = []
        for _ in range(10):
            await advance(exchange, 59_999)
            held, free = price(exchange, HELD), price(exchange, FREE)
            assert held is not None
            seen.append((int(held), free))
            await advance(exchange, 1)
        assert [held for held, _ in seen] == [105, 105, 50, 60, 60, 60, 105, 105, 105, 105]
        assert {free for _, free in seen} == {105}
        assert (await exchange.admin.get("/admin/scenario")).json()["held"] == []


async def test_bars_of_the_time_that_was_held_are_those_of_what_was_set(tmp_path: Path) -> None:
    async with replayed(tmp_path) as exchange:
        await exchange.admin.post("/admin/scenario", content=STORY)
        await advance(exchange, 600_000)
        bars = await exchange.services.markets.candles(
            HELD, Interval.M1, since_ms=None, until_ms=None, limit=20
        )
        assert [int(bar.close) for bar in bars[:10]] == [105, 105, 50, 60, 60, 60, *[105] * 4]
        assert [bar.is_flat for bar in bars[:10]] == [*[False] * 4, True, True, *[False] * 4]


async def test_numbers_of_trades_rise_without_gaps_and_are_those_of_the_recording_again(
    tmp_path: Path,
) -> None:
    async with replayed(tmp_path) as exchange:
        await exchange.admin.post("/admin/scenario", content=STORY)
        await advance(exchange, 600_000)
        tapes = [
            [trade.id for trade in await exchange.services.markets.trades(symbol, Wanted())]
            for symbol in (HELD, FREE)
        ]
        assert tapes[0] == list(range(1, len(tapes[0]) + 1))
        assert tapes[0] == tapes[1]
