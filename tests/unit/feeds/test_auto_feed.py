"""The auto feed: Binance if it answers at once, else synthetic prices, and it says which."""

import asyncio
import socket
import time

import pytest
from msgspec.structs import replace

from hypersim.feeds import auto
from hypersim.feeds.auto import AutoFeed
from hypersim.market.candle import MINUTE_MS, Interval
from hypersim.market.events import DepthUpdated, QuoteUpdated
from hypersim.service.feed import FeedState
from hypersim.service.simulated_clock import SimulatedClock
from tests.support.fake_binance import FakeBinance
from tests.support.fake_binance_answers import BROKEN, HANGING, Answer, banned
from tests.support.fake_binance_market import now_ms
from tests.support.feed_tap import listening
from tests.support.live_feeds import BTC, FAST, instrument, options


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_binance_serves_when_it_answers(venue: FakeBinance) -> None:
    said: list[str] = []
    feed = AutoFeed(options(venue.url, said=said))
    assert feed.status().state is FeedState.STARTING
    listed = await feed.open()
    assert said == ["feed auto: binance answers"]
    assert [one.open_orders_max for one in listed] == [150, 150]
    assert feed.status().name == "binance"
    async with listening(feed) as tap:
        await tap.until(QuoteUpdated, nudge=lambda: venue.move(BTC, "41000"))
        assert feed.status().detail.startswith("auto: binance answers; ")
        now = now_ms()
        bars = await feed.history("BTC/USDT", Interval.M1, now - 10 * MINUTE_MS, now)
        assert len(bars) == 9


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "http://no-such-host.invalid"])
async def test_an_unreachable_binance_costs_no_time(url: str, free_port: int) -> None:
    said: list[str] = []
    started_s = time.monotonic()
    feed = AutoFeed(options(url.format(port=free_port), said=said))
    listed = await feed.open()
    assert time.monotonic() - started_s < 1
    await feed.close()
    assert [one.symbol for one in listed] == ["BTC/USDT", "ETH/USDT"]
    assert feed.status().name == "synthetic"
    assert len(said) == 1
    assert "synthetic prices of seed 7" in said[0]
    assert "cannot connect" in said[0]


async def test_a_hanging_binance_is_given_up_in_time(venue: FakeBinance) -> None:
    venue.always(HANGING)
    started_s = time.monotonic()
    feed = AutoFeed(options(venue.url), answer_s=0.3)
    await feed.open()
    assert 0.3 <= time.monotonic() - started_s < 1
    await feed.close()
    assert feed.status().name == "synthetic"
    assert "no answer within 0.3 s" in feed.status().detail


async def test_the_time_to_answer_is_two_seconds() -> None:
    assert auto.ANSWER_S == 2.0


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (Answer(451, '{"code":0,"msg":"restricted location"}'), "restricted location"),
        (banned(600), "banned this address"),
    ],
)
async def test_a_binance_that_refuses_us_is_given_up_at_once(
    venue: FakeBinance, failure: Answer, reason: str
) -> None:
    venue.always(failure)
    started_s = time.monotonic()
    feed = AutoFeed(options(venue.url))
    await feed.open()
    assert time.monotonic() - started_s < 1
    await feed.close()
    assert reason in feed.status().detail


async def test_a_binance_that_stumbles_once_still_serves(venue: FakeBinance) -> None:
    venue.next_answers("exchangeInfo", BROKEN)
    feed = AutoFeed(options(venue.url), timings=FAST)
    await feed.open()
    await feed.close()
    assert feed.status().name == "binance"


async def test_synthetic_prices_are_those_of_the_seed(free_port: int) -> None:
    async def first_book(seed: int) -> DepthUpdated:
        given = replace(
            options(f"http://127.0.0.1:{free_port}"),
            seed=seed,
            clock=SimulatedClock(1_700_000_000_000, speed=0),
        )
        feed = auto.build(given)
        await feed.open()
        feed.add(instrument("SOL/USDT"))
        async with asyncio.timeout(5):
            async for event in feed.events():
                if isinstance(event, DepthUpdated):
                    await feed.close()
                    return event
        raise AssertionError("no book came")

    assert await first_book(7) == await first_book(7)
    assert await first_book(7) != await first_book(8)
