"""A candle that is being watched: folded minute by minute, so that it may be older than what memory
keeps, and no event has to add it up anew."""

from collections.abc import Sequence

from msgspec.structs import replace

from hypersim.market.candle import Candle, Interval
from hypersim.market.data import MarketData


class RunningBar:
    """The current bar of one market and interval.

    `known` is what is over of the bar, without its running minute. It counts where memory does not
    reach back to the bar's beginning.
    """

    def __init__(self, data: MarketData, interval: Interval, known: Candle | None) -> None:
        self._data = data
        self._interval = interval
        self._closed: Candle | None = None
        self._minute_ms = interval.open_ms(data.time_ms)
        minutes = data.candles(Interval.M1, self._minute_ms)
        is_whole = bool(minutes) and minutes[0].open_ms == self._minute_ms
        if not is_whole and known is not None and known.open_ms == self._minute_ms:
            self._closed = known
            self._minute_ms = Interval.M1.open_ms(data.time_ms)

    def now(self) -> list[Candle]:
        """The bars since the last look, each as it ended, and the current one as it stands."""
        minutes = self._data.candles(Interval.M1, self._minute_ms)
        return self._follow(minutes) if minutes else []

    def _follow(self, minutes: Sequence[Candle]) -> list[Candle]:
        ended: list[Candle] = []
        for minute in minutes[:-1]:
            self._closed = self._with(minute)
            if (
                self._interval.open_ms(minute.open_ms + Interval.M1.length_ms)
                != self._closed.open_ms
            ):
                ended.append(self._closed)
                self._closed = None
        self._minute_ms = minutes[-1].open_ms
        return [*ended, self._with(minutes[-1])]

    def _with(self, minute: Candle) -> Candle:
        if self._closed is not None:
            return self._closed.followed_by(minute)
        return replace(minute, open_ms=self._interval.open_ms(minute.open_ms))
