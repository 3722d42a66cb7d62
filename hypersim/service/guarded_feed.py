"""A feed behind a guard: whatever goes wrong in it becomes one clear line and a state that says so.

A feed is the part of the exchange that reads what others wrote (files, venues' answers), so a bug
or a broken file in it must not end anything else, and must not look like a market that stands
still.
"""

from collections.abc import AsyncIterator, Sequence

import msgspec
import structlog

from hypersim.market.candle import Candle, Interval
from hypersim.market.events import MarketEvent
from hypersim.market.instrument import Instrument
from hypersim.market.tape import PublicTrade
from hypersim.service.errand import own_task
from hypersim.service.feed import Feed, FeedPosition, FeedState, FeedStatus, FeedUnavailable

REASON_LENGTH_MAX = 300
HISTORY_COMPLAINTS_MAX = 100
"""Different complaints about history that are logged; the same one is logged once."""

log = structlog.get_logger(__name__)


class GuardedFeed:
    """See `Feed`. Only `open` raises, and only `FeedUnavailable`."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._failure: str | None = None
        self._is_over = False
        self._complaints: set[str] = set()

    @property
    def has_failed(self) -> bool:
        """Whether its events ended because of an error."""
        return self._failure is not None

    def fail(self, error: BaseException) -> None:
        """The feed can go on no longer, or what it brings cannot be used: one line says so."""
        self._failure = reason_of(error)
        log.error("feed failed", feed=self._feed.status().name, reason=self._failure)
        if not isinstance(error, FeedUnavailable):
            log.debug("where the feed failed", exc_info=error)

    async def open(self) -> Sequence[Instrument]:
        """See `Feed`."""
        try:
            return await self._feed.open()
        except FeedUnavailable:
            raise
        except Exception as error:
            name = self._feed.status().name
            raise FeedUnavailable(f"{name}: cannot open: {reason_of(error)}") from error

    async def events(self) -> AsyncIterator[MarketEvent]:
        """See `Feed`. Ends where the feed fails."""
        try:
            async for event in self._feed.events():
                yield event
        except Exception as error:
            self.fail(error)
        self._is_over = True

    async def history(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> Sequence[Candle]:
        """See `Feed`. Empty where the feed cannot tell, which is logged once."""
        await own_task()
        try:
            return await self._feed.history(symbol, interval, start_ms, end_ms)
        except Exception as error:
            self._complain("no history", symbol, error)
            return []

    async def trades(
        self, symbol: str, *, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
    ) -> list[PublicTrade]:
        """See `Feed`. Empty where the feed cannot tell, which is logged once."""
        await own_task()
        try:
            return await self._feed.trades(
                symbol, from_id=from_id, start_ms=start_ms, end_ms=end_ms, limit=limit
            )
        except Exception as error:
            self._complain("no past trades", symbol, error)
            return []

    async def beginning_ms(self, symbol: str) -> int | None:
        """See `Feed`. None where the feed cannot tell, which is logged once."""
        await own_task()
        try:
            return await self._feed.beginning_ms(symbol)
        except Exception as error:
            self._complain("no beginning", symbol, error)
            return None

    def position(self) -> FeedPosition | None:
        """See `Feed`."""
        return self._feed.position()

    def settled_ms(self) -> int:
        """See `Feed`."""
        return self._feed.settled_ms()

    async def offer(self, wanted: Instrument) -> Instrument:
        """See `Feed`. Raises nothing else."""
        await own_task()
        try:
            return await self._feed.offer(wanted)
        except FeedUnavailable:
            raise
        except Exception as error:
            raise FeedUnavailable(f"{wanted.symbol}: {reason_of(error)}") from error

    def add(self, instrument: Instrument) -> None:
        """See `Feed`. An instrument that the feed cannot serve stays without a price."""
        try:
            self._feed.add(instrument)
        except Exception as error:
            self._complain("not served", instrument.symbol, error)

    def status(self) -> FeedStatus:
        """See `Feed`. Says so when it failed, or ended without being asked to."""
        status = self._feed.status()
        if self._failure is not None:
            return msgspec.structs.replace(status, state=FeedState.FAILED, detail=self._failure)
        if self._is_over and status.state is not FeedState.ENDED:
            return msgspec.structs.replace(status, state=FeedState.ENDED)
        return status

    async def close(self) -> None:
        """See `Feed`."""
        try:
            await self._feed.close()
        except Exception as error:
            log.warning("feed not closed in order", reason=reason_of(error))

    def _complain(self, what: str, symbol: str, error: Exception) -> None:
        reason = reason_of(error)
        complaint = f"{what} {symbol} {reason}"
        if complaint in self._complaints or len(self._complaints) >= HISTORY_COMPLAINTS_MAX:
            return
        self._complaints.add(complaint)
        log.error(what, symbol=symbol, reason=reason)
        if not isinstance(error, FeedUnavailable):
            log.debug("where it happened", exc_info=error)


def reason_of(error: BaseException) -> str:
    """One line: a feed's own words, or the kind of the error before them. Of a group of errors, its
    first."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    words = " ".join(str(error).split())
    if not isinstance(error, FeedUnavailable):
        words = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return words[:REASON_LENGTH_MAX]
