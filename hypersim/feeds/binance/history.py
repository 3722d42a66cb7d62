"""Candles from before now, paged backwards from the newest."""

import asyncio
from collections import deque

import msgspec
import structlog

from hypersim.feeds.binance.api import KLINES_MAX, BinanceApi
from hypersim.feeds.binance.rest import RefusedError, RestError
from hypersim.feeds.binance.trades import BinanceTrades
from hypersim.feeds.binance.wire import Kline
from hypersim.feeds.binance.words import candle
from hypersim.market.candle import Candle, Interval

CANDLES_MAX = 200_000
"""In one answer; older ones take another question."""

ATTEMPTS = 3

_log = structlog.get_logger()


async def fetch_history(
    api: BinanceApi,
    id_: str,
    interval: Interval,
    start_ms: int,
    end_ms: int,
    *,
    now_ms: int,
    patience_s: float,
) -> list[Candle]:
    """Ascending closed candles that opened from `start_ms` up to but not including `end_ms`.

    Without holes: when Binance stops answering on the way, what is returned is the newest part.
    """
    pages: deque[list[Candle]] = deque()
    count = 0
    cursor_ms = end_ms
    while cursor_ms > start_ms and count < CANDLES_MAX:
        wanted = min(KLINES_MAX, (cursor_ms - start_ms) // interval.length_ms + 1)
        try:
            rows = await _page(api, id_, interval, cursor_ms, wanted, patience_s)
            rows = [row for row in rows if start_ms <= row.open_time < cursor_ms]
            page = [candle(row, interval) for row in rows]
        except (RestError, ValueError) as error:
            _log.warning(
                "history is incomplete", symbol=id_, before_ms=cursor_ms, reason=str(error)
            )
            break
        if not page:
            break
        closed = sum(row.close_time < now_ms for row in rows)
        pages.appendleft(page[:closed])
        count += closed
        cursor_ms = page[0].open_ms
    if count >= CANDLES_MAX and cursor_ms > start_ms:
        _log.warning("history is cut", symbol=id_, candles=count, before_ms=cursor_ms)
    return [bar for page in pages for bar in page]


async def numbered(
    bars: list[Candle], trades: BinanceTrades, id_: str, interval: Interval
) -> list[Candle]:
    """The bars with the ids of their first trades: counted back from the last one, as ids have no
    gaps. As they are when Binance does not answer."""
    if not bars:
        return bars
    try:
        last_id = await trades.last_id(id_, interval.next_open_ms(bars[-1].open_ms))
    except RestError:
        last_id = None
    if last_id is None:
        return bars
    told: list[Candle] = []
    for bar in reversed(bars):
        last_id -= bar.trade_count
        is_known = bar.trade_count > 0 and last_id >= -1
        told.append(msgspec.structs.replace(bar, first_trade_id=last_id + 1) if is_known else bar)
    return told[::-1]


async def _page(
    api: BinanceApi, id_: str, interval: Interval, end_ms: int, count: int, patience_s: float
) -> list[Kline]:
    attempt = 1
    while True:
        try:
            return await api.klines_before(id_, interval, end_ms, count)
        except RefusedError:
            raise
        except RestError:
            wait_s = api.rest.wait_s()
            if attempt == ATTEMPTS or wait_s > patience_s:
                raise
        attempt += 1
        await asyncio.sleep(wait_s)
