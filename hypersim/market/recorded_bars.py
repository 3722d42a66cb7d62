"""Bars of a feed, and the trades of the tape that the feed does not know of, as one.

Where users trade with each other in public, their trades stand between those of the feed. Each says
after which trade of the feed it came, so a bar of any length is made whole again from the feed's
bar, and so are the numbers of the feed's trades: each recorded trade moves up all that follow.
"""

from bisect import bisect_left
from collections.abc import Sequence

from msgspec.structs import replace

from hypersim.market.candle import Candle, Interval, flat_candle, merged
from hypersim.market.tape import PublicTrade, RecordedTrade


class Numbers:
    """From the feed's ids to public ones. `known` are recorded trades, ascending, without a hole;
    `before` is the one before the first of them."""

    def __init__(self, known: Sequence[RecordedTrade], before: RecordedTrade | None) -> None:
        self._known = known if before is None else [before, *known]
        self._feed_ids = [one.feed_id for one in self._known]

    def public_id(self, feed_id: int) -> int:
        """The public id of the feed's trade."""
        last = self._last_before(feed_id)
        return feed_id if last is None else feed_id + last.id - last.feed_id

    def aggregate_id(self, feed_id: int) -> int:
        """The id of the aggregate that the feed's trade is."""
        last = self._last_before(feed_id)
        return feed_id if last is None else feed_id + last.aggregate_id - last.feed_id

    def _last_before(self, feed_id: int) -> RecordedTrade | None:
        index = bisect_left(self._feed_ids, feed_id)
        return self._known[index - 1] if index else None


def with_recorded(
    bars: Sequence[Candle],
    recorded: Sequence[RecordedTrade],
    before: RecordedTrade | None,
    interval: Interval,
) -> list[Candle]:
    """Ascending bars, with these trades of their time in them; also where the feed has no bar.
    `before` is the recorded trade before the first of them. Bars in which nothing traded stay at
    the close before them."""
    numbers = Numbers(recorded, before)
    inside: dict[int, list[RecordedTrade]] = {}
    for trade in recorded:
        inside.setdefault(interval.open_ms(trade.time_ms), []).append(trade)
    told = {bar.open_ms: bar for bar in bars}
    whole: list[Candle] = []
    for open_ms in sorted({*told, *inside}):
        trades = inside.get(open_ms, [])
        bar = told.get(open_ms) or flat_candle(open_ms, trades[0].price)
        bar = _joined(bar, trades, numbers)
        if bar.is_flat and whole:
            bar = flat_candle(open_ms, whole[-1].close)
        whole.append(bar)
    return whole


def _joined(bar: Candle, trades: Sequence[RecordedTrade], numbers: Numbers) -> Candle:
    first_id, last_id = bar.first_trade_id, bar.last_trade_id
    if first_id is not None:
        bar = replace(bar, first_trade_id=numbers.public_id(first_id))
    if not trades:
        return bar
    if first_id is None or last_id is None:
        return _with(flat_candle(bar.open_ms, bar.open), trades) if bar.is_flat else bar
    flat = flat_candle(bar.open_ms, bar.open)
    return interleaved(
        bar,
        [_with(flat, [one for one in trades if one.feed_id < first_id])],
        [_with(flat, [one for one in trades if first_id <= one.feed_id < last_id])],
        [_with(flat, [one for one in trades if one.feed_id >= last_id])],
    )


def interleaved(
    bar: Candle, ahead: Sequence[Candle], among: Sequence[Candle], after: Sequence[Candle]
) -> Candle:
    """The feed's bar with what others traded before the first of its trades, between them, and
    after the last one."""
    whole = merged([flat_candle(bar.open_ms, bar.open), *ahead, bar])
    for part in among:
        if not part.is_flat:
            whole = replace(whole.followed_by(part), close=bar.close)
    return merged([whole, *after])


def _with(bar: Candle, trades: Sequence[RecordedTrade]) -> Candle:
    for trade in trades:
        bar = bar.with_public(trade)
    return bar


def public(trade: RecordedTrade) -> PublicTrade:
    """The trade as the public sees it."""
    return PublicTrade(trade.id, trade.time_ms, trade.price, trade.quantity, trade.buyer_is_maker)
