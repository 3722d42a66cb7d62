"""The recorded candles of one market and length: kept a few files at a time, served as history."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from hypersim.feeds.replay.merging import merged_rows
from hypersim.feeds.replay.packing import PackedCandles
from hypersim.feeds.replay.recordings import Recording
from hypersim.feeds.replay.rows import KlineRow
from hypersim.market.candle import Candle, Interval, aggregate, flat_candle

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
        symbol: str,
        interval: Interval,
        recordings: list[Recording],
        say: Callable[[str], None],
    ) -> None:
        self.interval = interval
        self._symbol = symbol
        self._say = say
        self._stretches = _stretches(recordings)
        self._load = lru_cache(maxsize=FILES_KEPT)(self._read)

    @property
    def first_ms(self) -> int:
        """When the first candle opened."""
        return self._stretches[0].first_ms

    def rows(self, start_ms: int = 0) -> Iterator[KlineRow]:
        """Every candle that opened at `start_ms` or later, ascending."""
        for candle in self._starting(start_ms):
            yield KlineRow(self.interval, candle)

    def history(self, interval: Interval, start_ms: int, end_ms: int, now_ms: int) -> list[Candle]:
        """Candles of `interval`, a multiple of the recorded one, that opened from `start_ms` up to
        but not including `end_ms` and were closed at `now_ms`. The first one is made of what there
        is of it. Where nothing was recorded, in a gap or after the end, they are flat."""
        first_ms = max(interval.first_open_ms(start_ms), interval.open_ms(self.first_ms))
        last_ms = min(interval.first_open_ms(end_ms), interval.open_ms(now_ms))
        if first_ms >= last_ms:
            return []
        recorded: list[Candle] = []
        for candle in self._starting(first_ms):
            if candle.open_ms >= last_ms:
                break
            recorded.append(candle)
        bars = recorded if interval is self.interval else aggregate(recorded, interval)
        return list(self._without_gaps(bars, interval, first_ms, last_ms))

    def _without_gaps(
        self, bars: list[Candle], interval: Interval, first_ms: int, last_ms: int
    ) -> Iterator[Candle]:
        found = {bar.open_ms: bar for bar in bars}
        before = self._before(first_ms)
        open_ms = first_ms
        while open_ms < last_ms:
            bar = found.get(open_ms)
            if bar is None and before is not None:
                bar = flat_candle(open_ms, before.close)
            if bar is not None:
                yield bar
                before = bar
            open_ms = interval.next_open_ms(open_ms)

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
        for row in merged_rows(recordings, self._symbol):
            if isinstance(row, KlineRow):
                yield row.candle
                count += 1
                if count % _CANDLES_PER_REPORT == 0:
                    self._say(f"replay: {count:,} candles of {names}")


def _stretches(recordings: list[Recording]) -> list[_Stretch]:
    stretches: list[_Stretch] = []
    for recording in sorted(recordings, key=lambda one: one.first_ms):
        last_ms = recording.last_ms()
        if stretches and recording.first_ms <= stretches[-1].last_ms:
            open_one = stretches.pop()
            members = (*open_one.recordings, recording)
            last_ms = max(last_ms, open_one.last_ms)
            stretches.append(_Stretch(open_one.first_ms, last_ms, members))
        else:
            stretches.append(_Stretch(recording.first_ms, last_ms, (recording,)))
    return stretches
