"""The feed itself: markets in the order of their moments, and their past."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

from hypersim.feeds.options import FeedOptions
from hypersim.feeds.spot_pairs import chosen, packaged_as
from hypersim.feeds.synthetic.market import SLOT_MS, SyntheticMarket
from hypersim.feeds.synthetic.pricing import pricing_of
from hypersim.feeds.synthetic.reading import trades_of
from hypersim.market.candle import DAY_MS, MINUTE_MS, Candle, Interval
from hypersim.market.events import CandleGrew, MarketEvent, PricePassed, PrintsBefore, TradePrinted
from hypersim.market.instrument import Instrument
from hypersim.market.tape import PublicTrade
from hypersim.service.clock import Clock
from hypersim.service.feed import FeedPosition, FeedState, FeedStatus, FeedUnavailable

DAYS_AT_ONCE = 64
"""Days that are made in a row, which takes a tenth of a second."""

BOOKS_APART_MS = 10_000
"""However slow the machine is, a symbol's books are no further apart."""


FEW_MARKETS = 100
"""More are not brought up to now trade by trade, and do not wake for each of their moments."""

PRINTS_MAX = 100_000
"""Trades of the minutes that an average price goes over."""

WAKES_APART_S = 0.02
"""Of more markets than a few, those whose moments are within this time have their turn together:
each moment keeps its own time, but waking for each would cost more than what happens in it."""


MOMENTS_AT_ONCE = 16
"""Of those that are late; they take two milliseconds."""


