"""The recorded candles of one market and length: kept a few files at a time, served as history."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import msgspec

from hypersim.feeds.replay.counting import TradeCounts
from hypersim.feeds.replay.expanding import minutes_of
from hypersim.feeds.replay.merging import merged_rows
from hypersim.feeds.replay.packing import PackedCandles
from hypersim.feeds.replay.recordings import Recording
from hypersim.feeds.replay.rows import KlineRow
from hypersim.market.candle import DAY_MS, Candle, Interval, aggregate, flat_candle
from hypersim.market.instrument import Instrument
from hypersim.market.made_trades import made_count, told

FILES_KEPT = 12
"""Stretches of candles held in memory per symbol and length, the last used."""

_CANDLES_PER_REPORT = 100_000


class _Stretch(NamedTuple):
    """Files that overlap in time, and when their first and last candle opened."""

    first_ms: int
    last_ms: int
    recordings: tuple[Recording, ...]


class CandleSeries:
    """See the module. Raises FeedUnavailable where a file cannot be read to its end."""

    def __init__(
        self,
        instrument: Instrument,
        interval: Interval,
        recordings: list[Recording],
        say: Callable[[str], None],
    ) -> None:
        self.interval = interval
        self._instrument = instrument
        self._say = say
        self._counts: TradeCounts | None = None
        self._stretches = _stretches(recordings)
        self._load = lru_cache(maxsize=FILES_KEPT)(self._read)

    @property
    def first_ms(self) -> int:
        """When the first candle opened."""
        return self._stretches[0].first_ms

    @property
    def last_ms(self) -> int:
        """When the last one opened."""
        return self._stretches[-1].last_ms

    def count_trades(self) -> TradeCounts:
        """From now on its candles know the ids of their trades, which are theirs alone."""
        self._counts = TradeCounts(self._starting, self.first_ms, self._instrument)
        return self._counts

    def number_by(self, counts: TradeCounts) -> None:
        """From now on its candles know the ids of their trades, which are those of shorter candles
        of the same market."""
        self._counts = counts

    def rows(self, start_ms: int = 0) -> Iterator[KlineRow]:
        """Every candle from the last one that opened before `start_ms` on, ascending. Seconds begin
        with their minute, so that it is whole."""
        if self.interval is Interval.S1:
            start_ms = Interval.M1.open_ms(start_ms)
        before = self._before(start_ms)
        candles = self._starting(start_ms if before is None else before.open_ms)
        for candle in candles if self._counts is None else self._numbered(candles, self._counts):
            yield KlineRow(self.interval, candle)

    def _numbered(self, candles: Iterable[Candle], counts: TradeCounts) -> Iterator[Candle]:
        first_id: int | None = None
        for candle in candles:
            count = made_count(candle, self._instrument)
            if count == 0 or candle.open_ms < counts.first_ms:
                yield candle
                continue
            if first_id is None:
                first_id = 1 + counts.before(candle.open_ms)
            whole = told(candle, self._instrument)
            yield msgspec.structs.replace(whole, trade_count=count, first_trade_id=first_id)
            first_id += count

    def history(self, interval: Interval, start_ms: int, end_ms: int, now_ms: int) -> list[Candle]:
        """Candles of `interval`, minutes or more, or the recorded ones, that opened from `start_ms`
        up to but not including `end_ms` and were closed at `now_ms`. The first one is made of what
        there is of it. Where nothing was recorded, in a gap or after the end, they are flat; within
        a recorded candle that is longer, its trades fall as they are played."""
        first_ms = max(interval.first_open_ms(start_ms), interval.open_ms(self.first_ms))
        last_ms = min(interval.first_open_ms(end_ms), interval.open_ms(now_ms))
        if first_ms >= last_ms:
            return []
        parts = list(self._parts(interval, first_ms, last_ms))
        found = [part for part in parts if part.open_ms >= first_ms]
        before = parts[-len(found) - 1] if len(found) < len(parts) else None
        bars = found if interval is self.interval else aggregate(found, interval)
        return list(_without_gaps(bars, before, interval, range(first_ms, last_ms)))

    def _parts(self, interval: Interval, first_ms: int, last_ms: int) -> Iterator[Candle]:
        """What traded up to `last_ms`, in candles that bars of `interval` are made of, from the
        last one before `first_ms` on."""
        for row in self.rows(first_ms):
            if row.time_ms >= last_ms:
                return
            parts = (row.candle,) if self.makes(interval) else minutes_of(row, self._instrument)
            yield from (part for part in parts if part.open_ms < last_ms)

    def makes(self, interval: Interval) -> bool:
        """Whether bars of `interval` are whole ones of the recorded candles, put together."""
        length_ms = self.interval.length_ms
        if interval is Interval.MONTH and self.interval is not Interval.MONTH:
            return length_ms <= DAY_MS
        return interval.length_ms % length_ms == 0

    def serves(self, interval: Interval) -> bool:
        """Whether there are bars of `interval`: seconds only where seconds were recorded."""
        return interval is not Interval.S1 or self.interval is Interval.S1

    def _starting(self, start_ms: int) -> Iterator[Candle]:
        for index, stretch in enumerate(self._stretches):
            if stretch.last_ms >= start_ms:
                yield from self._load(index).starting(start_ms)

    def _before(self, end_ms: int) -> Candle | None:
        indexes = [n for n, one in enumerate(self._stretches) if one.first_ms < end_ms]
        return self._load(indexes[-1]).before(end_ms) if indexes else None

    def _read(self, index: int) -> PackedCandles:
        return PackedCandles(self._candles(self._stretches[index].recordings))

    def _candles(self, recordings: tuple[Recording, ...]) -> Iterator[Candle]:
        names = ", ".join(one.table.name for one in recordings)
        self._say(f"replay: loading {names}")
        count = 0
        for row in merged_rows(recordings, self._instrument.symbol):
            if isinstance(row, KlineRow):
                yield row.candle
                count += 1
                if count % _CANDLES_PER_REPORT == 0:
                    self._say(f"replay: {count:,} candles of {names}")


def _without_gaps(
    bars: list[Candle], before: Candle | None, interval: Interval, span: range
) -> Iterator[Candle]:
    """All bars that open in `span`; those in which nothing traded are flat."""
    found = {bar.open_ms: bar for bar in bars}
    open_ms = span.start
    while open_ms < span.stop:
        bar = found.get(open_ms)
        if bar is None and before is not None:
            bar = flat_candle(open_ms, before.close)
        if bar is not None:
            yield bar
            before = bar
        open_ms = interval.next_open_ms(open_ms)


def _stretches(recordings: list[Recording]) -> list[_Stretch]:
    stretches: list[_Stretch] = []
    for recording in sorted(recordings, key=lambda one: one.first_ms):
        last_ms = max(recording.first_ms, recording.last_ms())
        if stretches and recording.first_ms <= stretches[-1].last_ms:
            open_one = stretches.pop()
            members = (*open_one.recordings, recording)
            last_ms = max(last_ms, open_one.last_ms)
            stretches.append(_Stretch(open_one.first_ms, last_ms, members))
        else:
            stretches.append(_Stretch(recording.first_ms, last_ms, (recording,)))
    return stretches
