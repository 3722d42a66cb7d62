"""Candles and their intervals, on UTC boundaries as Binance draws them (weeks start on Monday)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

import msgspec

from hypersim.market.number import ZERO

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS
# 1970-01-01 was a Thursday; the first Monday came four days later.
_FIRST_MONDAY_MS = 4 * DAY_MS
# From the first of March of the year 0.
_DAYS_TO_1970 = 719_468
_CYCLE_DAYS = 400 * 365 + 97


class Interval(StrEnum):
    """Candle lengths, spelt as CCXT and Binance spell them."""

    S1 = "1s"
    M1 = "1m"
    M3 = "3m"
    M5 = "5m"
    M15 = "15m"
    M30 = "30m"
    H1 = "1h"
    H2 = "2h"
    H4 = "4h"
    H6 = "6h"
    H8 = "8h"
    H12 = "12h"
    D1 = "1d"
    D3 = "3d"
    W1 = "1w"
    MONTH = "1M"

    @property
    def length_ms(self) -> int:
        """Nominal length; a month counts 30 days, so use `next_open_ms` to step."""
        return _LENGTHS_MS[self]

    def open_ms(self, time_ms: int) -> int:
        """When the candle that contains `time_ms` opened."""
        if self is Interval.MONTH:
            day = time_ms // DAY_MS
            return (day - _days_before_in_month(day)) * DAY_MS
        if self is Interval.W1:
            return time_ms - (time_ms - _FIRST_MONDAY_MS) % WEEK_MS
        return time_ms - time_ms % self.length_ms

    def next_open_ms(self, open_ms: int) -> int:
        """When the candle after the one that opened at `open_ms` opens."""
        if self is Interval.MONTH:
            return self.open_ms(open_ms + 32 * DAY_MS)
        return open_ms + self.length_ms

    def first_open_ms(self, start_ms: int) -> int:
        """When the first candle that opens at `start_ms` or later opens."""
        open_ms = self.open_ms(start_ms)
        return open_ms if open_ms == start_ms else self.next_open_ms(open_ms)


def _days_before_in_month(day: int) -> int:
    """How many days of its month came before this day, counted from 1970-01-01; of any year, while
    `datetime` ends with the year 9999. Years are counted from March, so that February is last, in
    cycles of 400 (Howard Hinnant, "chrono-compatible low-level date algorithms")."""
    day_of_cycle = (day + _DAYS_TO_1970) % _CYCLE_DAYS
    year = (
        day_of_cycle
        - day_of_cycle // (4 * 365)
        + day_of_cycle // (100 * 365 + 24)
        - day_of_cycle // (_CYCLE_DAYS - 1)
    ) // 365
    day_of_year = day_of_cycle - (365 * year + year // 4 - year // 100)
    month = (5 * day_of_year + 2) // 153
    return day_of_year - (153 * month + 2) // 5


_UNITS_MS = {"s": SECOND_MS, "m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS, "w": WEEK_MS}
_LENGTHS_MS = {
    interval: 30 * DAY_MS
    if interval is Interval.MONTH
    else int(interval.value[:-1]) * _UNITS_MS[interval.value[-1]]
    for interval in Interval
}


class Traded(Protocol):
    """A trade with a public id."""

    @property
    def id(self) -> int:
        """Its own id."""
        ...

    @property
    def price(self) -> Decimal:
        """In quote."""
        ...

    @property
    def quantity(self) -> Decimal:
        """In base."""
        ...

    @property
    def buyer_is_maker(self) -> bool:
        """Whether the taker sold."""
        ...


class Candle(msgspec.Struct, frozen=True, gc=False):
    """One bar: prices in quote, `volume` in base, taker volumes are the buyers' part.

    `first_trade_id` is the public id of its first trade; None where nothing traded, or where it is
    not known. Ids have no gaps, so the last trade's follows from the count.
    """

    open_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal = ZERO
    quote_volume: Decimal = ZERO
    trade_count: int = 0
    taker_volume: Decimal = ZERO
    taker_quote_volume: Decimal = ZERO
    first_trade_id: int | None = None

    @property
    def is_flat(self) -> bool:
        """Whether nothing traded: its prices are then only the last close before it."""
        return self.trade_count == 0 and self.volume == 0

    @property
    def last_trade_id(self) -> int | None:
        """The public id of its last trade, if it has one that is known."""
        first_id = self.first_trade_id
        return first_id + self.trade_count - 1 if first_id is not None else None

    def with_trade(
        self,
        price: Decimal,
        quantity: Decimal,
        *,
        buyer_is_taker: bool,
        trade_id: int | None = None,
    ) -> "Candle":
        """This bar after one more trade; the first one makes the prices of a flat bar."""
        notional = price * quantity
        is_first = self.is_flat
        return Candle(
            self.open_ms,
            price if is_first else self.open,
            price if is_first else max(self.high, price),
            price if is_first else min(self.low, price),
            price,
            self.volume + quantity,
            self.quote_volume + notional,
            self.trade_count + 1,
            self.taker_volume + quantity if buyer_is_taker else self.taker_volume,
            self.taker_quote_volume + notional if buyer_is_taker else self.taker_quote_volume,
            trade_id if is_first else self.first_trade_id,
        )

    def with_public(self, trade: Traded) -> "Candle":
        """This bar after one more trade."""
        return self.with_trade(
            trade.price,
            trade.quantity,
            buyer_is_taker=not trade.buyer_is_maker,
            trade_id=trade.id,
        )

    def followed_by(self, later: "Candle") -> "Candle":
        """The bar that spans this one and `later`. Where one of them is flat, the other's prices
        stand: a price that nobody traded is in no bar with trades."""
        if later.is_flat and not self.is_flat:
            return self
        if self.is_flat and not later.is_flat:
            return msgspec.structs.replace(later, open_ms=self.open_ms)
        return Candle(
            self.open_ms,
            self.open,
            max(self.high, later.high),
            min(self.low, later.low),
            later.close,
            self.volume + later.volume,
            self.quote_volume + later.quote_volume,
            self.trade_count + later.trade_count,
            self.taker_volume + later.taker_volume,
            self.taker_quote_volume + later.taker_quote_volume,
            self.first_trade_id,
        )


def flat_candle(open_ms: int, price: Decimal) -> Candle:
    """A bar in which nothing traded."""
    return Candle(open_ms, price, price, price, price)


def aggregate(candles: Iterable[Candle], interval: Interval, offset_ms: int = 0) -> list[Candle]:
    """Ascending bars of `interval` from ascending shorter bars. `offset_ms` is how far local time
    is ahead of UTC, for bars that open at local midnight."""
    bars: list[Candle] = []
    parts: list[Candle] = []
    next_ms = 0
    for candle in candles:
        if parts and candle.open_ms >= next_ms:
            bars.append(merged(parts))
            parts.clear()
        if not parts:
            open_ms = interval.open_ms(candle.open_ms + offset_ms)
            next_ms = interval.next_open_ms(open_ms) - offset_ms
            candle = msgspec.structs.replace(candle, open_ms=open_ms - offset_ms)
        parts.append(candle)
    return [*bars, merged(parts)] if parts else bars


def joined(bars: list[Candle], later: Sequence[Candle]) -> list[Candle]:
    """`bars` with those after them, of which the first may be the rest of the last bar."""
    if bars and later and bars[-1].open_ms == later[0].open_ms:
        bars[-1] = bars[-1].followed_by(later[0])
        later = later[1:]
    bars.extend(later)
    return bars


def merged(candles: Sequence[Candle]) -> Candle:
    """The bar that spans ascending ones, of which there must be at least one. Flat ones only count
    where nothing traded in all of it."""
    first = candles[0]
    if len(candles) == 1:
        return first
    traded = [bar for bar in candles if not bar.is_flat] or candles
    return Candle(
        first.open_ms,
        traded[0].open,
        max([bar.high for bar in traded]),
        min([bar.low for bar in traded]),
        traded[-1].close,
        sum([bar.volume for bar in traded], ZERO),
        sum([bar.quote_volume for bar in traded], ZERO),
        sum([bar.trade_count for bar in traded]),
        sum([bar.taker_volume for bar in traded], ZERO),
        sum([bar.taker_quote_volume for bar in traded], ZERO),
        traded[0].first_trade_id,
    )
