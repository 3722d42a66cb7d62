"""One market of the synthetic feed: its path, tape and book as market events and candles."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from hypersim.feeds.options import SyntheticProfile
from hypersim.feeds.synthetic_book import TickLevel, book_around
from hypersim.feeds.synthetic_noise import Dice
from hypersim.feeds.synthetic_path import (
    DAY,
    FOUR_HOURS,
    HALF_DAY,
    HOUR,
    MINUTE,
    MINUTES,
    QUARTER,
    Bar,
    PricePath,
)
from hypersim.feeds.synthetic_tape import (
    SLOTS,
    Slot,
    Sums,
    estimated_sums,
    minute_slots,
    minute_sums,
)
from hypersim.market.candle import MINUTE_MS, SECOND_MS, Candle, Interval
from hypersim.market.events import DepthUpdated, Level, MarketEvent, TradePrinted
from hypersim.market.instrument import Instrument

SLOT_MS = MINUTE_MS // SLOTS
"""Time between two books of a symbol."""

HISTORY_START_MS = 1_483_228_800_000
"""2017-01-01, where all history begins."""

_DOLLARS = frozenset({"USDT", "USDC", "FDUSD", "TUSD", "BUSD", "DAI", "USD"})

# From which level of the path each interval's candles are put together. Up to 5 minutes that is the
# minute, because only minutes know their trades.
_SOURCES = {
    Interval.M1: MINUTE,
    Interval.M3: MINUTE,
    Interval.M5: MINUTE,
    Interval.M15: QUARTER,
    Interval.M30: QUARTER,
    Interval.H1: HOUR,
    Interval.H2: HOUR,
    Interval.H4: FOUR_HOURS,
    Interval.H6: HOUR,
    Interval.H8: FOUR_HOURS,
    Interval.H12: HALF_DAY,
    Interval.D1: DAY,
    Interval.D3: DAY,
    Interval.W1: DAY,
    Interval.MONTH: DAY,
}


class SyntheticMarket:
    """Everything about one symbol, from any time."""

    def __init__(self, instrument: Instrument, profile: SyntheticProfile, seed: int) -> None:
        self.symbol = instrument.symbol
        self._tick = instrument.tick_size
        self._step = instrument.step_size
        self._unit = self._tick * self._step
        daily_lots = int(profile.volume / self._step) // 2
        self._touch_size = max(1, daily_lots // 6_000)
        in_dollars = instrument.quote in _DOLLARS
        # The same coin in two kinds of dollar has one price, and two tapes.
        priced_in = "dollars" if in_dollars else instrument.quote
        self._dice = Dice(seed, instrument.symbol)
        self._path = PricePath(
            Dice(seed, f"{instrument.base} in {priced_in}"),
            Dice(seed, "all coins") if in_dollars else None,
            max(2, int(profile.price / self._tick)),
            daily_lots,
        )
        self.phase_ms = self._dice.roll(0, 0, 1)[0] % SLOT_MS
        self._tape_minute = -1
        self._tape: list[Slot] = []

    def events_at(self, time_ms: int, *, with_book: bool) -> Iterator[MarketEvent]:
        """What happens at a moment of this market, which is `phase_ms` after a multiple of SLOT_MS.
        A trade's id at the venue is the number of its slot since the epoch."""
        moment = time_ms // SLOT_MS
        minute, index = divmod(moment, SLOTS)
        if minute != self._tape_minute:
            self._tape = minute_slots(self._minute_bar(minute), minute, self._dice)
            self._tape_minute = minute
        slot = self._tape[index]
        if with_book:
            bids, asks = book_around(
                slot.price,
                is_ask=slot.buyer_is_taker,
                moment=moment,
                size=self._touch_size,
                dice=self._dice,
            )
            yield DepthUpdated(self.symbol, time_ms, self._levels(bids), self._levels(asks))
        if slot.quantity:
            yield TradePrinted(
                self.symbol,
                time_ms,
                self._tick * slot.price,
                self._step * slot.quantity,
                not slot.buyer_is_taker,
                moment,
            )

    def candles(self, interval: Interval, start_ms: int, end_ms: int) -> list[Candle]:
        """Candles that opened from `start_ms` up to but not including `end_ms`, both after 1970."""
        first_ms = interval.open_ms(start_ms)
        if first_ms < start_ms:
            first_ms = interval.next_open_ms(first_ms)
        last_ms = interval.open_ms(end_ms - 1)
        if first_ms > last_ms:
            return []
        if interval is Interval.S1:
            return self._seconds(first_ms, last_ms + SECOND_MS)
        level = _SOURCES[interval]
        minutes = MINUTES[level]
        length_ms = minutes * MINUTE_MS
        first, end = first_ms // length_ms, interval.next_open_ms(last_ms) // length_ms
        rows = self._path.bars(level, first, end)
        if level == MINUTE:
            sums = [minute_sums(bar, first + i, self._dice) for i, bar in enumerate(rows)]
        else:
            sums = [estimated_sums(bar, minutes) for bar in rows]
        opens = range(first * length_ms, end * length_ms, length_ms)
        if length_ms == interval.length_ms and interval is not Interval.MONTH:
            return [self._candle(*row) for row in zip(opens, rows, sums, strict=True)]
        return [
            self._candle(*row) for row in _joined(interval, zip(opens, rows, sums, strict=True))
        ]

    def _candle(self, open_ms: int, bar: Bar, sums: Sums) -> Candle:
        tick, step, unit = self._tick, self._step, self._unit
        return Candle(
            open_ms,
            tick * bar[0],
            tick * bar[1],
            tick * bar[2],
            tick * bar[3],
            step * (2 * bar[4]),
            unit * sums[1],
            sums[0],
            step * sums[2],
            unit * sums[3],
        )

    def _seconds(self, first_ms: int, end_ms: int) -> list[Candle]:
        """One-second candles from the trades themselves; a second without one is flat."""
        candles: list[Candle] = []
        for minute in range(first_ms // MINUTE_MS, -(-end_ms // MINUTE_MS)):
            bar = self._minute_bar(minute)
            price = self._tick * bar[0]
            slots = minute_slots(bar, minute, self._dice)
            for second in range(60):
                open_ms = minute * MINUTE_MS + second * SECOND_MS
                candle = self._second(open_ms, price, slots[2 * second : 2 * second + 2])
                candles.append(candle)
                price = candle.close
        return [candle for candle in candles if first_ms <= candle.open_ms < end_ms]

    def _second(self, open_ms: int, price: Decimal, slots: list[Slot]) -> Candle:
        trades = [slot for slot in slots if slot.quantity]
        if trades:
            price = self._tick * trades[0].price
        candle = Candle(open_ms, price, price, price, price)
        for slot in trades:
            candle = candle.with_trade(
                self._tick * slot.price,
                self._step * slot.quantity,
                buyer_is_taker=slot.buyer_is_taker,
            )
        return candle

    def _minute_bar(self, minute: int) -> Bar:
        return self._path.bars(MINUTE, minute, minute + 1)[0]

    def _levels(self, levels: Iterable[TickLevel]) -> tuple[Level, ...]:
        tick, step = self._tick, self._step
        return tuple([(tick * price, step * size) for price, size in levels])


Row = tuple[int, Bar, Sums]


def _joined(interval: Interval, rows: Iterable[Row]) -> list[Row]:
    """Ascending rows of `interval` from ascending shorter ones that fill it."""
    joined: list[Row] = []
    next_ms = 0
    for row in rows:
        if row[0] < next_ms:
            joined[-1] = _followed_by(joined[-1], row)
        else:
            joined.append(row)
            next_ms = interval.next_open_ms(row[0])
    return joined


def _followed_by(row: Row, later: Row) -> Row:
    open_ms, (opened, high, low, _, lots), sums = row
    _, (_, later_high, later_low, closed, later_lots), more = later
    return (
        open_ms,
        (opened, max(high, later_high), min(low, later_low), closed, lots + later_lots),
        Sums(
            sums.trades + more.trades,
            sums.quote + more.quote,
            sums.taker_volume + more.taker_volume,
            sums.taker_quote + more.taker_quote,
        ),
    )
