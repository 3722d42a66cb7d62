"""The public endpoints that the feed uses, typed, within a budget of request weight."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

import msgspec

from hypersim.feeds.binance.exchange_info import ExchangeInfo, SymbolInfo
from hypersim.feeds.binance.rest import BinanceRest, UnknownSymbolError
from hypersim.feeds.binance.timings import BinanceTimings
from hypersim.feeds.binance.weight_budget import WeightBudget
from hypersim.feeds.binance.wire import (
    AggregateRow,
    BestPrices,
    BookSnapshot,
    DayStatistics,
    Kline,
    OldTrade,
)
from hypersim.feeds.binance.words import by_symbol
from hypersim.market.candle import Interval
from hypersim.market.number import parse_decimal

KLINES_MAX = 1_000
SNAPSHOT_LEVELS = 1_000
"""Of a book that is followed all the time."""
LOOKED_LEVELS = 500
"""Of one that comes when somebody looks: half the weight, for a wait half as long."""
NAMED_MAX = 100
"""Symbols that a question names; of more, everything is asked for."""

BOOK_TICKER_WEIGHT = 4
_SNAPSHOT_WEIGHTS = {LOOKED_LEVELS: 25, SNAPSHOT_LEVELS: 50}
_KLINES_WEIGHT = 2
_INFO_WEIGHT = 20
_AGGREGATES_WEIGHT = 4
_OLD_TRADES_WEIGHT = 25


def statistics_weight(symbols: int) -> int:
    """What `ticker/24hr` costs for so many symbols."""
    if symbols <= 20:
        return 2
    return 40 if symbols <= 100 else 80


class BinanceApi:
    """Questions to Binance; each raises `RestError` when it has no usable answer."""

    def __init__(self, rest: BinanceRest, timings: BinanceTimings) -> None:
        self.rest = rest
        self._timings = timings
        self._bulk = WeightBudget(timings.bulk_weight_burst, timings.bulk_weight_per_s)

    async def symbols(self, ids: Iterable[str]) -> dict[str, SymbolInfo]:
        """The listed ones among `ids`."""
        wanted = list(ids)
        if not wanted:
            return {}
        if len(wanted) > NAMED_MAX:
            return _those(wanted, await self.every_symbol())
        try:
            await self._bulk.spend(_INFO_WEIGHT)
            info = await self.rest.get("exchangeInfo", {"symbols": _list(wanted)}, ExchangeInfo)
        except UnknownSymbolError:
            # One unknown symbol spoils the question, and the answer does not say which.
            return _those(wanted, await self.every_symbol())
        return _those(wanted, info.symbols)

    async def every_symbol(self) -> list[SymbolInfo]:
        """All that Binance lists."""
        await self._bulk.spend(_INFO_WEIGHT)
        everything = {"showPermissionSets": "false"}
        limit_s = self._timings.listing_s
        info = await self.rest.get("exchangeInfo", everything, ExchangeInfo, limit_s=limit_s)
        return info.symbols

    async def answers(self) -> None:
        """Whether anybody is there. Raises `RestError`."""
        await self.rest.get("ping", {}, dict[str, object])

    async def best_prices(self, ids: Collection[str]) -> list[BestPrices]:
        """The best bid and ask of all `ids` (and of others, if they are many), in one call."""
        return await self.rest.get("ticker/bookTicker", _named(ids), list[BestPrices])

    async def statistics(self, ids: Collection[str]) -> list[DayStatistics]:
        """The last price and the last 24 hours of all `ids` (and of others, if they are many), in
        one call."""
        params = {**_named(ids), "type": "MINI"}
        return await self.rest.get("ticker/24hr", params, list[DayStatistics])

    async def every_volume(self) -> dict[str, Decimal]:
        """How much of its quote each symbol traded in the last 24 hours."""
        await self._bulk.spend(statistics_weight(NAMED_MAX + 1))
        limit_s = self._timings.listing_s
        params = {"type": "MINI"}
        rows = await self.rest.get("ticker/24hr", params, list[DayStatistics], limit_s=limit_s)
        return {row.symbol: parse_decimal(row.quote_volume) for row in rows}

    async def snapshot(self, id_: str, levels: int) -> BookSnapshot:
        """The order book, `SNAPSHOT_LEVELS` or `LOOKED_LEVELS` deep."""
        await self._bulk.spend(_SNAPSHOT_WEIGHTS.get(levels, _SNAPSHOT_WEIGHTS[SNAPSHOT_LEVELS]))
        return await self.rest.get("depth", {"symbol": id_, "limit": levels}, BookSnapshot)

    async def klines_before(
        self, id_: str, interval: Interval, end_ms: int, count: int
    ) -> list[Kline]:
        """The last `count` bars (at most `KLINES_MAX`) that opened before `end_ms`, ascending."""
        await self._bulk.spend(_KLINES_WEIGHT)
        params = {"symbol": id_, "interval": interval.value, "endTime": end_ms - 1, "limit": count}
        return await self.rest.get("klines", params, list[Kline])

    async def klines_since(self, id_: str, interval: Interval, start_ms: int) -> list[Kline]:
        """The first `KLINES_MAX` bars that opened at `start_ms` or later, ascending; the unfinished
        one may be the last."""
        await self._bulk.spend(_KLINES_WEIGHT)
        params = {
            "symbol": id_,
            "interval": interval.value,
            "startTime": start_ms,
            "limit": KLINES_MAX,
        }
        return await self.rest.get("klines", params, list[Kline])

    async def aggregate_trades(self, id_: str, wanted: Mapping[str, int]) -> list[AggregateRow]:
        """Aggregate trades, ascending, chosen as `GET /api/v3/aggTrades` does by `fromId`,
        `startTime`, `endTime` and `limit`."""
        await self._bulk.spend(_AGGREGATES_WEIGHT)
        params: dict[str, str | int] = {"symbol": id_, **wanted}
        return await self.rest.get("aggTrades", params, list[AggregateRow])

    async def old_trades(self, id_: str, from_id: int, limit: int) -> list[OldTrade]:
        """The first `limit` trades (at most 1,000) with at least this id, ascending."""
        await self._bulk.spend(_OLD_TRADES_WEIGHT)
        params: dict[str, str | int] = {"symbol": id_, "fromId": from_id, "limit": limit}
        return await self.rest.get("historicalTrades", params, list[OldTrade])


def _those(ids: Iterable[str], infos: Iterable[SymbolInfo]) -> dict[str, SymbolInfo]:
    listed = by_symbol(infos)
    return {id_: listed[id_] for id_ in ids if id_ in listed}


def _named(ids: Collection[str]) -> dict[str, str]:
    return {"symbols": _list(ids)} if len(ids) <= NAMED_MAX else {}


def _list(ids: Iterable[str]) -> str:
    return msgspec.json.encode(list(ids)).decode()
