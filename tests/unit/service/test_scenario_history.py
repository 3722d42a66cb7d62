"""A scenario tells what was before it: candles that bots find, of every length, where no feed has a
past."""

import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hypersim.feeds.given_past import GivenPast
from hypersim.market.candle import MINUTE_MS, Candle, Interval, aggregate
from hypersim.service.past_trades import Wanted
from hypersim.service.scenarios.reading import read_scenario
from hypersim.service.simulated_clock import Mode, SimulatedClock
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.recordings import T0, saved, zipped

SYMBOL = "BTC/USDT"
MINUTES = [
    f"{100 + n % 7} {110 + n % 5} {90 - n % 3} {101 + n % 9} {1 + n % 4}" for n in range(200)
]


def row(minute: int, text: str, *, length_ms: int = MINUTE_MS) -> str:
    """Of a dump: open, high, low, close, volume, at a mean price of 100; half of it was bought."""
    open_ms, volume = T0 + minute * MINUTE_MS, int(text.split()[4])
    traded = volume * 100, 7, volume / 2, volume * 50, 0
    return ",".join(map(str, (open_ms, *text.split(), open_ms + length_ms - 1, *traded)))


LINES = [row(number, text) for number, text in enumerate(MINUTES)]
HEADER = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
    "taker_buy_quote_volume,ignore"
)
BEGIN_MS = T0 + 30 * 86_400_000 + 90_500
"""The scenario begins long after the candles, within a minute."""

STORY = """\
name: with a past
history:
  symbol: BTC/USDT
  interval: 1m
  csv: {csv}
steps:
  - {{at: 10s, price: {{symbol: BTC/USDT, to: 120}}}}
"""


@contextlib.asynccontextmanager
async def exchange_at(
    folder: Path, begin_ms: int = BEGIN_MS, *, is_new: bool = True
) -> AsyncIterator[MemoryExchange]:
    clock = SimulatedClock(begin_ms, mode=Mode.STEP)
    async with memory_exchange(clock=clock, past=GivenPast(folder, is_new=is_new)) as exchange:
        yield exchange


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def block(lines: list[str]) -> str:
    return "|\n" + "".join(f"    {line}\n" for line in lines)


async def posted(exchange: MemoryExchange, text: str) -> Any:
    return await exchange.admin.post("/admin/scenario", content=text)


async def play(exchange: MemoryExchange, lines: list[str] = LINES) -> None:
    answer = await posted(exchange, STORY.format(csv=block(lines)))
    assert answer.status_code == 200, answer.text


async def bars(exchange: MemoryExchange, interval: Interval) -> list[Candle]:
    return await exchange.services.markets.candles(
        SYMBOL, interval, since_ms=None, until_ms=None, limit=1_000
    )


def figures(candle: Candle) -> tuple[object, ...]:
    return candle.open_ms, candle.open, candle.high, candle.low, candle.close, candle.volume


def candle(open_ms: int, *prices: str) -> Candle:
    opened, high, low, closed, volume = map(Decimal, prices)
    return Candle(open_ms, opened, high, low, closed, volume)


def minutes_until(end_ms: int, texts: list[str]) -> list[Candle]:
    """What the lines tell, so that the last one ends then."""
    first_ms = end_ms - len(texts) * MINUTE_MS
    return [
        candle(first_ms + number * MINUTE_MS, *text.split()) for number, text in enumerate(texts)
    ]


async def test_bars_of_every_length_are_made_of_what_was_told(tmp_path: Path) -> None:
    minutes = minutes_until(Interval.M1.open_ms(BEGIN_MS), MINUTES)
    async with exchange_at(tmp_path) as exchange:
        await play(exchange)
        for interval in (one for one in Interval if one is not Interval.S1):
            told = aggregate(minutes, interval)
            found = await bars(exchange, interval)
            assert [one.open_ms for one in found][: len(told)] == [one.open_ms for one in told]
            over = [bar for bar in told if interval.next_open_ms(bar.open_ms) <= BEGIN_MS]
            assert list(map(figures, found))[: len(over)] == list(map(figures, over)), interval


async def test_the_market_begins_where_its_past_ends_and_its_trades_are_numbered_on(
    tmp_path: Path,
) -> None:
    async with exchange_at(tmp_path) as exchange:
        await play(exchange)
        data = exchange.engine.view.markets[SYMBOL]
        assert data.last_price == Decimal(MINUTES[-1].split()[3])
        trades = await exchange.services.markets.trades(SYMBOL, Wanted(limit=1_000))
        ids = [trade.id for trade in trades]
        assert ids == list(range(ids[0], ids[-1] + 1))
        assert ids[-1] == 7 * len(MINUTES) + 1, "seven of each candle, and the first price"
        seconds = await bars(exchange, Interval.S1)
        assert sum(one.volume for one in seconds[:-1]) > 0
        await exchange.admin.post("/admin/clock/advance", json={"ms": 60_000})
        assert data.last_price == 120
        assert (await bars(exchange, Interval.M1))[-2].close == 120


@pytest.mark.parametrize(
    ("begin", "kept"),
    [
        (100 * MINUTE_MS, 100),
        (100 * MINUTE_MS + 1, 100),
        (200 * MINUTE_MS, 200),
        (1 * MINUTE_MS, 1),
    ],
)
async def test_candles_keep_their_times_where_the_beginning_is_among_them(
    begin: int, kept: int, tmp_path: Path
) -> None:
    async with exchange_at(tmp_path, T0 + begin) as exchange:
        await play(exchange)
        found = await bars(exchange, Interval.M1)
        assert [one.open_ms for one in found[:-1]] == [T0 + n * MINUTE_MS for n in range(kept)]


