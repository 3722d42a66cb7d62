"""What the tests of the live feeds start from: two markets, fast timings, feed options."""

import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal

from hypersim.feeds.binance.feed import BinanceFeed
from hypersim.feeds.binance.timings import BinanceTimings
from hypersim.feeds.options import FeedOptions
from hypersim.market.events import DepthUpdated
from hypersim.market.instrument import Instrument
from hypersim.service.clock import WallClock
from tests.support.fake_binance import FakeBinance
from tests.support.fake_binance_market import FakeMarket
from tests.support.feed_tap import FeedTap, listening

BTC, ETH = "BTCUSDT", "ETHUSDT"

FAST = BinanceTimings(
    open_attempt_s=1.0,
    request_s=1.0,
    backoff_first_s=0.05,
    backoff_cap_s=0.15,
    rate_limited_s=0.3,
    banned_s=0.6,
    poll_weight_per_s=10_000.0,
    bulk_weight_burst=100_000.0,
    stream_open_s=2.0,
    stream_silence_s=0.3,
    stream_stable_s=0.2,
    reconnect_first_s=0.05,
    reconnect_cap_s=0.2,
    control_pause_s=0.01,
    symbol_silence_s=0.15,
    behind_s=0.5,
    first_diff_s=0.02,
    resync_pause_s=0.02,
    refresh_pause_s=0.1,
    depth_interval_s=0.02,
    stale_after_s=0.8,
    stale_check_s=0.02,
    minute_check_s=0.05,
    history_patience_s=0.5,
)


class SettableClock:
    """A clock that stands where a test puts it."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def set(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        return self._now_ms

    async def sleep_until(self, time_ms: int, slack_s: float = 0.0) -> None:
        raise NotImplementedError(f"a live feed waits on the wall, not until {time_ms}")


def instrument(symbol: str) -> Instrument:
    """One of ours, with filters that the venue does not have."""
    base, quote = symbol.split("/")
    return Instrument(
        symbol=symbol,
        base=base,
        quote=quote,
        tick_size=Decimal("0.1"),
        step_size=Decimal("0.01"),
        min_price=Decimal("0.1"),
        max_price=Decimal("500000"),
        min_quantity=Decimal("0.01"),
        max_quantity=Decimal("100"),
        min_notional=Decimal("10"),
    )


def two_markets() -> FakeBinance:
    return FakeBinance(FakeMarket("BTC", "USDT", "40000"), FakeMarket("ETH", "USDT", "2500"))


def options(url: str, *symbols: str, said: list[str] | None = None) -> FeedOptions:
    """Options for a feed of `symbols` (BTC/USDT and ETH/USDT without any) at `url`."""
    lines = said if said is not None else []
    return FeedOptions(
        clock=WallClock(),
        say=lines.append,
        instruments=tuple(map(instrument, symbols or ("BTC/USDT", "ETH/USDT"))),
        binance_api_url=url,
        update_interval_ms=50,
    )


@contextlib.asynccontextmanager
async def live(
    venue: FakeBinance, timings: BinanceTimings = FAST
) -> AsyncIterator[tuple[BinanceFeed, FeedTap]]:
    """An open feed of both markets, being read."""
    feed = BinanceFeed(options(venue.url), timings)
    await feed.open()
    async with listening(feed) as tap:
        yield feed, tap


async def settle(tap: FeedTap) -> None:
    """Wait until the books of both markets are there, so that all first questions are answered."""
    both = {"BTC/USDT", "ETH/USDT"}
    await tap.eventually(lambda: {event.symbol for event in tap.of(DepthUpdated)} == both)
