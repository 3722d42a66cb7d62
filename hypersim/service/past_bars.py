"""Bars from before what memory holds: from the feed, from the record, or put together from both."""

from collections.abc import Sequence

from hypersim.market.bars import Bars
from hypersim.market.candle import (
    DAY_MS,
    MINUTE_MS,
    Candle,
    Interval,
    aggregate,
    flat_candle,
    joined,
)
from hypersim.market.recorded_bars import with_recorded
from hypersim.market.tape import PublicTrade, RecordedTrade
from hypersim.service.clock import Clock
from hypersim.service.feed import Feed, FeedState
from hypersim.service.heavy_reads import spans
from hypersim.service.past_trades import TIME_MAX_MS, PastTrades, Wanted
from hypersim.service.record import Archive, RecordUnavailable
from hypersim.service.view import View

BACKFILL_MS = 2 * DAY_MS
"""How much minute history is kept in memory."""

SECONDS_TRADES_MAX = 50_000
"""Trades that one page of seconds is put together from."""

RECORDED_MAX = 100_000
"""Recorded trades that one page of bars is put together from."""

SLICE_MINUTES = 2_000
"""Recorded minutes that are read at a time."""

_LOOK_BACK = (10, 1_000, 100_000)
"""How many bars before a gap its price is looked for, in steps."""


