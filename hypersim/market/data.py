"""What the public can see of one symbol: quote, book, recent trades, candles, 24 h ticker.

Built from market events alone. Minutes are the base: every longer candle and the ticker come from
them. A minute without a trade is a flat bar at the last price, so that bars never have gaps.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice

import msgspec

from hypersim.market.candle import (
    DAY_MS,
    MINUTE_MS,
    Candle,
    Interval,
    aggregate,
    flat_candle,
)
from hypersim.market.events import (
    CandleClosed,
    DeepLevels,
    DepthUpdated,
    FeedStalled,
    Level,
    MarketEvent,
    PricePassed,
    QuoteUpdated,
    StatisticsUpdated,
    TradePrinted,
)
from hypersim.market.number import ZERO
from hypersim.market.tape import PublicTrade, Tape

MINUTES_MAX = 2 * 24 * 60
"""Closed minutes kept per symbol; older candles come from the feed's history."""

_UPDATES_PER_MS = 100
"""More than a book changes in a millisecond, so that numbers by the time never catch up. Ten times
as many, and Binance's ids made of them had the 16 digits that JavaScript clients take for big
numbers, with which they cannot count."""


class Ticker(msgspec.Struct, frozen=True, gc=False):
    """The last 24 hours and the best quote; a price is None until it is known."""

    symbol: str
    time_ms: int
    is_stale: bool
    bid: Decimal | None
    bid_size: Decimal | None
    ask: Decimal | None
    ask_size: Decimal | None
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    last: Decimal | None
    base_volume: Decimal
    quote_volume: Decimal
    trade_count: int
    open_ms: int


