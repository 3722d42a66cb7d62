"""The reference market of one symbol as matching sees it: the feed's levels and what was eaten.

Liquidity that a pool has eaten stays eaten until the feed shows another size at that price. A pool
is one account under isolated matching, or everybody under shared matching.
"""

import operator
from collections.abc import Iterator
from decimal import Decimal

from hypersim.market.average import RollingAverage
from hypersim.market.candle import MINUTE_MS
from hypersim.market.depth import EVERYTHING, LeftBeyond, quoted, walked
from hypersim.market.events import (
    DeepLevels,
    DepthUpdated,
    FeedStalled,
    Level,
    Levels,
    MarketEvent,
    MinutesPassed,
    PricePassed,
    PrintsBefore,
    QuoteUpdated,
    StatisticsUpdated,
    TradePrinted,
)
from hypersim.market.instrument import Instrument
from hypersim.market.number import ZERO, truncate
from hypersim.trading.order import BUY, Side

SHARED_POOL = 0
"""The one pool of shared matching; account ids start at 1."""

Eaten = dict[Decimal, dict[int, Decimal]]
"""price → pool → quantity"""


class ReferenceMarket:
    """Best-first levels of both sides at the prices at which they trade, the last price, and
    whether the feed is fresh.

    Where the feed shows finer sizes than the instrument's step, the rest of a level is out of
    reach.
    """

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.bids: Levels = ()
        self.asks: Levels = ()
        self.deep_bids: DeepLevels | None = None
        self.deep_asks: DeepLevels | None = None
        self.last_price: Decimal | None = None
        self.is_stale = False
        self._has_depth = False
        self._is_passing = False
        self._shown_best: tuple[Levels, Levels] = ((), ())
        self._eaten_bids: Eaten = {}
        self._eaten_asks: Eaten = {}
        self._minute = 0
        self._average = RollingAverage()

    def apply(self, event: MarketEvent) -> None:
        """Take over what the feed said."""
        match event:
            case DepthUpdated(bids=bids, asks=asks, trades_at=inside):
                self._has_depth = True
                self._show(_best_at(inside, bids), _best_at(inside, asks))
                self._shown_best = (bids[:1], asks[:1]) if inside is not None else ((), ())
                self._deepen(event)
            case QuoteUpdated(bid=bid, bid_size=bid_size, ask=ask, ask_size=ask_size):
                self._show_best((bid, bid_size), (ask, ask_size), self.bids, self.asks)
            case TradePrinted(time_ms=time_ms, price=price, quantity=quantity):
                self.trade(time_ms, price, quantity)
            case StatisticsUpdated(time_ms=time_ms, last=last):
                self._look_at(time_ms, last)
                self.last_price = last
            case FeedStalled():
                self.is_stale = True
            case PricePassed(price=price, size=size):
                self._pass(price, size)
                self.last_price = price
            case MinutesPassed():
                self._skip(event)
            case PrintsBefore(prints=prints):
                for one in prints:
                    self._average_in(one.time_ms, one.price, one.quantity)
            case _:
                # A candle tells of trades that were told.
                pass

    def _skip(self, passed: MinutesPassed) -> None:
        self._eaten_bids, self._eaten_asks = {}, {}
        for left in (passed.trade, passed.quote):
            if left is not None:
                self.apply(left)

    def _show(self, bids: Levels, asks: Levels) -> None:
        _refresh(self._eaten_bids, self.bids, bids)
        _refresh(self._eaten_asks, self.asks, asks)
        self.bids, self.asks = bids, asks
        self._shown_best = (), ()
        self.is_stale = self._is_passing = False

    def _show_best(self, bid: Level, ask: Level, bids: Levels, asks: Levels) -> None:
        """Of what was there, the deeper levels stay, if they are of a book: where nothing but
        quotes is told, what was quoted before is over."""
        if self._has_depth:
            self._show(*quoted(bid, ask, bids, asks))
        else:
            self._show((bid,), (ask,))

    def _pass(self, price: Decimal, size: Decimal) -> None:
        """Both sides stand at a price that is being passed. What is there moves along: it is new
        at the first price of the way, and what is eaten of it then is eaten at the next ones too,
        so that nobody gets more because others wait on the way as well."""
        bids, asks = (self.bids[1:], self.asks[1:]) if self._is_passing else (self.bids, self.asks)
        eaten = self._eaten_at_best() if self._is_passing else ({}, {})
        self._show_best((price, size), (price, size), bids, asks)
        self._eaten_bids[price], self._eaten_asks[price] = eaten
        self._is_passing = True

    def _eaten_at_best(self) -> tuple[dict[int, Decimal], dict[int, Decimal]]:
        """By pool, at the bid and at the ask."""
        return (
            self._eaten_bids.get(self.bids[0][0], {}),
            self._eaten_asks.get(self.asks[0][0], {}),
        )

    def _deepen(self, event: DepthUpdated) -> None:
        """What was eaten beyond the shown levels grows back every minute, as nothing is told of
        these levels in between."""
        self.deep_bids, self.deep_asks = event.deep_bids, event.deep_asks
        minute = event.time_ms // MINUTE_MS
        if minute == self._minute:
            return
        self._minute = minute
        for eaten, shown, is_worse in (
            (self._eaten_bids, event.bids, operator.lt),
            (self._eaten_asks, event.asks, operator.gt),
        ):
            for price in [price for price in eaten if shown and is_worse(price, shown[-1][0])]:
                del eaten[price]

    def trade(self, time_ms: int, price: Decimal, quantity: Decimal) -> None:
        """Somebody traded."""
        self._average_in(time_ms, price, quantity)
        self.last_price = price

    def _average_in(self, time_ms: int, price: Decimal, quantity: Decimal) -> None:
        self._look_at(time_ms, price)
        self._average.add(time_ms, price, quantity, self.instrument.average_minutes * MINUTE_MS)

    def average(self, now_ms: int) -> Decimal | None:
        """What price bands and the notionals of market orders are measured against: the mean of the
        latest trades, cut after the quote's decimals. Where there are none, the last trade's price,
        else the middle of the spread."""
        instrument = self.instrument
        mean = self._average.mean(now_ms, instrument.average_minutes * MINUTE_MS)
        return self.price if mean is None else truncate(mean, instrument.quote_places)

    def _look_at(self, time_ms: int, price: Decimal) -> None:
        """A price at which no order of one of the sides could stand was not traded to: it was set
        by hand, or comes after a gap. What traded before it would bar every order near it."""
        instrument = self.instrument
        mean = self._average.mean(time_ms, instrument.average_minutes * MINUTE_MS)
        if mean is None:
            return
        band = instrument.price_band
        low, high = max(band.bid_down, band.ask_down), min(band.bid_up, band.ask_up)
        if not mean * low <= price <= mean * high:
            self._average.clear()

    def untouched(self) -> "ReferenceMarket":
        """What is shown, with nothing eaten."""
        fresh = ReferenceMarket(self.instrument)
        fresh.bids, fresh.asks = self.bids, self.asks
        fresh.deep_bids, fresh.deep_asks = self.deep_bids, self.deep_asks
        fresh._shown_best, fresh._has_depth = self._shown_best, self._has_depth
        fresh.last_price, fresh.is_stale = self.last_price, self.is_stale
        fresh._average = self._average
        return fresh

    def offered_to(self, side: Side) -> Levels:
        """The levels that an order of `side` can trade with, as shown."""
        return self.asks if side is BUY else self.bids

    def best_for(self, side: Side) -> Decimal | None:
        """The price that a market order of `side` gets first."""
        levels = self.offered_to(side)
        return levels[0][0] if levels else None

    def left_for(self, side: Side, pool_id: int) -> Iterator[Level]:
        """The levels that an order of `side` can trade with, less what its pool has eaten."""
        if side is BUY:
            eaten, levels = self._eaten_asks, walked(self.asks, self.deep_asks)
        else:
            eaten, levels = self._eaten_bids, walked(self.bids, self.deep_bids)
        step_size = self.instrument.step_size
        for price, size in levels:
            left = size - eaten[price].get(pool_id, ZERO) if price in eaten else size
            if beyond_step := left % step_size:
                left -= beyond_step
            if left > ZERO:
                yield price, left

    def shown_to(self, side: Side, pool_id: int) -> Iterator[Decimal]:
        """The prices of these levels as they are shown."""
        shown_bids, shown_asks = self._shown_best
        shown = shown_asks if side is BUY else shown_bids
        best = self.best_for(side)
        for price, _ in self.left_for(side, pool_id):
            yield shown[0][0] if shown and price == best else price

    def left(
        self,
    ) -> tuple[Levels, Levels, DeepLevels | None, DeepLevels | None]:
        """(bids, asks) that are shown and (bids, asks) beyond, less what the pool that everybody
        shares has eaten."""
        bids, deep_bids = _left(
            self.bids, self.deep_bids, self._eaten_bids, self.instrument.step_size
        )
        asks, deep_asks = _left(
            self.asks, self.deep_asks, self._eaten_asks, self.instrument.step_size
        )
        shown_bids, shown_asks = self._shown_best
        return (
            _shown_at(shown_bids, self.bids, bids),
            _shown_at(shown_asks, self.asks, asks),
            deep_bids,
            deep_asks,
        )

    def eat(self, side: Side, pool_id: int, taken: tuple[Level, ...]) -> None:
        """Note what an order of `side` took."""
        eaten = self._eaten_asks if side is BUY else self._eaten_bids
        for price, quantity in taken:
            by_pool = eaten.setdefault(price, {})
            by_pool[pool_id] = by_pool.get(pool_id, ZERO) + quantity

    @property
    def price(self) -> Decimal | None:
        """The last trade's price, else the middle of the spread."""
        if self.last_price is not None:
            return self.last_price
        if self.bids and self.asks:
            return (self.bids[0][0] + self.asks[0][0]) / 2
        return None


