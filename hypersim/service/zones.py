"""Candles on the boundaries of another time zone: put together from shorter ones."""

import asyncio

from hypersim.market.candle import DAY_MS, Candle, Interval, aggregate, joined
from hypersim.service.markets import LONGEST_MONTH_MS, Markets

PARTS_MAX = 50_000
"""Shorter bars that one answer is made of; a longer page is cut to what they make."""

SLICE_PARTS = 500
"""So many are read and put together in about a millisecond."""

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
    is `offset_ms` (whole minutes) ahead of UTC; the bounds are in UTC. Whoever asks holds a turn
    for `parts_of` rows."""
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
    bars: list[Candle] = []
    for start_ms in range(first_ms, end_ms + 1, SLICE_PARTS * part.length_ms):
        parts = await markets.candles(
            symbol,
            part,
            since_ms=start_ms,
            until_ms=min(end_ms, start_ms + SLICE_PARTS * part.length_ms - 1),
            limit=SLICE_PARTS,
        )
        bars = joined(bars, aggregate(parts, interval, offset_ms))
        # Others have a turn, whether the parts had to be waited for or not.
        await asyncio.sleep(0)
    bars = [bar for bar in bars if bar.open_ms <= last_ms]
    return bars[-limit:] if since_ms is None else bars[:limit]


def parts_of(interval: Interval, offset_ms: int, limit: int) -> int:
    """How many rows a page of so many bars is made of, itself included."""
    part = _part_of(interval, offset_ms)
    if part is None:
        return limit
    return limit + min(PARTS_MAX, limit * interval.length_ms // part.length_ms)


def _part_of(interval: Interval, offset_ms: int) -> Interval | None:
    """The longest interval whose boundaries include the zone's; None when they are the same."""
    is_day_or_longer = interval.length_ms >= DAY_MS
    if offset_ms % (DAY_MS if is_day_or_longer else interval.length_ms) == 0:
        return None
    for part in _PARTS:
        if offset_ms % part.length_ms == 0 and interval.length_ms % part.length_ms == 0:
            return part
    raise ValueError(f"an offset of {offset_ms} ms is not in whole minutes")
