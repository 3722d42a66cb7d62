"""What the public can see of one symbol, by market events alone: quote, book, trades, candles."""

from collections import deque
from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec.structs import astuple

from hypersim.market.among_users import AmongUsers
from hypersim.market.candle import DAY_MS, Candle, Interval, aggregate
from hypersim.market.depth import quoted
from hypersim.market.events import (
    CandleClosed,
    CandleGrew,
    DeepLevels,
    DepthUpdated,
    FeedStalled,
    Levels,
    MarketEvent,
    MinutesPassed,
    PricePassed,
    QuoteUpdated,
    StatisticsUpdated,
    TradePrinted,
)
from hypersim.market.minutes import Minutes
from hypersim.market.number import ZERO
from hypersim.market.numbering import Numbering, TapeEnd
from hypersim.market.tape import PublicTrade, RecordedTrade, Tape
from hypersim.market.ticker import Ticker, day_since

_UPDATES_PER_MS = 100
"""More than a book changes in a millisecond, so that numbers by the time never catch up. Ten times
as many, and Binance's ids made of them had the 16 digits that JavaScript clients take for big
numbers, with which they cannot count."""


class MarketData:
    """The read side of one market.

    `moves` counts the market's events. `update_id` numbers the states of the book, those that
    orders bring about too. It follows the time, so that it is higher after a restart: a client
    that has followed the book takes lower numbers for old ones.
    """

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.time_ms = 0
        self.moves = self.update_id = 0
        self.is_stale = self._has_depth = False
        self.bids: Levels = ()
        self.asks: Levels = ()
        self.deep_bids: DeepLevels | None = None
        self.deep_asks: DeepLevels | None = None
        self.trades_at: Decimal | None = None
        self.tape = Tape()
        self._numbering = Numbering()
        self._users = AmongUsers()
        self._told_id = 0
        self._recalled: PublicTrade | None = None
        self.statistics: StatisticsUpdated | None = None
        self._minutes = Minutes()

    def apply(self, event: MarketEvent) -> list[Candle]:
        """Take in an event; returns the minutes that it closed."""
        self.time_ms = max(self.time_ms, event.time_ms)
        self.moves += 1
        match event:
            case QuoteUpdated():
                # Where nothing but quotes is told, what was quoted before is over.
                self.trades_at = None
                before = (self.bids, self.asks) if self._has_depth else ((), ())
                bid, ask = (event.bid, event.bid_size), (event.ask, event.ask_size)
                self.show(*quoted(bid, ask, *before), self.deep_bids, self.deep_asks)
            case DepthUpdated():
                self.trades_at, self._has_depth = event.trades_at, True
                self.show(event.bids, event.asks, event.deep_bids, event.deep_asks)
            case TradePrinted():
                return self._print(event)
            case CandleClosed() | CandleGrew():
                return self._told(event)
            case MinutesPassed():
                return self._skip(event)
            case StatisticsUpdated():
                self.statistics = event
            case FeedStalled():
                self.is_stale = True
            case PricePassed(is_gap=is_gap):
                closed = self.pass_time(event.time_ms)
                if is_gap:
                    self._minutes.stand(event.time_ms, event.price)
                return closed
        return self.pass_time(event.time_ms)

    def add_trade(
        self,
        time_ms: int,
        price: Decimal,
        quantity: Decimal,
        *,
        buyer_is_maker: bool,
        taker_order_id: int | None = None,
    ) -> list[Candle]:
        """Take in a trade among users: it stands between two of the feed's, whose later numbers it
        moves up. Returns the minutes that it closed or changed."""
        grows = self.tape.is_of_last_aggregate(taker_order_id, price)
        self._numbering.count_users(grows_aggregate=grows)
        closed = self._add(time_ms, price, quantity, buyer_is_maker, taker_order_id)
        self._users.add(self.trades[-1], self.end.feed_id)
        return closed

    def _print(self, event: TradePrinted) -> list[Candle]:
        told = event.told
        count = 1 if told is None else told.total
        if count == 0 or not self._numbering.count_feeds(event.venue_id, count):
            return self.pass_time(event.time_ms)
        if told is not None:
            ahead = self.end.aggregate_id - self.end.trade_id
            return self._minutes.add_told(self.tape.add_told(told, self._numbering.shift, ahead))
        return self._add(event.time_ms, event.price, event.quantity, event.buyer_is_maker, None)

    def _told(self, event: CandleClosed | CandleGrew) -> list[Candle]:
        tell = self._close if isinstance(event, CandleClosed) else self._grow
        return tell(event.candle) if event.interval is Interval.M1 else []

    def _close(self, candle: Candle) -> list[Candle]:
        ours = self._minutes.at(candle.open_ms) or self.running_minute
        if ours is not None and ours.open_ms != candle.open_ms:
            ours = None
        whole = self._users.closed(candle, ours, self._numbering.shift)
        return self._minutes.replace(whole, knows_price=not self._users.have_traded)

    def _skip(self, passed: MinutesPassed) -> list[Candle]:
        """Nobody saw the trades of these minutes: who asks for them is told by the feed."""
        closed = [changed for minute in passed.minutes for changed in self._close(minute)]
        trade = passed.trade
        if trade is not None and self._numbering.count_feeds(trade.venue_id):
            self.tape = Tape()
            self.recall(trade.public(self.end.trade_id))
        return closed if passed.quote is None else [*closed, *self.apply(passed.quote)]

    def _grow(self, candle: Candle) -> list[Candle]:
        """What traded before the prints began, or while there were none, is in the candle; prints
        up to its last trade are in it too."""
        closed = self.pass_time(candle.open_ms)
        self.tape.forget_before_a_hole()
        running = self.running_minute
        is_over = running is not None and running.open_ms != candle.open_ms
        if candle.first_trade_id is None or is_over:
            return closed
        known, self._told_id = self._users.grown(candle, self._numbering.shift)
        self._minutes.resume(self.tape.grown(known, self._told_id))
        return closed

    def _add(
        self,
        time_ms: int,
        price: Decimal,
        quantity: Decimal,
        buyer_is_maker: bool,
        taker_order_id: int | None,
    ) -> list[Candle]:
        if self.trades:
            # Ids and times rise together, so that a minute's trades are next to each other.
            time_ms = max(time_ms, self.trades[-1].time_ms)
        trade = PublicTrade(self.end.trade_id, time_ms, price, quantity, buyer_is_maker)
        self.tape.add(trade, self.end.aggregate_id, taker_order_id)
        is_told = trade.id <= self._told_id
        return self.pass_time(time_ms) if is_told else self._minutes.add(trade)

    def last_recorded(self) -> RecordedTrade:
        """The last trade, as the record keeps it."""
        return RecordedTrade(self.symbol, *astuple(self.end), *astuple(self.trades[-1])[1:])

    def pass_time(self, time_ms: int) -> list[Candle]:
        """Close the minutes that are over at `time_ms`."""
        return self._minutes.pass_time(time_ms)

    def load_minutes(self, candles: Sequence[Candle]) -> None:
        """Take in closed minutes from before the running one: see `Minutes.load`."""
        self._minutes.load(candles)

    def align(self, minute_id: int, last_id: int) -> None:
        """See `Numbering.align`."""
        self._numbering.align(minute_id, last_id)

    def resume(self, minute: Candle | None, end: TapeEnd) -> None:
        """Go on where the record ends: with the minute that was running, and its numbers."""
        self._numbering.end = end
        if minute is not None:
            self._minutes.resume(minute)

    def recall_users(self, recorded: Iterable[RecordedTrade], before: RecordedTrade | None) -> None:
        """See `AmongUsers.load`."""
        self._users.load(recorded, before)

    def candles(self, interval: Interval, start_ms: int, now_ms: int = 0) -> list[Candle]:
        """Ascending bars that opened at `start_ms` or later, the unfinished one last: that of the
        last event, or of `now_ms` if that is later. Only bars that are covered whole by the
        minutes at hand, or for seconds by the trades at hand."""
        if interval is Interval.S1:
            return self.tape.seconds(start_ms, max(self.time_ms, now_ms))
        minutes = self._minutes.since(start_ms, now_ms)
        if not minutes:
            return []
        from_ms = interval.first_open_ms(max(start_ms, minutes[0].open_ms))
        minutes = [bar for bar in minutes if bar.open_ms >= from_ms]
        return minutes if interval is Interval.M1 else aggregate(minutes, interval)

    @property
    def end(self) -> TapeEnd:
        """Where its numbers stand."""
        return self._numbering.end

    @property
    def feed_numbers_trades(self) -> bool:
        """Whether the feed's prints have had ids, so that it tells them again."""
        return self._numbering.feed_numbers_trades

    @property
    def first_minute_ms(self) -> int | None:
        """When the oldest minute in memory opened; None until a price is known."""
        return self._minutes.first_ms

    @property
    def running_minute(self) -> Candle | None:
        """The unfinished minute; None until a price is known."""
        return self._minutes.running

    @property
    def last_trade_id(self) -> int:
        """The id of the last public trade; 0 before the first one."""
        return self.end.trade_id

    @property
    def trades(self) -> deque[PublicTrade]:
        """The latest trades, oldest first."""
        return self.tape.trades

    def recall(self, trade: PublicTrade) -> None:
        """This was the last trade before the first one in memory."""
        self._recalled = trade

    @property
    def last_trade(self) -> PublicTrade | None:
        """The last public trade, as far as it is known."""
        return self.tape.last or self._recalled

    @property
    def last_price(self) -> Decimal | None:
        """The last trade's price, as seen or as the venue says; else the middle of the spread."""
        venue = self.statistics
        if venue is not None and (not self.trades or venue.time_ms > self.trades[-1].time_ms):
            return venue.last
        if self.running_minute is not None:
            return self.running_minute.close
        if self.bids and self.asks:
            return (self.bids[0][0] + self.asks[0][0]) / 2
        return None

    def ticker(self) -> Ticker:
        """The rolling 24 hours up to the last event: the venue's own figures where the feed brings
        them, else those of the minutes at hand."""
        bid, bid_size = self.bids[0] if self.bids else (None, None)
        ask, ask_size = self.asks[0] if self.asks else (None, None)
        day, venue, last = self._minutes.day(), self.statistics, self.last_price
        if venue is not None:
            day = day_since(venue, last, self.trades, self._numbering.shift)
        return Ticker(
            self.symbol,
            self.time_ms,
            self.is_stale,
            bid,
            bid_size,
            ask,
            ask_size,
            *((day.open, day.high, day.low, day.close) if day else (last, last, last, last)),
            day.volume if day else ZERO,
            day.quote_volume if day else ZERO,
            day.trade_count if day else 0,
            self.time_ms - DAY_MS,
            day.first_trade_id if day else None,
            self.end,
            self.trades_at,
        )

    def show(
        self,
        bids: Levels,
        asks: Levels,
        deep_bids: DeepLevels | None = None,
        deep_asks: DeepLevels | None = None,
    ) -> None:
        """The book is this now."""
        self.bids, self.asks = bids, asks
        self.deep_bids, self.deep_asks = deep_bids, deep_asks
        self.update_id = max(self.update_id + 1, self.time_ms * _UPDATES_PER_MS)
        self.is_stale = False