def _best_at(price: Decimal | None, levels: Levels) -> Levels:
    """The best level at this price, where there is one."""
    if price is None or not levels:
        return levels
    return ((price, levels[0][1]), *levels[1:])


def _shown_at(best: Levels, whole: Levels, left: Levels) -> Levels:
    """What is left of one side, its best level at the price that is shown where it has another."""
    is_there = best and left and left[0][0] == whole[0][0]
    return ((best[0][0], left[0][1]), *left[1:]) if is_there else left


def _left(
    shown: Levels, deep: DeepLevels | None, eaten: Eaten, step_size: Decimal
) -> tuple[Levels, DeepLevels | None]:
    """One side, shown and beyond. Where nothing of the shown is left, some of what was beyond."""
    left = _less(shown, eaten, step_size)
    if deep is None or not eaten or not shown:
        return left, deep
    sizes = dict(shown)
    taken = {price: by_pool.get(SHARED_POOL, ZERO) for price, by_pool in eaten.items()}
    # A shown level that is gone has not become a deep one.
    gone = {price: EVERYTHING for price in taken if price in sizes}
    beyond = LeftBeyond(deep, tuple(sorted((taken | gone).items())), step_size)
    return left or beyond.levels(shown[-1][0], len(shown)), beyond


def _less(levels: Levels, eaten: Eaten, step_size: Decimal) -> Levels:
    """Levels of which less than a step is left are gone; the others keep what is too fine to be
    traded, as long as nobody touches them."""
    if not eaten:
        return levels
    shown = []
    for price, size in levels:
        taken = eaten[price].get(SHARED_POOL, ZERO) if price in eaten else ZERO
        if not taken or size - taken >= step_size:
            shown.append((price, size - taken))
    return tuple(shown)


def _refresh(eaten: Eaten, before: Levels, after: Levels) -> None:
    """Forget what was eaten at every price whose shown size changed."""
    if not eaten or before == after:
        return
    old, new = dict(before), dict(after)
    for price in [price for price in eaten if old.get(price) != new.get(price)]:
        del eaten[price]
