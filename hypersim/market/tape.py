"""What the trades of one market leave behind: the latest ones, aggregates of them, and seconds."""

from collections import deque
from decimal import Decimal
from typing import NamedTuple, Protocol, TypeVar

import msgspec
from msgspec.structs import replace

from hypersim.market.bars import Bars
from hypersim.market.candle import SECOND_MS, Candle, Interval, flat_candle
from hypersim.market.roll import Roll

TRADES_MAX = 1_000
"""Public trades, and aggregates of them, at hand per symbol; `OLDER_MAX` more are packed."""

MADE_MAX = TRADES_MAX // 2
"""Of trades that are told many at a time; twice as many are less than what is at hand, so that a
reader who is told of the rest at once does not look like one who missed some."""

SECONDS_MAX = 1_000
"""Seconds with a trade kept per symbol, as many as a client asks for at once; older ones come from
the feed's history."""


class PublicTrade(msgspec.Struct, frozen=True, gc=False):
    """A trade as the public sees it; ids ascend per symbol."""

    id: int
    time_ms: int
    price: Decimal
    quantity: Decimal
    buyer_is_maker: bool

    @property
    def first_id(self) -> int:
        """As of what one order traded."""
        return self.id

    @property
    def last_id(self) -> int:
        """As of what one order traded."""
        return self.id


class AggregateTrade(msgspec.Struct, frozen=True, gc=False):
    """What one arriving order traded at one price: one trade or several in a row. Ids are a row of
    numbers without gaps per symbol. `taker_order_id` is None for what came from a feed, whose
    prints each stand alone."""

    id: int
    first_id: int
    last_id: int
    time_ms: int
    price: Decimal
    quantity: Decimal
    buyer_is_maker: bool
    taker_order_id: int | None = None

    def with_trade(self, trade: PublicTrade) -> "AggregateTrade":
        """This one with one more trade of the same order at the same price."""
        return msgspec.structs.replace(
            self, last_id=trade.id, quantity=self.quantity + trade.quantity
        )


N = TypeVar("N", PublicTrade, AggregateTrade)


class RecordedTrade(msgspec.Struct, frozen=True, gc=False):
    """A trade on the public tape that no feed could tell again, for the record: among users, or of
    a feed that does not number its trades. `feed_id` is the feed's id of the last trade of the feed
    up to it."""

    symbol: str
    id: int
    aggregate_id: int
    feed_id: int
    time_ms: int
    price: Decimal
    quantity: Decimal
    buyer_is_maker: bool


class ToldTrades(Protocol):
    """Several trades in a row that happened at one moment, under the feed's own ids; they never
    change. `bar` is what they add up to."""

    @property
    def first_id(self) -> int:
        """The id of the first of them."""
        ...

    @property
    def total(self) -> int:
        """How many there are; may be none."""
        ...

    @property
    def bar(self) -> Candle:
        """What they add up to, opened at their moment; only where there are some."""
        ...

    def latest(self, limit: int) -> list[PublicTrade]:
        """The last of them, oldest first."""
        ...


class _Unmade(NamedTuple):
    """See `Tape.add_told`."""

    told: ToldTrades
    shift: int
    ahead: int


_trades = msgspec.msgpack.Decoder(list[PublicTrade])
_aggregates = msgspec.msgpack.Decoder(list[AggregateTrade])


