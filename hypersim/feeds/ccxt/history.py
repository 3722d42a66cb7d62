"""Candles from before now, of a CCXT exchange, paged forwards."""

import asyncio

import structlog

from hypersim.feeds.ccxt.calls import CallError, CcxtCalls
from hypersim.feeds.ccxt.wire import candles
from hypersim.market.candle import Candle, Interval

PAGES_MAX = 200
ATTEMPTS = 3

_log = structlog.get_logger()


def has_candles(calls: CcxtCalls, interval: Interval) -> bool:
    """Whether the exchange has bars of this length."""
    return calls.has("fetchOHLCV") and interval.value in calls.timeframes


async def fetch_history(
    calls: CcxtCalls,
    symbol: str,
    interval: Interval,
    start_ms: int,
    closed_ms: int,
    patience_s: float,
) -> list[Candle]:
    """Ascending bars that opened from `start_ms` on and ended by `closed_ms`; none at all when the
    exchange stops answering on the way, for their end would be missing."""
    bars: dict[int, Candle] = {}
    cursor_ms = start_ms
    for _ in range(PAGES_MAX):
        try:
            page = await _page(calls, symbol, interval, cursor_ms, patience_s)
        except (CallError, ValueError) as error:
            _log.warning("no history", symbol=symbol, since_ms=cursor_ms, reason=str(error))
            return []
        bars.update((bar.open_ms, bar) for bar in page)
        if not page or page[-1].open_ms < cursor_ms:
            break
        cursor_ms = interval.next_open_ms(page[-1].open_ms)
        if cursor_ms >= closed_ms:
            break
    else:
        _log.warning("no history: too long", symbol=symbol, since_ms=start_ms)
        return []
    return [
        bars[open_ms]
        for open_ms in sorted(bars)
        if open_ms >= start_ms and interval.next_open_ms(open_ms) <= closed_ms
    ]


async def _page(
    calls: CcxtCalls, symbol: str, interval: Interval, since_ms: int, patience_s: float
) -> list[Candle]:
    attempt = 1
    while True:
        try:
            rows = await calls.call("fetch_ohlcv", symbol, interval.value, since_ms)
            return candles(rows, interval)
        except CallError:
            wait_s = calls.wait_s()
            if attempt == ATTEMPTS or wait_s > patience_s:
                raise
        attempt += 1
        await asyncio.sleep(wait_s)