class PastBars:
    """The bars of a time are the same whenever they are asked for, and have no gaps: where nothing
    traded they are flat, at the last close before."""

    def __init__(
        self, view: View, feed: Feed, archive: Archive, trades: PastTrades, clock: Clock
    ) -> None:
        self._view = view
        self._feed = feed
        self._archive = archive
        self._trades = trades
        self._clock = clock
        self._beginnings: dict[str, int] = {}
        self._records: dict[str, int] = {}

    async def beginning_ms(self, symbol: str) -> int | None:
        """When the feed's first bar or trade was; None when it cannot tell."""
        if symbol not in self._beginnings:
            found = await self._feed.beginning_ms(symbol)
            if found is None:
                return None
            self._beginnings[symbol] = found
        return self._beginnings[symbol]

    async def first_seen_ms(self, symbol: str) -> int | None:
        """When the first minute was that was seen here; None before a price is known."""
        recorded_ms = await self._record_ms(symbol)
        known = [recorded_ms, self._view.markets[symbol].first_minute_ms]
        return min((one for one in known if one is not None), default=None)

    async def between(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> Sequence[Candle]:
        """Ascending closed bars that opened from `start_ms` up to but not including `end_ms`."""
        bars = await self._known(symbol, interval, start_ms, end_ms)
        first_ms = interval.first_open_ms(start_ms)
        beginning_ms = await self.beginning_ms(symbol)
        if beginning_ms is not None:
            first_ms = max(first_ms, interval.open_ms(beginning_ms))
        end_ms = min(end_ms, interval.open_ms(self._clock.now_ms()))
        if not self._is_sound() or first_ms >= end_ms:
            return without_gaps(bars, interval)
        if _are_whole(bars, interval, first_ms, end_ms):
            return bars
        if not bars or bars[0].open_ms > first_ms:
            last = await self._bar_before(symbol, interval, first_ms)
            bars = [*([flat_candle(first_ms, last.close)] if last else []), *bars]
        return without_gaps(bars, interval, end_ms)

    async def load_minutes(self, symbol: str) -> bool:
        """Read the minutes before now into memory; False where none are known. What the feed has
        still to tell is none of them, or it would count twice."""
        settled_ms = min(self._clock.now_ms(), self._feed.settled_ms())
        end_ms = Interval.M1.open_ms(settled_ms)
        minutes = await self.between(symbol, Interval.M1, end_ms - BACKFILL_MS, end_ms)
        self._view.markets[symbol].load_minutes(minutes)
        return bool(minutes)

    def _is_sound(self) -> bool:
        """Whether bars that the feed does not tell are bars in which nothing traded; they may be
        missing because it is away."""
        return self._feed.status().state in (FeedState.LIVE, FeedState.ENDED)

    async def _known(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> Sequence[Candle]:
        """What the feed and the record have, with gaps."""
        if interval is Interval.S1:
            return await self._seconds(symbol, start_ms, end_ms)
        bars = await self._feed.history(symbol, interval, start_ms, end_ms)
        bars = await self._with_users(symbol, interval, bars, start_ms, end_ms)
        if self._view.markets[symbol].feed_numbers_trades or _reach(bars, interval, end_ms):
            return bars
        return await self._with_record(symbol, interval, bars, start_ms, end_ms)

    async def _with_users(
        self, symbol: str, interval: Interval, bars: Sequence[Candle], start_ms: int, end_ms: int
    ) -> Sequence[Candle]:
        """The feed's bars of this time with the trades that it does not know."""
        data = self._view.markets[symbol]
        if data.feed_numbers_trades:
            if data.end.trade_id == data.end.feed_id:
                return bars
            start_ms, end_ms = interval.first_open_ms(start_ms), interval.first_open_ms(end_ms)
        elif bars:
            start_ms, end_ms = bars[0].open_ms, interval.next_open_ms(bars[-1].open_ms)
        else:
            return []
        try:
            recorded = await self._archive.public_trades(
                symbol, from_id=None, start_ms=start_ms, end_ms=end_ms, limit=RECORDED_MAX
            )
            first_id = recorded[0].id if recorded else data.end.trade_id + 1
            if not recorded:
                later = await self._archive.public_trades(
                    symbol, from_id=None, start_ms=end_ms, end_ms=TIME_MAX_MS, limit=1
                )
                first_id = later[0].id if later else first_id
            before = await self._archive.public_trade_before(symbol, trade_id=first_id)
        except RecordUnavailable:
            return list(bars)
        if isinstance(bars, Bars) and not recorded and before is None:
            return bars
        if bars and bars[0].is_flat and before is not None:
            bars = [await self._stands(symbol, bars[0], before), *bars[1:]]
        return with_recorded(bars, recorded, before, interval)

    async def _stands(self, symbol: str, bar: Candle, before: RecordedTrade) -> Candle:
        """A bar in which nothing traded stands at the last price before it, which was among users
        where the feed tells of no later trade."""
        later = await self._feed.trades(
            symbol, from_id=before.feed_id + 1, start_ms=None, end_ms=bar.open_ms, limit=1
        )
        return bar if later else flat_candle(bar.open_ms, before.price)

    async def _with_record(
        self,
        symbol: str,
        interval: Interval,
        bars: Sequence[Candle],
        start_ms: int,
        end_ms: int,
    ) -> list[Candle]:
        """Bars of a feed that does not number its trades: what was recorded here is what clients
        saw. The bar in which the record begins is made of both."""
        record_ms = await self._record_ms(symbol)
        if record_ms is None or record_ms >= end_ms:
            return list(bars)
        try:
            recorded = await self._recorded(
                symbol, interval, max(record_ms, interval.open_ms(start_ms)), end_ms
            )
        except RecordUnavailable:
            return list(bars)
        if interval is Interval.M1:
            return _joined(bars, recorded)
        split_ms = interval.open_ms(record_ms)
        if start_ms <= split_ms < record_ms:
            ahead = await self._feed.history(symbol, Interval.M1, split_ms, record_ms)
            recorded = joined(aggregate(ahead, interval), recorded)
        told = {bar.open_ms: bar for bar in recorded}
        own = {bar.open_ms: bar for bar in bars if not bar.is_flat and bar.open_ms != split_ms}
        found = {bar.open_ms: bar for bar in bars} | told | own
        return [found[open_ms] for open_ms in sorted(found) if open_ms >= start_ms]

    async def _recorded(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> list[Candle]:
        """Bars of the recorded minutes, of which there may be very many. Raises
        RecordUnavailable."""
        bars: list[Candle] = []
        for first_ms, last_ms in spans(start_ms, end_ms, SLICE_MINUTES * MINUTE_MS):
            minutes = await self._archive.candles(symbol, first_ms, last_ms)
            bars = joined(bars, aggregate(minutes, interval))
        return bars

    async def _seconds(self, symbol: str, start_ms: int, end_ms: int) -> Sequence[Candle]:
        """The feed's where it has them, else from the trades themselves."""
        bars = await self._feed.history(symbol, Interval.S1, start_ms, end_ms)
        if bars and self._view.markets[symbol].feed_numbers_trades:
            return await self._with_users(symbol, Interval.S1, bars, start_ms, end_ms)
        data = self._view.markets[symbol]
        wanted = Wanted(start_ms=start_ms, end_ms=end_ms, limit=SECONDS_TRADES_MAX)
        trades = await self._trades.trades(data, wanted)
        before = await self._trades.trades(data, Wanted(end_ms=start_ms, limit=1))
        if not trades:
            return bars
        first_ms = Interval.S1.first_open_ms(start_ms)
        started = [flat_candle(first_ms, before[-1].price)] if before else []
        return aggregate([*started, *map(_bar_of, trades)], Interval.S1)

    async def _bar_before(self, symbol: str, interval: Interval, before_ms: int) -> Candle | None:
        for count in _LOOK_BACK:
            start_ms = max(0, before_ms - count * interval.length_ms)
            bars = await self._known(symbol, interval, start_ms, before_ms)
            if bars or start_ms == 0:
                return bars[-1] if bars else None
        return None

    async def _record_ms(self, symbol: str) -> int | None:
        if symbol not in self._records:
            try:
                first_ms = await self._archive.first_minute_ms(symbol)
            except RecordUnavailable:
                return None
            if first_ms is None:
                return None
            self._records[symbol] = first_ms
        return self._records[symbol]


def _bar_of(trade: PublicTrade) -> Candle:
    return flat_candle(trade.time_ms, trade.price).with_public(trade)


def _joined(bars: Sequence[Candle], recorded: Sequence[Candle]) -> list[Candle]:
    """The feed's minutes stand where it numbers their trades. Else recorded ones do, but for those
    in which nothing traded here."""
    found = {bar.open_ms: bar for bar in recorded}
    found |= {bar.open_ms: bar for bar in bars if not bar.is_flat}
    found |= {bar.open_ms: bar for bar in recorded if not bar.is_flat}
    found |= {bar.open_ms: bar for bar in bars if bar.first_trade_id is not None}
    return [found[open_ms] for open_ms in sorted(found)]


def _reach(bars: Sequence[Candle], interval: Interval, end_ms: int) -> bool:
    """Whether the feed has numbered bars up to the end."""
    return (
        bool(bars)
        and bars[-1].first_trade_id is not None
        and interval.next_open_ms(bars[-1].open_ms) >= end_ms
    )


def _are_whole(bars: Sequence[Candle], interval: Interval, first_ms: int, end_ms: int) -> bool:
    """Whether these columns have every bar of the time; others are looked at one by one."""
    if not isinstance(bars, Bars) or not bars or bars.has_gaps(interval.length_ms):
        return False
    last_ms = bars.open_ms(len(bars) - 1)
    return bars.open_ms(0) <= first_ms and interval.next_open_ms(last_ms) >= end_ms


def without_gaps(bars: Sequence[Candle], interval: Interval, end_ms: int = 0) -> list[Candle]:
    """The bars with flat ones where there are none in between, and after the last one for all that
    end by `end_ms`."""
    whole: list[Candle] = []
    for bar in bars:
        if whole:
            next_ms = interval.next_open_ms(whole[-1].open_ms)
            while next_ms < bar.open_ms:
                whole.append(flat_candle(next_ms, whole[-1].close))
                next_ms = interval.next_open_ms(next_ms)
        whole.append(bar)
    while whole and interval.next_open_ms(whole[-1].open_ms) < end_ms:
        whole.append(flat_candle(interval.next_open_ms(whole[-1].open_ms), whole[-1].close))
    return whole
