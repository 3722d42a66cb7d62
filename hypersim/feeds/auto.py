"""Binance if it answers at once, else synthetic prices: the server starts either way, and says
which prices it serves and why."""

from collections.abc import AsyncIterator, Sequence

import msgspec
import structlog

from hypersim.feeds import synthetic
from hypersim.feeds.binance.feed import BinanceFeed
from hypersim.feeds.binance.timings import BinanceTimings
from hypersim.feeds.options import FeedOptions
from hypersim.market.candle import Candle, Interval
from hypersim.market.events import MarketEvent
from hypersim.market.instrument import Instrument
from hypersim.market.tape import PublicTrade
from hypersim.service.feed import (
    Feed,
    FeedPosition,
    FeedState,
    FeedStatus,
    FeedUnavailable,
    NotOffered,
)

ANSWER_S = 2.0
"""How long Binance has to answer; a host that cannot be reached is given up at once."""

_log = structlog.get_logger()

IS_LIVE = True


def build(options: FeedOptions) -> Feed:
    """See `hypersim.feeds`."""
    return AutoFeed(options)


class AutoFeed:
    """See `Feed`. The choice is made once, when it opens: prices that jump from one world to the
    other while orders rest would be worse than stale ones."""

    def __init__(
        self,
        options: FeedOptions,
        answer_s: float = ANSWER_S,
        timings: BinanceTimings | None = None,
    ) -> None:
        self._options = options
        self._answer_s = answer_s
        self._timings = timings
        self._chosen: Feed | None = None
        self._why = ""

    async def open(self) -> Sequence[Instrument]:
        """See `Feed`."""
        binance = BinanceFeed(self._options, self._timings)
        try:
            instruments = await binance.open(self._answer_s, retry_unreachable=False)
        except NotOffered:
            raise
        except FeedUnavailable as error:
            return await self._fall_back(str(error))
        self._chosen = binance
        self._choose("binance", "binance answers")
        return instruments

    async def _fall_back(self, reason: str) -> Sequence[Instrument]:
        self._chosen = synthetic.build(self._options)
        instruments = await self._chosen.open()
        self._choose("synthetic", f"synthetic prices of seed {self._options.seed}: {reason}")
        return instruments

    def _choose(self, name: str, why: str) -> None:
        self._why = why
        _log.debug("feed chosen", feed=name, why=why)
        self._options.say(f"feed auto: {why}")

    @property
    def _serving(self) -> Feed:
        assert self._chosen is not None, "open() comes first"
        return self._chosen

    def events(self) -> AsyncIterator[MarketEvent]:
        """See `Feed`."""
        return self._serving.events()

    async def history(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> Sequence[Candle]:
        """See `Feed`."""
        return await self._serving.history(symbol, interval, start_ms, end_ms)

    async def trades(
        self, symbol: str, *, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
    ) -> list[PublicTrade]:
        """See `Feed`."""
        return await self._serving.trades(
            symbol, from_id=from_id, start_ms=start_ms, end_ms=end_ms, limit=limit
        )

    async def beginning_ms(self, symbol: str) -> int | None:
        """See `Feed`."""
        return await self._serving.beginning_ms(symbol)

    def position(self) -> FeedPosition | None:
        """See `Feed`."""
        return self._serving.position()

    def settled_ms(self) -> int:
        """See `Feed`."""
        return self._serving.settled_ms()

    async def offer(self, wanted: Instrument) -> Instrument:
        """See `Feed`."""
        return await self._serving.offer(wanted)

    def add(self, instrument: Instrument) -> None:
        """See `Feed`."""
        self._serving.add(instrument)

    def status(self) -> FeedStatus:
        """See `Feed`. The name is that of the feed that serves."""
        if self._chosen is None:
            return FeedStatus("auto", FeedState.STARTING, "asking binance")
        status = self._chosen.status()
        detail = "; ".join(part for part in (f"auto: {self._why}", status.detail) if part)
        return msgspec.structs.replace(status, detail=detail)

    async def close(self) -> None:
        """See `Feed`."""
        if self._chosen is not None:
            await self._chosen.close()
