"""What the running exchange asks of a source of prices."""

from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from hypersim.market.candle import Candle, Interval
from hypersim.market.events import MarketEvent
from hypersim.market.instrument import Instrument


class FeedState(StrEnum):
    """How a feed is doing. `ended`: its source is over, and the last prices stay. `failed`: it
    cannot go on, and what it last said is stale."""

    STARTING = "starting"
    LIVE = "live"
    DEGRADED = "degraded"
    STALE = "stale"
    ENDED = "ended"
    FAILED = "failed"


class FeedStatus(msgspec.Struct, frozen=True):
    """A feed's own account of itself, for `/admin/feed`, the log and the page.

    `name` is what serves prices now (`auto` names its choice), `detail` one readable line.
    """

    name: str
    state: FeedState
    detail: str = ""
    reconnects: int = 0
    last_event_ms: int | None = None


class Feed(Protocol):
    """A source of market events on the exchange's timeline, with history before them."""

    async def open(self) -> Sequence[Instrument]:
        """Connect, and return the instruments to list, the most important first, with their
        filters. Raises `FeedUnavailable` with one clear line when there is nothing to serve."""
        ...

    def events(self) -> AsyncIterator[MarketEvent]:
        """Market events in order of time, each when its time has come; reconnects by itself. Ends
        only when the source does (the end of a recording)."""
        ...

    async def history(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> list[Candle]:
        """Ascending closed candles that opened from `start_ms` up to but not including `end_ms`.
        Empty when the source has none; never raises for a source that is away."""
        ...

    def add(self, instrument: Instrument) -> None:
        """Also serve this instrument, listed at run time."""
        ...

    def status(self) -> FeedStatus:
        """How it is doing now."""
        ...

    async def close(self) -> None:
        """Let go of connections and files."""
        ...


class FeedUnavailable(Exception):
    """The source cannot serve; the message is one clear line."""
