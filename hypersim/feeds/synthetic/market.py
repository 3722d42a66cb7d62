"""One market of the synthetic feed: its minutes as candles, trades and events."""

from array import array
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import count

import numpy as np

from hypersim.feeds.synthetic.book import Book
from hypersim.feeds.synthetic.columns import (
    BOUGHT,
    BOUGHT_NOTIONAL,
    CLOSE,
    HIGH,
    LOTS,
    LOW,
    NOTIONAL,
    OPEN,
    PAIRS,
    Columns,
    Stretch,
    joined,
)
from hypersim.feeds.synthetic.minutes import Figures
from hypersim.feeds.synthetic.noise import Ints, key_of
from hypersim.feeds.synthetic.tape import MOMENTS, PARTS, Moment, Tapes
from hypersim.feeds.synthetic.volatility import DAY_MINUTES
from hypersim.market.bars import Bars, Column, whole
from hypersim.market.candle import (
    DAY_MS,
    MINUTE_MS,
    SECOND_MS,
    Candle,
    Interval,
    flat_candle,
)
from hypersim.market.events import DeepLevels, DepthUpdated, MarketEvent, TradePrinted
from hypersim.market.instrument import Instrument
from hypersim.market.number import places_of
from hypersim.market.tape import PublicTrade

SLOT_MS = MINUTE_MS // MOMENTS
"""Time between two books of a symbol."""

_PART_MS = MINUTE_MS // PARTS


