"""Trades from before now: the venue's aggregates, which are what its streams tell of too."""

import structlog

from hypersim.feeds.binance_api import BinanceApi
from hypersim.feeds.binance_rest import RestError
from hypersim.feeds.binance_wire import AggTradeFrame, positive
from hypersim.market.candle import Interval
from hypersim.market.tape import PublicTrade

PAGE_MAX = 1_000
PAGES_MAX = 20
"""Of one answer; older or later ones take another question."""

_log = structlog.get_logger()


async def fetch_trades(
    api: BinanceApi,
    id_: str,
    *,
    from_id: int | None,
    start_ms: int | None,
    end_ms: int,
    limit: int,
) -> list[PublicTrade]:
    """See `Feed.trades`. Empty when Binance does not answer; never with a hole."""
    try:
        if from_id is None and start_ms is None:
            return await _latest(api, id_, end_ms, limit)
        return await _first(api, id_, from_id, start_ms, end_ms, limit)
    except (RestError, ValueError) as error:
        _log.warning("past trades are not to be had", symbol=id_, reason=str(error))
        return []


async def fetch_beginning_ms(api: BinanceApi, id_: str) -> int | None:
    """When the first minute opened; None when Binance does not answer."""
    try:
        rows = await api.klines_since(id_, Interval.M1, 0)
    except RestError:
        return None
    return rows[0].open_time if rows else None


async def _latest(api: BinanceApi, id_: str, end_ms: int, limit: int) -> list[PublicTrade]:
    wanted = {"endTime": end_ms - 1, "limit": min(limit, PAGE_MAX)}
    rows = await api.aggregate_trades(id_, wanted)
    return [one for one in map(_trade, rows) if one.time_ms < end_ms][-limit:]


async def _first(
    api: BinanceApi,
    id_: str,
    from_id: int | None,
    start_ms: int | None,
    end_ms: int,
    limit: int,
) -> list[PublicTrade]:
    found: list[PublicTrade] = []
    for _ in range(PAGES_MAX):
        wanted = {"limit": PAGE_MAX}
        if found:
            wanted["fromId"] = found[-1].id + 1
        elif from_id is not None:
            wanted["fromId"] = from_id
        else:
            wanted["startTime"] = start_ms or 0
        page = [_trade(row) for row in await api.aggregate_trades(id_, wanted)]
        last_id = found[-1].id if found else -1
        fitting = [
            one
            for one in page
            if one.id > last_id
            and one.id >= (from_id or 0)
            and (start_ms or 0) <= one.time_ms < end_ms
        ]
        found += fitting
        is_over = len(page) < PAGE_MAX or page[-1].time_ms >= end_ms
        if is_over or not fitting or len(found) >= limit:
            break
    return found[:limit]


def _trade(row: AggTradeFrame) -> PublicTrade:
    price, quantity = positive(row.price), positive(row.quantity)
    return PublicTrade(row.id, row.time_ms, price, quantity, row.buyer_is_maker)
