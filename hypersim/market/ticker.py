"""The last 24 hours of a market."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import takewhile

import msgspec

from hypersim.market.candle import DAY_MS, Candle
from hypersim.market.events import StatisticsUpdated
from hypersim.market.numbering import TapeEnd
from hypersim.market.tape import PublicTrade


class Ticker(msgspec.Struct, frozen=True, gc=False):
    """The last 24 hours and the best quote; a price is None until it is known."""

    symbol: str
    time_ms: int
    is_stale: bool
    bid: Decimal | None
    bid_size: Decimal | None
    ask: Decimal | None
    ask_size: Decimal | None
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    last: Decimal | None
    base_volume: Decimal
    quote_volume: Decimal
    trade_count: int
    open_ms: int
    first_trade_id: int | None = None
    end: TapeEnd = TapeEnd()
    trades_at: Decimal | None = None


def day_since(
    venue: StatisticsUpdated, last: Decimal | None, trades: Sequence[PublicTrade], shift: int
) -> Candle:
    """The venue's day with those of the latest `trades` that came after its word. `shift` is how
    far public ids are above the venue's."""
    last = last or venue.last
    day = Candle(
        venue.time_ms - DAY_MS,
        venue.open,
        max(venue.high, last),
        min(venue.low, last),
        last,
        venue.base_volume,
        venue.quote_volume,
        venue.trade_count,
        first_trade_id=None if venue.first_trade_id is None else venue.first_trade_id + shift,
    )
    last_id = day.last_trade_id
    if last_id is None:
        return day
    newer = list(takewhile(lambda trade: trade.id > last_id, reversed(trades)))
    if newer and newer[-1].id == last_id + 1:
        for trade in reversed(newer):
            day = day.with_public(trade)
    return day
