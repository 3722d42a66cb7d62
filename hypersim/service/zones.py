"""Candles on the boundaries of another time zone: put together from shorter ones."""

import asyncio

from hypersim.market.candle import DAY_MS, Candle, Interval, aggregate
from hypersim.service.markets import LONGEST_MONTH_MS, Markets

PARTS_MAX = 50_000
"""Shorter bars that one answer is made of; a longer page is cut to what they make."""

_PARTS = (
    Interval.D1,
    Interval.H12,
    Interval.H8,
    Interval.H6,
    Interval.H4,
    Interval.H2,
    Interval.H1,
    Interval.M30,
    Interval.M15,
    Interval.M5,
    Interval.M3,
    Interval.M1,
)


async def zoned_candles(
    markets: Markets,
    symbol: str,
    interval: Interval,
    *,
    offset_ms: int,
    since_ms: int | None,
    until_ms: int | None,
    limit: int,
) -> list[Candle]:
    """As `Markets.candles`, with bars that open where local time is on their boundary. Local time
    is `offset_ms` (whole minutes) ahead of UTC; the bounds are in UTC."""
    part = _part_of(interval, offset_ms)
    if part is None:
        return await markets.candles(
            symbol, interval, since_ms=since_ms, until_ms=until_ms, limit=limit
        )
    last_ms = markets.now_ms() if until_ms is None else min(until_ms, markets.now_ms())
    longest_ms = LONGEST_MONTH_MS if interval is Interval.MONTH else interval.length_ms
    limit = min(limit, max(1, PARTS_MAX * part.length_ms // longest_ms))
    open_ms = interval.open_ms(last_ms + offset_ms) - offset_ms
    wanted_ms = max(0, open_ms - (limit - 1) * longest_ms) if since_ms is None else since_ms
    first_ms = interval.first_open_ms(wanted_ms + offset_ms) - offset_ms
    if first_ms > last_ms:
        return []
    end_ms = min(open_ms, first_ms + limit * longest_ms) + longest_ms
    parts = await markets.candles(
        symbol,
        part,
        since_ms=first_ms,
        until_ms=end_ms,
        limit=(end_ms - first_ms) // part.length_ms + 1,
    )
    # A long page takes tens of milliseconds, which nobody else should wait for.
    bars = await asyncio.to_thread(aggregate, parts, interval, offset_ms)
    bars = [bar for bar in bars if bar.open_ms <= last_ms]
    return bars[-limit:] if since_ms is None else bars[:limit]


def _part_of(interval: Interval, offset_ms: int) -> Interval | None:
    """The longest interval whose boundaries include the zone's; None when they are the same."""
    is_day_or_longer = interval.length_ms >= DAY_MS
    if offset_ms % (DAY_MS if is_day_or_longer else interval.length_ms) == 0:
        return None
    for part in _PARTS:
        if offset_ms % part.length_ms == 0 and interval.length_ms % part.length_ms == 0:
            return part
    raise ValueError(f"an offset of {offset_ms} ms is not in whole minutes")