class Tape:
    """The latest trades of one market. Those that are told many at a time are only made when
    somebody looks, and only as many as are kept at hand."""

    def __init__(self) -> None:
        self._trade_roll = Roll(_trades, TRADES_MAX)
        self._aggregate_roll = Roll(_aggregates, TRADES_MAX)
        self._seconds = Bars()
        self._second: Candle | None = None
        self._unmade: deque[_Unmade] = deque()

    @property
    def trade_roll(self) -> Roll[PublicTrade]:
        """The trades."""
        self._make()
        return self._trade_roll

    @property
    def aggregate_roll(self) -> Roll[AggregateTrade]:
        """The aggregates of them."""
        self._make()
        return self._aggregate_roll

    @property
    def trades(self) -> deque[PublicTrade]:
        """Those at hand of the trades."""
        return self.trade_roll.latest

    @property
    def aggregates(self) -> deque[AggregateTrade]:
        """Those at hand of the aggregates."""
        return self.aggregate_roll.latest

    @property
    def last(self) -> PublicTrade | None:
        """The last trade; those before it are not made for that."""
        if self._unmade:
            told, shift, _ = self._unmade[-1]
            (last,) = told.latest(1)
            return replace(last, id=last.id + shift)
        latest = self._trade_roll.latest
        return latest[-1] if latest else None

    def is_of_last_aggregate(self, taker_order_id: int | None, price: Decimal) -> bool:
        """Whether a trade of this order at this price belongs to the last aggregate."""
        last = self.aggregates[-1] if self.aggregates else None
        return (
            last is not None
            and taker_order_id is not None
            and (last.taker_order_id, last.price) == (taker_order_id, price)
        )

    def add(self, trade: PublicTrade, aggregate_id: int, taker_order_id: int | None) -> None:
        """Take in the next trade. It belongs to the last aggregate or is one of its own, under the
        next id."""
        if self.is_of_last_aggregate(taker_order_id, trade.price):
            self.aggregates[-1] = self.aggregates[-1].with_trade(trade)
        else:
            self.aggregate_roll.append(alone(trade, aggregate_id, taker_order_id))
        self.trade_roll.append(trade)
        self._second = self._second_at(trade.time_ms, trade.price).with_public(trade)

    def add_told(self, told: ToldTrades, shift: int, ahead: int) -> Candle:
        """Take in trades of one moment, whose public ids are above the feed's own by `shift`. Each
        is an aggregate of its own, whose id is so far ahead of the trade's. Returns what they add
        up to."""
        bar = replace(told.bar, first_trade_id=told.first_id + shift)
        self._second = self._second_at(bar.open_ms, bar.open).followed_by(bar)
        self._unmade.append(_Unmade(told, shift, ahead))
        kept = sum(one.told.total for one in self._unmade)
        while kept - self._unmade[0].told.total >= MADE_MAX:
            kept -= self._unmade.popleft().told.total
        return bar

    def _make(self) -> None:
        while self._unmade:
            told, shift, ahead = self._unmade.popleft()
            trades = [replace(one, id=one.id + shift) for one in told.latest(MADE_MAX)]
            last = self._trade_roll.latest[-1] if self._trade_roll.latest else None
            if last is not None and trades[0].id != last.id + 1:
                # Whoever knows them all tells those between.
                self._trade_roll.clear()
                self._aggregate_roll.clear()
            for trade in trades:
                self._trade_roll.append(trade)
                self._aggregate_roll.append(alone(trade, trade.id + ahead))

    def _second_at(self, time_ms: int, price: Decimal) -> Candle:
        """The running second, or a new one; the one before is then over."""
        open_ms, second = Interval.S1.open_ms(time_ms), self._second
        if second is not None:
            if second.open_ms >= open_ms:
                return second
            self._seconds.append(second)
            self._seconds.drop_first(len(self._seconds) + 1 - SECONDS_MAX)
        return flat_candle(open_ms, price)

    def seconds(self, start_ms: int, now_ms: int) -> list[Candle]:
        """One-second bars that opened at `start_ms` or later, up to the one that `now_ms` is in;
        a second without a trade is a flat bar."""
        if self._second is None:
            return []
        first_ms = Interval.S1.first_open_ms(start_ms)
        # The one before tells the price at which those stand in which nobody traded.
        known = [*self._seconds[max(0, self._seconds.index_at(first_ms) - 1) :], self._second]
        ends = [second.open_ms for second in known[1:]]
        ends.append(Interval.S1.open_ms(now_ms) + SECOND_MS)
        bars: list[Candle] = []
        for second, end_ms in zip(known, ends, strict=False):
            if second.open_ms >= first_ms:
                bars.append(second)
            flats = range(max(second.open_ms + SECOND_MS, first_ms), end_ms, SECOND_MS)
            bars += [flat_candle(open_ms, second.close) for open_ms in flats]
        return bars

    def grown(self, candle: Candle, after_id: int) -> Candle:
        """The candle with those of the trades at hand after this id that happened in it."""
        for trade in self.trades:
            if trade.id > after_id and trade.time_ms >= candle.open_ms:
                candle = candle.with_public(trade)
        return candle

    def forget_before_a_hole(self) -> None:
        """Trades from before the last ids that are missing are left to whoever knows them all."""
        for roll in (self.trade_roll, self.aggregate_roll):
            roll.forget_before_a_hole()


def alone(
    trade: PublicTrade, aggregate_id: int, taker_order_id: int | None = None
) -> AggregateTrade:
    """An aggregate of one trade."""
    return AggregateTrade(
        aggregate_id,
        trade.id,
        trade.id,
        trade.time_ms,
        trade.price,
        trade.quantity,
        trade.buyer_is_maker,
        taker_order_id,
    )


def newer(trades: deque[N], last_id: int) -> list[N] | None:
    """Those after the one that ended with `last_id`, oldest first; None when some of them may have
    been forgotten."""
    found: list[N] = []
    for trade in reversed(trades):
        if trade.last_id <= last_id:
            break
        found.append(trade)
    else:
        if len(trades) == trades.maxlen and found[-1].first_id > last_id + 1:
            return None
    found.reverse()
    return found
