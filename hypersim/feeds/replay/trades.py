"""The recorded trades of one market, to be told again: read as far as they were played, packed;
and the bars that they make where no candles were recorded."""

import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice
from threading import Lock

import msgspec

from hypersim.feeds.replay.merging import merged_rows
from hypersim.feeds.replay.recordings import Recording
from hypersim.market.candle import Candle, Interval, aggregate, flat_candle
from hypersim.market.events import TradePrinted
from hypersim.market.tape import PublicTrade

PACK_TRADES = 1_000

_decoder = msgspec.msgpack.Decoder(list[PublicTrade])


class TradeSeries:
    """Ids and times rise together. Rows of later than what was asked for are not read, so that a
    long recording costs no more than what was played of it. Raises FeedUnavailable where a row
    cannot be read.
    """

    def __init__(self, symbol: str, recordings: list[Recording]) -> None:
        self.first_ms = min(one.first_ms for one in recordings)
        self._unread = _trades_in(recordings, symbol)
        self._next: PublicTrade | None = None
        self._is_begun = False
        self._packs: list[bytes] = []
        self._first_ids: list[int] = []
        self._first_times_ms: list[int] = []
        self._open: list[PublicTrade] = []
        self._minutes: list[Candle] = []
        self._lock = Lock()
        self._is_closed = False

    def close(self) -> None:
        """Read no further: whoever still reads is not waited for."""
        self._is_closed = True

    def trades(
        self, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
    ) -> list[PublicTrade]:
        """See `Feed.trades`. May be called from several threads."""
        if end_ms <= self.first_ms:
            return []
        with self._lock:
            self._read_to(end_ms)
            if from_id is None and start_ms is None:
                before = (one for one in self._backwards(end_ms) if one.time_ms < end_ms)
                return list(islice(before, limit))[::-1]
            first_id, first_ms = from_id or 0, start_ms or 0
            index = max(
                bisect_right(self._first_ids, first_id) - 1,
                # A moment may have begun in the pack before.
                bisect_left(self._first_times_ms, first_ms) - 1,
                0,
            )
            found: list[PublicTrade] = []
            for trade in self._from(index):
                if trade.time_ms >= end_ms or len(found) == limit:
                    break
                if trade.id >= first_id and trade.time_ms >= first_ms:
                    found.append(trade)
            return found

    def history(self, interval: Interval, start_ms: int, end_ms: int, now_ms: int) -> list[Candle]:
        """Bars of minutes or more in which something traded, that opened from `start_ms` up to but
        not including `end_ms` and were closed at `now_ms`; the first one is made of what there is
        of it. May be called from several threads."""
        first_ms = interval.first_open_ms(start_ms)
        last_ms = min(interval.first_open_ms(end_ms), interval.open_ms(now_ms))
        if interval is Interval.S1 or first_ms >= last_ms or last_ms <= self.first_ms:
            return []
        with self._lock:
            self._read_to(last_ms)
            first = bisect_left(self._minutes, first_ms, key=_opened)
            end = bisect_left(self._minutes, last_ms, key=_opened)
            return aggregate(self._minutes[first:end], interval)

    def _read_to(self, end_ms: int) -> None:
        if not self._is_begun:
            self._next, self._is_begun = next(self._unread, None), True
        while self._next is not None and self._next.time_ms < end_ms and not self._is_closed:
            # Should the row after it be no good, this one is not taken twice.
            trade, self._next = self._next, None
            if not self._open:
                self._first_ids.append(trade.id)
                self._first_times_ms.append(trade.time_ms)
            self._open.append(trade)
            self._add_to_minute(trade)
            if len(self._open) == PACK_TRADES:
                self._packs.append(zlib.compress(msgspec.msgpack.encode(self._open), 1))
                self._open = []
            self._next = next(self._unread, None)

    def _add_to_minute(self, trade: PublicTrade) -> None:
        open_ms = Interval.M1.open_ms(trade.time_ms)
        if not self._minutes or self._minutes[-1].open_ms != open_ms:
            self._minutes.append(flat_candle(open_ms, trade.price))
        self._minutes[-1] = self._minutes[-1].with_public(trade)

    def _backwards(self, end_ms: int) -> Iterator[PublicTrade]:
        index = bisect_left(self._first_times_ms, end_ms) - 1
        for number in range(index, -1, -1):
            yield from reversed(self._pack(number))

    def _from(self, index: int) -> Iterator[PublicTrade]:
        for number in range(index, len(self._first_ids)):
            yield from self._pack(number)

    def _pack(self, index: int) -> list[PublicTrade]:
        if index == len(self._packs):
            return self._open
        return _decoder.decode(zlib.decompress(self._packs[index]))


def _opened(minute: Candle) -> int:
    return minute.open_ms


def _trades_in(recordings: list[Recording], symbol: str) -> Iterator[PublicTrade]:
    for row in merged_rows(recordings, symbol):
        if isinstance(row, TradePrinted) and row.venue_id is not None:
            yield PublicTrade(
                row.venue_id, row.time_ms, row.price, row.quantity, row.buyer_is_maker
            )