class MarketData:
    """The read side of one market.

    `update_id` numbers the states of the book. It follows the time of the market, so that it is
    higher after a restart: a client that has followed the book takes lower numbers for old ones.
    """

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.time_ms = 0
        self.update_id = 0
        self.is_stale = False
        self.bids: tuple[Level, ...] = ()
        self.asks: tuple[Level, ...] = ()
        self.deep_bids: DeepLevels | None = None
        self.deep_asks: DeepLevels | None = None
        self.tape = Tape()
        self.last_trade_id = 0
        self.statistics: StatisticsUpdated | None = None
        self._minutes: deque[Candle] = deque(maxlen=MINUTES_MAX)
        self._current: Candle | None = None
        self._day: Candle | None = None
        self._day_start_ms: int | None = None

    def apply(self, event: MarketEvent) -> list[Candle]:
        """Take in an event; returns the minutes that it closed."""
        self.time_ms = max(self.time_ms, event.time_ms)
        match event:
            case QuoteUpdated():
                deeper_bids = (level for level in self.bids if level[0] < event.bid)
                deeper_asks = (level for level in self.asks if level[0] > event.ask)
                self.show(
                    ((event.bid, event.bid_size), *deeper_bids),
                    ((event.ask, event.ask_size), *deeper_asks),
                    self.deep_bids,
                    self.deep_asks,
                )
            case DepthUpdated():
                self.show(event.bids, event.asks, event.deep_bids, event.deep_asks)
            case TradePrinted():
                return self.add_trade(
                    event.time_ms,
                    event.price,
                    event.quantity,
                    buyer_is_maker=event.buyer_is_maker,
                    venue_id=event.venue_id,
                )
            case CandleClosed(interval=interval, candle=candle):
                return self._replace_minute(candle) if interval is Interval.M1 else []
            case StatisticsUpdated():
                self.statistics = event
            case FeedStalled():
                self.is_stale = True
            case PricePassed():
                pass
        return self.pass_time(event.time_ms)

    def add_trade(
        self,
        time_ms: int,
        price: Decimal,
        quantity: Decimal,
        *,
        buyer_is_maker: bool,
        venue_id: int | None = None,
        taker_order_id: int | None = None,
    ) -> list[Candle]:
        """Take in a trade; its id is the venue's where that ascends, else the next number. Numbers
        begin at the time, so that they go on rising when the server starts again."""
        closed = self.pass_time(time_ms)
        next_id = self.last_trade_id + 1 if self.last_trade_id or venue_id else time_ms
        self.last_trade_id = max(next_id, venue_id or 0)
        trade = PublicTrade(self.last_trade_id, time_ms, price, quantity, buyer_is_maker)
        self.tape.add(trade, taker_order_id)
        current = self._current
        if current is None:
            current = flat_candle(Interval.M1.open_ms(time_ms), price)
        if _is_flat(current):
            current = flat_candle(current.open_ms, price)
        self._current = current.with_trade(price, quantity, buyer_is_taker=not buyer_is_maker)
        return closed

    def pass_time(self, time_ms: int) -> list[Candle]:
        """Close the minutes that are over at `time_ms`."""
        current = self._current
        if current is None or time_ms < current.open_ms + MINUTE_MS:
            return []
        open_ms = Interval.M1.open_ms(time_ms)
        closed = [current, *_flat_minutes(current, open_ms)]
        self._minutes.extend(closed)
        self._current = flat_candle(open_ms, current.close)
        return closed

    def load_minutes(self, candles: Iterable[Candle]) -> None:
        """Put history in front: ascending closed minutes from before the first live one."""
        first_live = self._minutes[0] if self._minutes else self._current
        older = [
            candle
            for candle in candles
            if first_live is None or candle.open_ms < first_live.open_ms
        ]
        if not older:
            return
        end_ms = older[-1].open_ms + MINUTE_MS if first_live is None else first_live.open_ms
        filled = _without_gaps(older, end_ms)
        self._minutes = deque([*filled, *self._minutes], maxlen=MINUTES_MAX)
        self._day_start_ms = None
        if self._current is None:
            self._current = flat_candle(end_ms, older[-1].close)

    def candles(self, interval: Interval, start_ms: int, now_ms: int = 0) -> list[Candle]:
        """Ascending bars that opened at `start_ms` or later, the unfinished one last: that of the
        last event, or of `now_ms` if that is later. Only bars that are covered whole by the
        minutes at hand, or for seconds by the trades at hand."""
        if interval is Interval.S1:
            return self.tape.seconds(start_ms, max(self.time_ms, now_ms))
        if self._current is None:
            return []
        quiet = _flat_minutes(self._current, Interval.M1.open_ms(now_ms) + MINUTE_MS)
        minutes = [*self._minutes, self._current, *quiet]
        from_ms = interval.first_open_ms(max(start_ms, minutes[0].open_ms))
        return aggregate((bar for bar in minutes if bar.open_ms >= from_ms), interval)

    @property
    def running_minute(self) -> Candle | None:
        """The unfinished minute; None until a price is known."""
        return self._current

    @property
    def trades(self) -> deque[PublicTrade]:
        """The latest trades, oldest first."""
        return self.tape.trades

    @property
    def last_price(self) -> Decimal | None:
        """The last trade's price, as seen or as the venue says; else the middle of the spread."""
        venue = self.statistics
        if venue is not None and (not self.trades or venue.time_ms > self.trades[-1].time_ms):
            return venue.last
        if self._current is not None:
            return self._current.close
        if self.bids and self.asks:
            return (self.bids[0][0] + self.asks[0][0]) / 2
        return None

    def ticker(self) -> Ticker:
        """The rolling 24 hours up to the last event: the venue's own figures where the feed brings
        them, else those of the minutes at hand."""
        bid, bid_size = self.bids[0] if self.bids else (None, None)
        ask, ask_size = self.asks[0] if self.asks else (None, None)
        day = self._rolling_day()
        return Ticker(
            self.symbol,
            self.time_ms,
            self.is_stale,
            bid,
            bid_size,
            ask,
            ask_size,
            day.open if day else self.last_price,
            day.high if day else self.last_price,
            day.low if day else self.last_price,
            day.close if day else self.last_price,
            day.volume if day else ZERO,
            day.quote_volume if day else ZERO,
            day.trade_count if day else 0,
            self.time_ms - DAY_MS,
        )

    def _rolling_day(self) -> Candle | None:
        venue = self.statistics
        if venue is not None:
            last = self.last_price or venue.last
            return Candle(
                venue.time_ms - DAY_MS,
                venue.open,
                max(venue.high, last),
                min(venue.low, last),
                last,
                venue.base_volume,
                venue.quote_volume,
                venue.trade_count,
            )
        current = self._current
        if current is None:
            return None
        start_ms = current.open_ms - DAY_MS + MINUTE_MS
        if start_ms != self._day_start_ms:
            self._day, self._day_start_ms = self._closed_since(start_ms), start_ms
        return self._day.followed_by(current) if self._day else current

    def _closed_since(self, start_ms: int) -> Candle | None:
        day: Candle | None = None
        skip = max(0, len(self._minutes) - DAY_MS // MINUTE_MS)
        for minute in islice(self._minutes, skip, None):
            if minute.open_ms >= start_ms:
                day = minute if day is None else day.followed_by(minute)
        return day

    def show(
        self,
        bids: tuple[Level, ...],
        asks: tuple[Level, ...],
        deep_bids: DeepLevels | None = None,
        deep_asks: DeepLevels | None = None,
    ) -> None:
        """The book is this now."""
        self.bids, self.asks = bids, asks
        self.deep_bids, self.deep_asks = deep_bids, deep_asks
        self.update_id = max(self.update_id + 1, self.time_ms * _UPDATES_PER_MS)
        self.is_stale = False

    def _replace_minute(self, candle: Candle) -> list[Candle]:
        """The venue's own bar is truer than ours, which missed trades before we were connected."""
        closed = self.pass_time(candle.open_ms + MINUTE_MS)
        if self._current is None:
            self._minutes.append(candle)
            self._current = flat_candle(candle.open_ms + MINUTE_MS, candle.close)
            return [candle]
        changed = [bar for bar in closed if bar.open_ms < candle.open_ms]
        index = len(self._minutes) - (self._current.open_ms - candle.open_ms) // MINUTE_MS
        if not 0 <= index < len(self._minutes) or self._minutes[index].open_ms != candle.open_ms:
            return [*changed, candle]
        self._minutes[index] = candle
        self._day_start_ms = None
        return [*changed, candle, *self._flatten_from(index + 1, candle.close)]

    def _flatten_from(self, index: int, price: Decimal) -> list[Candle]:
        """Minutes without a trade stay at the close before them; returns the closed ones."""
        flattened = []
        while index < len(self._minutes) and _is_flat(self._minutes[index]):
            self._minutes[index] = flat_candle(self._minutes[index].open_ms, price)
            flattened.append(self._minutes[index])
            index += 1
        if index == len(self._minutes) and self._current is not None and _is_flat(self._current):
            self._current = flat_candle(self._current.open_ms, price)
        return flattened


def _is_flat(candle: Candle) -> bool:
    return candle.trade_count == 0 and candle.volume == 0


def _without_gaps(candles: Iterable[Candle], end_ms: int) -> Iterator[Candle]:
    """Each minute from the first candle up to `end_ms`; those that are missing are flat bars."""
    last: Candle | None = None
    for candle in candles:
        if last is not None:
            yield from _flat_minutes(last, candle.open_ms)
        yield candle
        last = candle
    if last is not None:
        yield from _flat_minutes(last, end_ms)


def _flat_minutes(last: Candle, end_ms: int) -> Iterator[Candle]:
    """The minutes after `last` up to `end_ms`; after a long sleep only those that are kept."""
    start_ms = max(last.open_ms + MINUTE_MS, end_ms - MINUTES_MAX * MINUTE_MS)
    for open_ms in range(start_ms, end_ms, MINUTE_MS):
        yield flat_candle(open_ms, last.close)
