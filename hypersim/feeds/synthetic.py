"""Made-up markets that look alive: seeded, reproducible, offline, with history back to 2017.

What happens at a moment is a function of the seed, the symbol and the moment, never of the wall
clock or of what was asked before. Twice a second and symbol there is a new book, and at about half
of these moments a trade; a book whose successor is already due when its turn comes (the machine is
slower than the clock) is left out most of the time, a trade never is.

History comes from the same path as the live trades. Up to 5 minutes a candle equals, in every
field, what its trades add up to. From 15 minutes on prices and volume still do; quote volume,
number of trades and the takers' part are estimates (the exact ones are near).
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from decimal import Decimal

from hypersim.feeds.listing import packaged_profiles
from hypersim.feeds.options import FeedOptions, SyntheticProfile
from hypersim.feeds.synthetic_market import HISTORY_START_MS, SLOT_MS, SyntheticMarket
from hypersim.market.candle import MINUTE_MS, Candle, Interval
from hypersim.market.events import MarketEvent
from hypersim.market.instrument import Instrument
from hypersim.market.number import floor_to
from hypersim.market.tape import PublicTrade
from hypersim.service.clock import Clock
from hypersim.service.feed import Feed, FeedState, FeedStatus, FeedUnavailable

BOOKS_APART_MS = 10_000
"""However slow the machine is, a symbol's books are no further apart."""

_NOTIONAL_PER_DAY = Decimal(50_000_000)


def build(options: FeedOptions) -> Feed:
    """A feed that makes up prices for the configured instruments."""
    return SyntheticFeed(options)


class SyntheticFeed:
    """See `Feed`."""

    def __init__(self, options: FeedOptions) -> None:
        self._clock: Clock = options.clock
        self._seed = options.seed
        self._profiles = options.profiles
        self._instruments = options.instruments
        self._markets: dict[str, SyntheticMarket] = {}
        self._last_event_ms: int | None = None
        self._due_ms: int | None = None
        self._last_books_ms: dict[str, int] = {}
        self._closed = False
        for instrument in options.instruments:
            self.add(instrument)

    async def open(self) -> Sequence[Instrument]:
        """See `Feed`."""
        if not self._markets:
            raise FeedUnavailable("synthetic: there is no instrument to make up prices for")
        return self._instruments

    def add(self, instrument: Instrument) -> None:
        """See `Feed`."""
        profile = (
            self._profiles.get(instrument.symbol)
            or packaged_profiles().get(instrument.symbol)
            or _profile_for(instrument)
        )
        self._markets[instrument.symbol] = SyntheticMarket(instrument, profile, self._seed)

    async def events(self) -> AsyncIterator[MarketEvent]:
        """See `Feed`. Starts with the trades of the minute that is running, so that its candle is
        whole too."""
        now_ms = self._clock.now_ms()
        for due_ms, market in self._moments(now_ms - now_ms % MINUTE_MS):
            self._due_ms = due_ms
            if due_ms > self._clock.now_ms():
                await self._clock.sleep_until(due_ms)
            if self._closed:
                return
            for event in market.events_at(due_ms, with_book=self._wants_book(market, due_ms)):
                yield event
            self._last_event_ms = due_ms

    def _moments(self, slot_ms: int) -> Iterator[tuple[int, SyntheticMarket]]:
        """Whose turn it is when, for ever; markets that are added join in the next round."""
        while self._markets:
            for market in sorted(self._markets.values(), key=lambda one: one.phase_ms):
                yield slot_ms + market.phase_ms, market
            slot_ms += SLOT_MS

    def _wants_book(self, market: SyntheticMarket, due_ms: int) -> bool:
        is_superseded = due_ms + SLOT_MS <= self._clock.now_ms()
        if is_superseded and due_ms - self._last_books_ms.get(market.symbol, 0) < BOOKS_APART_MS:
            return False
        self._last_books_ms[market.symbol] = due_ms
        return True

    async def history(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> list[Candle]:
        """See `Feed`. Begins in 2017; works in a thread, since a long one takes 40 ms."""
        market = self._markets.get(symbol)
        if market is None:
            return []
        now_ms = self._clock.now_ms()
        last_ms = min(end_ms, interval.open_ms(now_ms))
        first_ms = max(start_ms, HISTORY_START_MS)
        if first_ms >= last_ms:
            return []
        return await asyncio.to_thread(market.candles, interval, first_ms, last_ms)

    async def trades(
        self, symbol: str, *, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
    ) -> list[PublicTrade]:
        """Nothing yet."""
        del symbol, from_id, start_ms, end_ms, limit
        return []

    async def beginning_ms(self, symbol: str) -> int | None:
        """See `Feed`."""
        return HISTORY_START_MS if symbol in self._markets else None

    def settled_ms(self) -> int:
        """See `Feed`."""
        now_ms = self._clock.now_ms()
        return now_ms if self._due_ms is None else min(now_ms, self._due_ms)

    def status(self) -> FeedStatus:
        """See `Feed`."""
        state = FeedState.ENDED if self._closed else FeedState.LIVE
        detail = f"made-up prices from seed {self._seed}"
        return FeedStatus("synthetic", state, detail, last_event_ms=self._last_event_ms)

    async def close(self) -> None:
        """See `Feed`."""
        self._closed = True


def _profile_for(instrument: Instrument) -> SyntheticProfile:
    """Some price that has four digits on its grid, and a volume that suits it."""
    price = instrument.tick_size * 10_000
    price = max(instrument.min_price, min(price, floor_to(instrument.max_price / 4, price)))
    return SyntheticProfile(price, _NOTIONAL_PER_DAY / price)