class SyntheticFeed:
    """See `Feed`."""

    def __init__(self, options: FeedOptions) -> None:
        self._clock: Clock = options.clock
        self._seed = options.seed
        self._books = options.books
        self._pricing = pricing_of(options)
        self._instruments = chosen(options)
        self._markets: dict[str, SyntheticMarket] = {}
        self._last_event_ms: int | None = None
        self._due_ms: int | None = None
        self._position = options.position
        self._place = FeedPosition()
        self._making = asyncio.Lock()
        self._making_days = asyncio.Lock()
        self._closed = False
        self._pricing.prepare(self._instruments, self._clock.now_ms())
        for instrument in self._instruments:
            self.add(instrument)

    async def open(self) -> Sequence[Instrument]:
        """See `Feed`."""
        if not self._markets:
            raise FeedUnavailable("synthetic: there is no instrument to make up prices for")
        return self._instruments

    async def offer(self, wanted: Instrument) -> Instrument:
        """See `Feed`. Prices of any symbol can be made up."""
        return packaged_as(wanted)

    def add(self, instrument: Instrument) -> None:
        """See `Feed`."""
        self._markets[instrument.symbol] = self._pricing.market(instrument, self._clock.now_ms())
        if self._due_ms is not None:
            # Whoever looks before its turn comes waits for its book.
            self._books.expect(instrument.symbol)

    async def events(self) -> AsyncIterator[MarketEvent]:
        """See `Feed`. Starts with the trades of the minute that is running, so that its candle is
        whole too; of more markets than a few, and where it was told in part, with what they add up
        to."""
        told, now_ms = self._position, self._clock.now_ms()
        start_ms = now_ms - now_ms % MINUTE_MS
        is_again, has_many = told.time_ms >= start_ms, len(self._markets) > FEW_MARKETS
        async for before in self._lately(None if is_again else start_ms):
            yield before
        if is_again or has_many:
            since_ms = now_ms if has_many else min(told.time_ms, now_ms)
            start_ms = max(start_ms, since_ms - since_ms % SLOT_MS - SLOT_MS)
            for market in list(self._markets.values()):
                for event in _so_far(market, start_ms, now_ms, told if is_again else None):
                    yield event
        for number, (due_ms, market) in enumerate(self._moments(start_ms)):
            if due_ms < told.time_ms:
                continue
            self._due_ms = due_ms
            await self._turn_comes(due_ms, gives_way=number % MOMENTS_AT_ONCE == 0)
            if self._closed:
                return
            for event in self._untold_at(due_ms, market):
                yield event
            self._last_event_ms = due_ms

    async def _lately(self, start_ms: int | None) -> AsyncIterator[PrintsBefore]:
        """What was traded before the minute that is told first, or before the last moment told; of
        more markets than a few it would take too long."""
        told_ms = self._position.time_ms
        markets = list(self._markets.values())
        for market in markets if len(markets) <= FEW_MARKETS else ():
            first_ms = market.moment_at(told_ms) if start_ms is None else start_ms
            if not self._closed:
                yield await asyncio.to_thread(_before, market, first_ms)

    async def _turn_comes(self, due_ms: int, *, gives_way: bool) -> None:
        """Return once it is so late."""
        if due_ms > self._clock.now_ms():
            slack_s = WAKES_APART_S if len(self._markets) > FEW_MARKETS else 0.0
            await self._clock.sleep_until(due_ms, slack_s)
        elif gives_way:
            # Where the machine is too slow for the speed, others have their turn too.
            await asyncio.sleep(0)

    def _untold_at(self, due_ms: int, market: SyntheticMarket) -> Iterator[MarketEvent]:
        """What happens at a moment of a market and was not told before the exchange was stopped. A
        book that nobody would look at keeps its place."""
        with_book = self._wants_book(due_ms)
        if due_ms != self._place.time_ms:
            self._place = FeedPosition(due_ms)
        place = self._place.told + (not with_book)
        for event in market.events_at(due_ms, with_book=with_book):
            place += 1
            self._place = FeedPosition(due_ms, place)
            if self._place > self._position:
                self._position = self._place
                yield event
        self._place = FeedPosition(due_ms, place)

    def _moments(self, slot_ms: int) -> Iterator[tuple[int, SyntheticMarket]]:
        """Whose turn it is when, for ever; markets that are added join in the next round."""
        while self._markets:
            for market in sorted(self._markets.values(), key=lambda one: one.phase_ms):
                yield slot_ms + market.phase_ms, market
            slot_ms += SLOT_MS

    def _wants_book(self, due_ms: int) -> bool:
        """Of those that are superseded, the first one in each of these spans."""
        is_superseded = due_ms + SLOT_MS <= self._clock.now_ms()
        return not is_superseded or due_ms % BOOKS_APART_MS < SLOT_MS

    async def history(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> Sequence[Candle]:
        """See `Feed`. Works in a thread, since a long one takes a while; one after the other, as
        more threads would only be more between orders and the processor."""
        market = self._markets.get(symbol)
        if market is None:
            return []
        last_ms = min(end_ms, interval.open_ms(self._clock.now_ms()))
        if start_ms >= last_ms:
            return []
        if interval.length_ms >= DAY_MS:
            await self._make_days(market, start_ms, last_ms)
        async with self._making:
            return await asyncio.to_thread(market.candles, interval, start_ms, last_ms)

    async def _make_days(self, market: SyntheticMarket, start_ms: int, end_ms: int) -> None:
        """Years of days take seconds the first time: one market after the other, in slices, between
        which others have their turn."""
        async with self._making_days:
            first, end = market.unmade_days(start_ms, end_ms)
            for day in range(first, end, DAYS_AT_ONCE):
                async with self._making:
                    await asyncio.to_thread(market.make_days, day, min(end, day + DAYS_AT_ONCE))

    async def trades(
        self, symbol: str, *, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
    ) -> list[PublicTrade]:
        """See `Feed`."""
        market = self._markets.get(symbol)
        if market is None:
            return []
        end_ms = min(end_ms, self._clock.now_ms() + 1)
        if limit == 1 and start_ms is None:
            # One is found sooner than a thread is woken; a start asks for hundreds.
            return trades_of(market, from_id, None, end_ms, 1)
        return await asyncio.to_thread(trades_of, market, from_id, start_ms, end_ms, limit)

    async def beginning_ms(self, symbol: str) -> int | None:
        """See `Feed`."""
        market = self._markets.get(symbol)
        return market.listed_ms if market is not None else None

    def position(self) -> FeedPosition:
        """See `Feed`."""
        return self._position

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


def _before(market: SyntheticMarket, first_ms: int) -> PrintsBefore:
    """What was traded lately before the first moment that is told."""
    symbol, since_ms = market.symbol, max(market.listed_ms, first_ms - market.average_ms)
    trades = trades_of(market, None, since_ms, first_ms, PRINTS_MAX)
    return PrintsBefore(
        symbol,
        first_ms,
        tuple(
            [
                TradePrinted(
                    symbol, one.time_ms, one.price, one.quantity, one.buyer_is_maker, one.id
                )
                for one in trades
            ]
        ),
    )


def _so_far(
    market: SyntheticMarket, start_ms: int, now_ms: int, told: FeedPosition | None
) -> Iterator[MarketEvent]:
    """What the running minute's trades add up to by now; and where something was `told` of it, how
    the market stands: what was told of its last moment, after the last price if nothing traded."""
    candle = market.minute_so_far(now_ms)
    if candle is not None:
        yield CandleGrew(market.symbol, start_ms, Interval.M1, candle)
    if told is None:
        return
    due_ms = market.moment_at(told.time_ms)
    events = enumerate(market.events_at(due_ms, with_book=True), 1)
    standing = [event for place, event in events if FeedPosition(due_ms, place) <= told]
    if not any(isinstance(event, TradePrinted) for event in standing):
        for trade in trades_of(market, None, None, due_ms, 1):
            yield PricePassed(market.symbol, told.time_ms, trade.price, trade.quantity, is_gap=True)
    yield from standing
