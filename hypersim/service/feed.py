"""What the running exchange asks of a source of prices."""

from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

from hypersim.market.candle import Candle, Interval
from hypersim.market.events import MarketEvent
from hypersim.market.instrument import Instrument
from hypersim.market.tape import PublicTrade


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


class FeedPosition(NamedTuple):
    """How far a feed has told: all from before `time_ms`, and `told` of what it has for that
    moment."""

    time_ms: int = 0
    told: int = 0


FROM_THE_BEGINNING = FeedPosition()


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
    ) -> Sequence[Candle]:
        """Ascending closed candles that opened from `start_ms` up to but not including `end_ms`.
        Empty when the source has none; never raises for a source that is away.

        Every interval begins with the bar that `beginning_ms` lies in, made of what there is of it,
        and longer bars are what their minutes add up to. A bar with trades knows its
        `first_trade_id` wherever the feed numbers its trades."""
        ...

    async def trades(
        self,
        symbol: str,
        *,
        from_id: int | None,
        start_ms: int | None,
        end_ms: int,
        limit: int,
    ) -> list[PublicTrade]:
        """Past trades, ascending by id: the first `limit` of those with at least the id `from_id`,
        or of those from `start_ms` on, that happened before `end_ms` (exclusive); with neither, the
        latest `limit` before `end_ms`.

        They add up to the candles of `history`, and are the same whenever they are asked for. Ids
        are consecutive from the feed's beginning; `TradePrinted.venue_id` goes on with them. Empty
        when the feed has no trades of its own, or is away; never raises."""
        ...

    async def beginning_ms(self, symbol: str) -> int | None:
        """When the symbol's first bar or trade was: nothing is known before. None when the feed
        has no history of it, or cannot tell."""
        ...

    def settled_ms(self) -> int:
        """Every event of an earlier time has been handed over by `events`; later ones may still
        come. The clock's now where nothing is due before it."""
        ...

    def position(self) -> FeedPosition | None:
        """How far it was with the last event that `events` handed over. One that is started from
        there says first how its markets stand, which moves it no further, and then what follows.
        None where nobody tells anything again."""
        ...

    async def offer(self, wanted: Instrument) -> Instrument:
        """`wanted`, of which no more than the symbol was asked for, as this feed serves it: with
        the filters of its venue. Raises `NotOffered` for a symbol that it will never have prices
        of, and `FeedUnavailable` when it cannot tell just now."""
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


class NotOffered(FeedUnavailable):
    """The source answers, and does not have what was asked for; the message names it."""