@pytest.mark.parametrize("begin_ms", [T0 + 10, T0 - 10**9, T0 + 200 * MINUTE_MS + 60_000])
async def test_candles_of_another_time_are_moved_to_end_at_the_beginning(
    begin_ms: int, tmp_path: Path
) -> None:
    async with exchange_at(tmp_path, begin_ms) as exchange:
        await play(exchange)
        found = await bars(exchange, Interval.M1)
        assert len(found) == 201
        assert found[-2].close == Decimal(MINUTES[-1].split()[3])
        assert found[-1].open_ms == Interval.M1.open_ms(begin_ms)


async def test_hours_are_a_past_for_minutes_too(tmp_path: Path) -> None:
    hours = [row(60 * number, "100 110 90 105 40", length_ms=3_600_000) for number in range(5)]
    async with exchange_at(tmp_path) as exchange:
        answer = await posted(
            exchange, STORY.format(csv=block(hours)).replace("interval: 1m", "interval: 1h")
        )
        assert answer.status_code == 200, answer.text
        minutes = await bars(exchange, Interval.M1)
        assert len(minutes) > 300
        assert sum(one.volume for one in minutes[:-2]) == 200
        found = await bars(exchange, Interval.H1)
        assert [one.volume for one in found[:-1]] == [40] * 5


async def test_a_file_is_found_beside_the_scenario_with_a_header_or_packed(tmp_path: Path) -> None:
    saved(tmp_path / "header.csv", HEADER, *LINES)
    zipped(tmp_path / "packed.zip", *LINES)
    for name in ("header.csv", "packed.zip"):
        past = tmp_path / name.replace(".", "-")
        async with exchange_at(past) as exchange:
            await exchange.scenarios.play(read_scenario(STORY.format(csv=name)), tmp_path)
            assert len(await bars(exchange, Interval.M1)) == 201


async def test_it_is_kept_and_told_again_after_a_restart_and_not_beside_a_new_record(
    tmp_path: Path,
) -> None:
    async with exchange_at(tmp_path) as exchange:
        await play(exchange)
        before = await bars(exchange, Interval.M5)
    again = GivenPast(tmp_path)
    market = exchange.engine.view.instruments[SYMBOL]
    assert again.has(market)
    told = await again.history(market, Interval.M5, before[0].open_ms, BEGIN_MS)
    assert list(map(figures, told)) == list(map(figures, before[: len(told)]))
    assert len(told) >= 39
    assert not GivenPast(tmp_path, is_new=True).has(market)
    assert not files_in(tmp_path)


async def test_the_same_again_is_taken_and_another_past_is_not(tmp_path: Path) -> None:
    async with exchange_at(tmp_path) as exchange:
        await play(exchange)
        await exchange.admin.post("/admin/clock/advance", json={"ms": 60_000})
        await play(exchange)
        await exchange.admin.post("/admin/clock/advance", json={"ms": 60_000})
        other = await posted(exchange, STORY.format(csv=block(LINES[:50])))
        assert other.status_code == 400
        assert "line 5: history.csv: BTC/USDT has another past already" in other.text
    async with exchange_at(tmp_path / "other") as exchange:
        price = {"symbol": SYMBOL, "price": "100"}
        assert (await exchange.admin.post("/admin/price", json=price)).status_code == 200
        late = await posted(exchange, STORY.format(csv=block(LINES)))
        assert "line 3: history.symbol: BTC/USDT has prices already" in late.text


@pytest.mark.parametrize(
    ("csv", "told"),
    [
        ("candles.csv", "line 5: history.csv: must be the lines of a file of candles"),
        (block(["1,2,3"]), "line 5: history.csv: replay: history.csv is no dump of klines"),
        (block([*LINES[:3], "x" + LINES[3]]), "line 5: history.csv: replay: history.csv line 4"),
        (block([LINES[1], LINES[0]]), "not in order of time"),
        (block([row(0, "1 2 1 2 3", length_ms=3_600_000)]), "has candles of 1h, not candles of"),
    ],
)
async def test_what_is_no_past_is_told_with_its_place(csv: str, told: str, tmp_path: Path) -> None:
    async with exchange_at(tmp_path) as exchange:
        answer = await posted(exchange, STORY.format(csv=csv))
        assert answer.status_code == 400
        assert told in answer.json()["error"]["message"]
        assert not files_in(tmp_path)
        assert (await exchange.admin.get("/admin/scenario")).json()["name"] is None


async def test_a_feed_that_has_a_past_takes_none() -> None:
    async with memory_exchange(clock=SimulatedClock(BEGIN_MS, mode=Mode.STEP)) as exchange:
        answer = await posted(exchange, STORY.format(csv=block(LINES)))
        assert answer.status_code == 400
        assert "line 2: history: only the manual feed takes one" in answer.text


async def test_the_seed_of_a_posted_one_is_that_of_the_run(tmp_path: Path) -> None:
    story = "name: n\nseed: {seed}\nsteps:\n  - {{at: 1s, halt: {{symbol: BTC/USDT}}}}\n"
    async with exchange_at(tmp_path) as exchange:
        refused = await posted(exchange, story.format(seed=8))
        assert refused.status_code == 400
        assert "line 2: seed: this exchange runs with the seed 7" in refused.text
        assert (await posted(exchange, story.format(seed=7))).status_code == 200