class SyntheticMarket:
    """Everything about one symbol, from any time since the minute of `listed_ms`."""

    def __init__(self, instrument: Instrument, figures: Figures, seed: int, listed_ms: int) -> None:
        self.symbol = instrument.symbol
        self.phase_ms = key_of(seed, self.symbol, "phase") % SLOT_MS
        self.listed_ms = listed_ms - listed_ms % MINUTE_MS
        self.average_ms = instrument.average_ms
        self._tick = instrument.tick_size
        self._step = instrument.step_size
        self._columns = Columns(figures, seed, listed_ms)
        self._tapes = Tapes(seed, figures.symbol)
        size = max(1, int(figures.lots / 10_000))
        self._book = Book(seed, figures.symbol, figures.ticks, size, self._tick, self._step)
        self._stretch = Stretch(self._columns, phase=self.phase_ms)
        self._minute = -1
        self._tape: list[Moment] = []
        self._first_id = 0
        self._deep_day = -1
        self._deep: tuple[DeepLevels | None, DeepLevels | None] = (None, None)

    def moment_at(self, time_ms: int) -> int:
        """Its last moment up to this time."""
        return time_ms - (time_ms - self.phase_ms) % SLOT_MS

    def events_at(self, time_ms: int, *, with_book: bool) -> Iterator[MarketEvent]:
        """What happens at a moment of this market, which is `phase_ms` after a multiple of
        SLOT_MS."""
        slot = time_ms // SLOT_MS
        minute, index = divmod(slot, MOMENTS)
        if minute != self._minute:
            segments, pairs = self._stretch.at(minute)
            self._tape = self._tapes.minute(segments, minute)
            self._minute, self._first_id = minute, 1 + 2 * pairs
            if minute // DAY_MINUTES != self._deep_day:
                self._deep_day = minute // DAY_MINUTES
                self._deep = self._book.deep(self._stretch.opening(minute))
        moment = self._tape[index]
        if with_book:
            is_ask = moment.buyer_is_taker
            bids, asks = self._book.shown(moment.price, is_ask=is_ask, moment=slot)
            yield DepthUpdated(self.symbol, time_ms, bids, asks, *self._deep)
        number = self._first_id + moment.traded
        price, is_maker = self._tick * moment.price, not moment.buyer_is_taker
        for size in moment.sizes:
            quantity = self._step * size
            yield TradePrinted(self.symbol, time_ms, price, quantity, is_maker, number)
            number += 1

    def minute_so_far(self, now_ms: int) -> Candle | None:
        """What traded in the minute that is running, up to and with this moment; None for
        nothing."""
        minute = now_ms // MINUTE_MS
        segments, _ = self._stretch.at(minute)
        candle = flat_candle(minute * MINUTE_MS, self._tick * segments[0].start)
        for part in range(PARTS):
            if minute * MINUTE_MS + part * _PART_MS > now_ms:
                break
            for trade in self._traded(minute, part):
                if trade.time_ms <= now_ms:
                    candle = candle.with_public(trade)
        return None if candle.is_flat else candle

    def begin(self, minute: int) -> None:
        """Events from this minute on are wanted soon, if there have been none."""
        self._stretch.begin(minute)

    def trades_from(self, minute: int) -> Iterator[PublicTrade]:
        """All trades from this minute on (or the first that there is), without an end."""
        for each in count(max(minute, self.listed_ms // MINUTE_MS)):
            for part in range(PARTS):
                yield from self._traded(each, part)

    def trades_back_from(self, end_ms: int) -> Iterator[PublicTrade]:
        """All trades before this time, the last first."""
        for minute in range((end_ms - 1) // MINUTE_MS, self.listed_ms // MINUTE_MS - 1, -1):
            for part in reversed(range(PARTS)):
                if minute * MINUTE_MS + part * _PART_MS < end_ms:
                    latest = reversed(self._traded(minute, part))
                    yield from (trade for trade in latest if trade.time_ms < end_ms)

    def minute_of_trade(self, trade_id: int) -> int:
        """The minute since the epoch in which the trade with this id happened."""
        return self._columns.minute_of_pair(max(0, trade_id - 1) // 2)

    def unmade_days(self, start_ms: int, end_ms: int) -> tuple[int, int]:
        """(first, end) of the days between these moments; the same twice if all are made."""
        first, end = max(start_ms, self.listed_ms) // DAY_MS, -(-end_ms // DAY_MS)
        return (end, end) if first >= end or self._columns.knows_days(first, end) else (first, end)

    def make_days(self, first: int, end: int) -> None:
        """Make these days, so that bars of them are at hand."""
        self._columns.days(first, end)

    def candles(self, interval: Interval, start_ms: int, end_ms: int) -> Sequence[Candle]:
        """Candles that opened from `start_ms` up to but not including `end_ms`."""
        first_ms = interval.first_open_ms(max(start_ms, interval.open_ms(self.listed_ms)))
        if first_ms >= end_ms:
            return []
        last_ms = interval.open_ms(end_ms - 1)
        if interval is Interval.S1:
            return self._seconds(first_ms, last_ms + SECOND_MS)
        end_ms = interval.next_open_ms(last_ms)
        opens = list(_opens(interval, first_ms, end_ms))
        # The first bar may begin before the market does.
        from_ms = max(first_ms, self.listed_ms)
        if interval.length_ms >= DAY_MS:
            rows = self._columns.days(from_ms // DAY_MS, end_ms // DAY_MS)
            starts = np.array(opens) // DAY_MS - from_ms // DAY_MS
        else:
            rows = self._columns.minutes(from_ms // MINUTE_MS, end_ms // MINUTE_MS)
            starts = (np.array(opens) - from_ms) // MINUTE_MS
        pairs = self._columns.pairs_before(from_ms // MINUTE_MS)
        return self._bars(opens, joined(rows, np.maximum(0, starts)), pairs)

    def _bars(self, opens: Sequence[int], rows: Ints, pairs: int) -> Bars:
        """The bars of these rows, of which the first has `pairs` pairs of trades before it."""
        firsts = 1 + 2 * (pairs + np.cumsum(rows[PAIRS]) - rows[PAIRS])
        sizes = 2 * rows[[LOTS, BOUGHT]]
        unit = self._tick * self._step
        return Bars.of(
            array("q", opens),
            [
                *(_column(self._tick, rows[row]) for row in (OPEN, HIGH, LOW, CLOSE)),
                _column(self._step, sizes[0]),
                _column(unit, rows[NOTIONAL]),
                _column(self._step, sizes[1]),
                _column(unit, rows[BOUGHT_NOTIONAL]),
            ],
            _numbers(2 * rows[PAIRS]),
            _numbers(firsts),
        )

    def _seconds(self, first_ms: int, end_ms: int) -> list[Candle]:
        """One-second candles from the trades themselves; a second without one is flat."""
        candles: list[Candle] = []
        for minute in range(first_ms // MINUTE_MS, -(-end_ms // MINUTE_MS)):
            segments, _ = self._columns.segments(minute)
            price = self._tick * segments[0].start
            by_second: dict[int, list[PublicTrade]] = {}
            for trade in (one for part in range(PARTS) for one in self._traded(minute, part)):
                by_second.setdefault(trade.time_ms // SECOND_MS * SECOND_MS, []).append(trade)
            for open_ms in range(minute * MINUTE_MS, (minute + 1) * MINUTE_MS, SECOND_MS):
                candle = _second(open_ms, price, by_second.get(open_ms, ()))
                candles.append(candle)
                price = candle.close
        return [candle for candle in candles if first_ms <= candle.open_ms < end_ms]

    def _traded(self, minute: int, part: int) -> list[PublicTrade]:
        """The trades of a part of the minute, oldest first."""
        segments, pairs = self._stretch.look(minute)
        start_ms = minute * MINUTE_MS + part * _PART_MS + self.phase_ms
        moments = self._tapes.part(segments, minute, part)
        return [
            PublicTrade(
                1 + 2 * pairs + moment.traded + number,
                start_ms + index * SLOT_MS,
                self._tick * moment.price,
                self._step * size,
                not moment.buyer_is_taker,
            )
            for index, moment in enumerate(moments)
            for number, size in enumerate(moment.sizes)
        ]


def _column(unit: Decimal, numbers: Ints) -> Column:
    """So many times the unit."""
    places = places_of(unit)
    times = int(unit.scaleb(places))
    if times == 1:
        return Column(places, _numbers(numbers))
    return Column(places, whole([number * times for number in numbers.tolist()]))


def _numbers(row: Ints) -> "array[int]":
    return array("q", row.astype(np.int64, copy=False).tobytes())


def _opens(interval: Interval, first_ms: int, end_ms: int) -> Iterator[int]:
    while first_ms < end_ms:
        yield first_ms
        first_ms = interval.next_open_ms(first_ms)


def _second(open_ms: int, price: Decimal, trades: Sequence[PublicTrade]) -> Candle:
    candle = flat_candle(open_ms, trades[0].price if trades else price)
    for trade in trades:
        candle = candle.with_public(trade)
    return candle
