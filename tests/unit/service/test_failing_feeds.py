"""Whatever goes wrong in a feed is one clear line, and a state that says so."""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from hypersim.feeds.manual import ManualFeed
from hypersim.market.candle import Candle, Interval, flat_candle
from hypersim.market.events import MarketEvent, QuoteUpdated, TradePrinted
from hypersim.market.instrument import Instrument
from hypersim.service.clock import WallClock
from hypersim.service.feed import Feed, FeedState, FeedUnavailable
from hypersim.service.guarded_feed import GuardedFeed
from hypersim.service.pump import MarketPump
from tests.support.builders import SYMBOL, instrument
from tests.support.memory_exchange import MemoryExchange, memory_exchange

ONE = Decimal(1)
MARKET = instrument(symbol=SYMBOL)
QUOTE = QuoteUpdated(SYMBOL, 1, ONE, ONE, ONE, ONE)


class TellingFeed(ManualFeed):
    """Brings these events, then fails if there is an error; its history is this, or the error."""

    def __init__(
        self,
        *events: MarketEvent,
        history: Sequence[Candle] = (),
        error: BaseException | None = None,
    ) -> None:
        super().__init__([MARKET], WallClock())
        self._events = events
        self._history = history
        self._error = error

    async def events(self) -> AsyncIterator[MarketEvent]:
        for event in self._events:
            yield event
        if self._error is not None:
            raise self._error

    async def history(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> list[Candle]:
        del symbol, interval, start_ms, end_ms
        if self._error is not None:
            raise self._error
        return list(self._history)


class UnopenableFeed(ManualFeed):
    async def open(self) -> Sequence[Instrument]:
        raise ZeroDivisionError("a bug")


ERRORS: list[tuple[BaseException, str]] = [
    (FeedUnavailable("replay: x.csv line 3: no"), "replay: x.csv line 3: no"),
    (AssertionError(300_000), "AssertionError: 300000"),
    (ValueError("two\nlines"), "ValueError: two lines"),
    (KeyError(), "KeyError"),
    (ExceptionGroup("several", [OSError("away")]), "OSError: away"),
]


async def pumped(exchange: MemoryExchange, feed: Feed) -> tuple[GuardedFeed, list[str]]:
    """The feed after the pump has read it to its end, and what it said of its end."""
    guarded = GuardedFeed(feed)
    pump = MarketPump(exchange.engine, guarded, exchange.record)
    with capture_logs() as logs:
        await pump.run()
        await pump.backfill()
        await exchange.engine.settled()
    return guarded, [entry["reason"] for entry in logs if entry["log_level"] == "error"]


@pytest.mark.parametrize(("error", "line"), ERRORS, ids=[line[:12] for _, line in ERRORS])
async def test_a_feed_that_fails_says_so_and_its_prices_are_stale(
    error: BaseException, line: str
) -> None:
    async with memory_exchange(instruments=[MARKET]) as exchange:
        feed, reasons = await pumped(exchange, TellingFeed(QUOTE, error=error))
        assert reasons == [line, line], "of its events, and of its history"
        assert (feed.status().state, feed.status().detail) == (FeedState.FAILED, line)
        data = exchange.engine.view.markets[SYMBOL]
        assert data.is_stale
        assert data.bids == ((ONE, ONE),)


async def test_what_the_exchange_cannot_use_fails_the_feed() -> None:
    print_ = TradePrinted(SYMBOL, 2, "no number", ONE, True)  # type: ignore[arg-type]
    candle: Candle = "no candle"  # type: ignore[assignment]
    async with memory_exchange(instruments=[MARKET]) as exchange:
        unusable = TellingFeed(QUOTE, print_, history=[candle])
        feed, (failed, no_history) = await pumped(exchange, unusable)
        assert failed.startswith("TypeError: ")
        assert no_history.startswith("AttributeError: ")
        assert feed.status().state is FeedState.FAILED
        assert exchange.engine.view.markets[SYMBOL].is_stale


async def test_a_feed_that_ends_leaves_its_last_prices() -> None:
    async with memory_exchange(instruments=[MARKET]) as exchange:
        feed, reasons = await pumped(exchange, TellingFeed(QUOTE))
        assert reasons == []
        assert feed.status().state is FeedState.ENDED
        assert not exchange.engine.view.markets[SYMBOL].is_stale


async def test_the_same_complaint_about_history_is_logged_once() -> None:
    feed = GuardedFeed(TellingFeed(error=OSError("away")))
    with capture_logs() as logs:
        for _ in range(3):
            assert await feed.history(SYMBOL, Interval.M1, 0, 1) == []
    assert [entry["reason"] for entry in logs if entry["log_level"] == "error"] == ["OSError: away"]


async def test_a_feed_that_cannot_open_ends_the_start_with_one_line() -> None:
    with pytest.raises(FeedUnavailable, match=r"^manual: cannot open: ZeroDivisionError: a bug$"):
        await GuardedFeed(UnopenableFeed([MARKET], WallClock())).open()


async def test_a_feed_that_works_is_let_through() -> None:
    feed = GuardedFeed(TellingFeed(history=[flat_candle(0, ONE)]))
    assert await feed.open() == [MARKET]
    assert feed.status().state is FeedState.LIVE
    assert await feed.history(SYMBOL, Interval.M1, 0, 1) == [flat_candle(0, ONE)]
    await feed.close()
    assert feed.status().state is FeedState.ENDED
