"""How many trades the candles of one market have before any moment, so that their ids follow each
other from the beginning of the recording."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from threading import Lock

from hypersim.market.candle import Candle
from hypersim.market.instrument import Instrument
from hypersim.market.made_trades import made_count
from hypersim.service.feed import FeedUnavailable

CANDLES_PER_MARK = 500
"""Candles between two moments for which the count is kept."""


class TradeCounts:
    """Counted once, as far as somebody asks. `starting` has the candles that opened from a moment
    on; the first opened at `first_ms`. May be called from several threads. Raises FeedUnavailable
    where a candle cannot be read."""

    def __init__(
        self, starting: Callable[[int], Iterator[Candle]], first_ms: int, instrument: Instrument
    ) -> None:
        self.first_ms = first_ms
        self._starting = starting
        self._instrument = instrument
        self._marks_ms: list[int] = []
        self._before: list[int] = []
        self._candles = 0
        self._counted = 0
        self._unread: Iterator[Candle] | None = None
        self._next: Candle | None = None
        self._error: FeedUnavailable | None = None
        self._lock = Lock()

    def before(self, open_ms: int) -> int:
        """How many trades there are in candles that opened before."""
        with self._lock:
            self._count(until_ms=open_ms)
            mark = bisect_right(self._marks_ms, open_ms) - 1
            if mark < 0:
                return 0
            count = self._before[mark]
            for candle in self._starting(self._marks_ms[mark]):
                if candle.open_ms >= open_ms:
                    break
                count += made_count(candle, self._instrument)
            return count

    def moment_of(self, trade_id: int) -> int:
        """A moment at which or shortly after which the candle with this trade opened."""
        with self._lock:
            self._count(until_id=trade_id)
            mark = bisect_right(self._before, max(0, trade_id - 1)) - 1
            return self._marks_ms[mark] if mark >= 0 else 0

    def _count(self, until_ms: int | None = None, until_id: int | None = None) -> None:
        if self._error is not None:
            raise self._error
        if self._unread is None:
            self._unread = self._starting(0)
            self._next = next(self._unread, None)
        try:
            while (candle := self._next) is not None:
                if until_ms is not None and candle.open_ms >= until_ms:
                    return
                if until_id is not None and self._counted >= until_id:
                    return
                if self._candles % CANDLES_PER_MARK == 0:
                    self._marks_ms.append(candle.open_ms)
                    self._before.append(self._counted)
                self._candles += 1
                self._counted += made_count(candle, self._instrument)
                self._next = next(self._unread, None)
        except FeedUnavailable as error:
            self._error = error
            raise
