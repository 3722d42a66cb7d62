"""Trades from before now, under the venue's own ids.

`historicalTrades` tells them by id, and `aggTrades`, which says which ids an order's trades have,
by time. A host that serves market data alone has no `historicalTrades`: there the trades of an
aggregate share its quantity evenly, and cannot be asked for by id.
"""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import msgspec
import structlog

from hypersim.feeds.binance.api import BinanceApi
from hypersim.feeds.binance.rest import RefusedError, RestError, UnknownSymbolError
from hypersim.feeds.binance.wire import AggregateRow
from hypersim.feeds.binance.words import positive, trade
from hypersim.market.candle import MINUTE_MS, Candle, Interval, flat_candle
from hypersim.market.instrument import Instrument
from hypersim.market.tape import PublicTrade

PAGE_MAX = 1_000
PAGES_MAX = 20
"""Of one answer; older or later ones take another question."""

_log = structlog.get_logger()


class BinanceTrades:
    """The past of all symbols."""

    def __init__(self, api: BinanceApi) -> None:
        self._api = api
        self._has_old_trades = True

    async def trades(
        self,
        instrument: Instrument,
        *,
        from_id: int | None,
        start_ms: int | None,
        end_ms: int,
        limit: int,
    ) -> list[PublicTrade]:
        """See `Feed.trades`. Empty when Binance does not answer; never with a hole."""
        try:
            if from_id is None and start_ms is None:
                return await self._latest(instrument, end_ms, limit)
            return await self._first(instrument, from_id, start_ms, end_ms, limit)
        except (RestError, ValueError) as error:
            reason = str(error)
            _log.warning("past trades are not to be had", symbol=instrument.symbol, reason=reason)
            return []

    async def last_id(self, id_: str, end_ms: int) -> int | None:
        """The id of the last trade before `end_ms`. Raises `RestError`."""
        rows = await self._api.aggregate_trades(id_, {"endTime": end_ms - 1, "limit": 1})
        return rows[-1].last_id if rows else None

    async def minute(self, id_: str, open_ms: int) -> Candle | None:
        """The minute that opened then, of the trades in it so far; None without any. Raises
        `RestError`, and ValueError for what cannot be."""
        bar: Candle | None = None
        async for row in self._aggregates(id_, open_ms, open_ms + MINUTE_MS):
            price, quantity = positive(row.price), positive(row.quantity)
            before = bar or flat_candle(open_ms, price)
            is_taker = not row.buyer_is_maker
            grown = before.with_trade(
                price, quantity, buyer_is_taker=is_taker, trade_id=row.first_id
            )
            count = before.trade_count + row.last_id - row.first_id + 1
            bar = msgspec.structs.replace(grown, trade_count=count)
        return bar

    async def _latest(self, instrument: Instrument, end_ms: int, limit: int) -> list[PublicTrade]:
        wanted = {"endTime": end_ms - 1, "limit": min(limit, PAGE_MAX)}
        rows = await self._api.aggregate_trades(instrument.id, wanted)
        if not rows:
            return []
        if rows[-1].last_id - rows[0].first_id + 1 == len(rows) or not self._has_old_trades:
            # Each of these orders traded once.
            return _expanded(rows, instrument)[-limit:]
        first_id = max(rows[0].first_id, rows[-1].last_id - limit + 1)
        found = await self._from(instrument, first_id, end_ms, limit)
        return found if self._has_old_trades else _expanded(rows, instrument)[-limit:]

    async def _first(
        self,
        instrument: Instrument,
        from_id: int | None,
        start_ms: int | None,
        end_ms: int,
        limit: int,
    ) -> list[PublicTrade]:
        if start_ms is not None:
            wanted = {"startTime": start_ms, "limit": 1}
            rows = await self._api.aggregate_trades(instrument.id, wanted)
            if not rows or rows[0].time_ms >= end_ms:
                return []
            from_id = max(from_id or 0, rows[0].first_id)
        found = await self._from(instrument, from_id or 0, end_ms, limit)
        if self._has_old_trades or start_ms is None:
            return found
        async for row in self._aggregates(instrument.id, start_ms, end_ms):
            found += _expanded([row], instrument)
            if len(found) >= limit:
                break
        return found[:limit]

    async def _from(
        self, instrument: Instrument, from_id: int, end_ms: int, limit: int
    ) -> list[PublicTrade]:
        """Trades with at least this id; none where the host does not tell them by id."""
        found: list[PublicTrade] = []
        for _ in range(PAGES_MAX):
            wanted = min(PAGE_MAX, limit - len(found))
            if wanted <= 0 or not self._has_old_trades:
                break
            try:
                rows = await self._api.old_trades(instrument.id, from_id, wanted)
            except UnknownSymbolError:
                raise
            except RefusedError:
                self._has_old_trades = False
                # What is asked instead is not to blame.
                await asyncio.sleep(self._api.rest.wait_s())
                return []
            page = [one for one in map(trade, rows) if one.time_ms < end_ms]
            found += page
            if len(page) < wanted:
                break
            from_id = page[-1].id + 1
        return found

    async def _aggregates(
        self, id_: str, start_ms: int, end_ms: int
    ) -> AsyncIterator[AggregateRow]:
        wanted = {"startTime": start_ms, "limit": PAGE_MAX}
        for _ in range(PAGES_MAX):
            rows = await self._api.aggregate_trades(id_, wanted)
            for row in rows:
                if row.time_ms >= end_ms:
                    return
                yield row
            if len(rows) < PAGE_MAX:
                return
            wanted = {"fromId": rows[-1].id + 1, "limit": PAGE_MAX}


async def fetch_beginning_ms(api: BinanceApi, id_: str) -> int | None:
    """When the first minute opened; None when Binance does not answer."""
    try:
        rows = await api.klines_since(id_, Interval.M1, 0)
    except RestError:
        return None
    return rows[0].open_time if rows else None


def _expanded(rows: list[AggregateRow], instrument: Instrument) -> list[PublicTrade]:
    return [
        PublicTrade(row.first_id + number, row.time_ms, positive(row.price), size, is_maker)
        for row in rows
        for is_maker in (row.buyer_is_maker,)
        for number, size in enumerate(
            _shares(positive(row.quantity), row.last_id - row.first_id + 1, instrument.step_size)
        )
    ]


def _shares(quantity: Decimal, count: int, step: Decimal) -> list[Decimal]:
    """Even parts on the instrument's grid, the last with what is left; on a finer one where the
    quantity has not enough steps."""
    while quantity < step * count:
        step /= 10
    part = quantity / count // step * step
    return [part] * (count - 1) + [quantity - part * (count - 1)]
