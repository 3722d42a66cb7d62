"""A candle that is being watched: folded minute by minute, so that it may be older than what memory
keeps, and no event has to add it up anew."""

from collections.abc import Sequence

from hypersim.market.candle import Candle, Interval, aggregate
from hypersim.market.data import MarketData


class RunningBar:
    """The current bar of one market and interval.

    `known` is what is over of the bar, without its running minute. It counts where memory does not
    reach back to the bar's beginning.
    """

    def __init__(self, data: MarketData, interval: Interval, known: Candle | None) -> None:
        self._data = data
        self._interval = interval
        self._over: Candle | None = None
        self._from_ms = interval.open_ms(data.time_ms)
        self._shown: dict[int, Candle] = {}
        minutes = data.candles(Interval.M1, self._from_ms)
        is_whole = bool(minutes) and minutes[0].open_ms == self._from_ms
        if not is_whole and known is not None and known.open_ms == self._from_ms:
            self._over = known
            self._from_ms = Interval.M1.open_ms(data.time_ms)

    def now(self, settled_ms: int) -> list[Candle]:
        """The bars that changed since the last look: those that ended, each whole at last, and the
        current one as it stands. Nothing from before `settled_ms` will still come."""
        minutes = self._data.candles(Interval.M1, self._from_ms)
        if not minutes:
            return []
        bars = self._bars(minutes)
        changed = [bar for bar in bars[:-1] if self._shown.get(bar.open_ms) != bar]
        self._shown = {bar.open_ms: bar for bar in bars}
        self._put_away(minutes, Interval.M1.open_ms(settled_ms))
        return [*changed, bars[-1]]

    def _bars(self, minutes: Sequence[Candle]) -> list[Candle]:
        return aggregate([*([self._over] if self._over else []), *minutes], self._interval)

    def _put_away(self, minutes: Sequence[Candle], before_ms: int) -> None:
        """Fold the minutes that will not change any more, and forget bars that are over with
        them."""
        whole = [one for one in minutes[:-1] if one.open_ms < before_ms]
        if not whole:
            return
        self._from_ms = whole[-1].open_ms + Interval.M1.length_ms
        last = self._bars(whole)[-1]
        is_over = self._interval.next_open_ms(last.open_ms) <= self._from_ms
        self._over = None if is_over else last
