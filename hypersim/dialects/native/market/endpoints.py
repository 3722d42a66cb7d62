"""Public endpoints: section 4.2 of the source design, and depth and klines."""

from typing import Any

from msgspec import Struct

from hypersim import __version__
from hypersim.api.plain_json import Object, iso
from hypersim.dialects.native.market.bodies import (
    book_body,
    candle_body,
    market_body,
    public_trade_body,
    ticker_body,
)
from hypersim.dialects.native.params import (
    BarLength,
    Limit,
    Since,
    Symbols,
    TradesLimit,
    Until,
    interval_of,
    known_symbol,
)
from hypersim.dialects.native.venue import Call, Operation
from hypersim.market.candle import Interval
from hypersim.service.contents import Data
from hypersim.service.heavy_reads import in_slices
from hypersim.service.past_trades import Wanted

KLINES_DEFAULT = 500
TRADES_MAX = 1_000
"""In one answer; the next page begins with the time of the last one."""

TICKERS_IN_SLICE = 20
"""Each looks at the minutes of a day."""


class TickersQuery(Struct):
    """Of `GET /v1/tickers`."""

    symbols: Symbols | None = None


class DepthQuery(Struct):
    """Of `GET /v1/depth/{symbol}`."""

    limit: Limit | None = None


class TradesQuery(Struct):
    """Of `GET /v1/trades/{symbol}`."""

    since: Since | None = None
    limit: TradesLimit | None = None


class CandlesQuery(Struct):
    """Of `GET /v1/klines/{symbol}`."""

    interval: BarLength | None = None
    since: Since | None = None
    until: Until | None = None
    limit: Limit | None = None


async def ping(call: Call) -> Object:
    """Health check."""
    call.no_query()
    return {}


async def time(call: Call) -> Object:
    """The exchange's time in ms, and where prices come from."""
    call.no_query()
    now_ms, status = call.told_ms(), call.services.feed.status()
    feed = {"name": status.name, "state": status.state, "detail": status.detail}
    return {"timestamp": now_ms, "datetime": iso(now_ms), "feed": feed, "version": __version__}


async def list_markets(call: Call) -> list[Object]:
    """All instruments with their increments and limits."""
    call.no_query()
    rules, listed = call.services.engine.rules, call.view.instruments.values()
    return [market_body(instrument, rules.fees_of(instrument).side) for instrument in listed]


async def ticker(call: Call) -> Object:
    """Best quote and the last 24 hours."""
    call.no_query()
    return ticker_body(call.market().ticker())


async def tickers(call: Call) -> Object:
    """All tickers by symbol."""
    wanted, view = call.query(TickersQuery).symbols, call.view
    names = wanted.split(",") if wanted else list(view.markets)
    symbols = [known_symbol(view, name) for name in names]
    call.charge_rows(len(symbols))
    bodies = await in_slices(
        lambda symbol: ticker_body(view.markets[symbol].ticker()), symbols, TICKERS_IN_SLICE
    )
    return dict(zip(symbols, bodies, strict=True))


async def trades(call: Call) -> list[Object]:
    """Public trades since a time, or the latest; oldest first."""
    page = call.query(TradesQuery)
    symbol = call.market().symbol
    wanted = Wanted(start_ms=page.since, limit=min(page.limit or TRADES_MAX, TRADES_MAX))
    call.charge_rows(wanted.limit)
    found = await call.services.markets.trades(symbol, wanted)
    return [public_trade_body(symbol, trade) for trade in found]


async def depth(call: Call) -> Object:
    """The order book, best prices first."""
    limit, symbol = call.query(DepthQuery).limit, call.market().symbol
    await call.services.markets.whole_books(symbol)
    return book_body(call.services, symbol, limit)


async def klines(call: Call) -> list[list[Any]]:
    """Candles [time, o, h, l, c, volume], oldest first."""
    page = call.query(CandlesQuery)
    limit, symbol = page.limit or KLINES_DEFAULT, call.market().symbol
    interval = interval_of(page.interval) or Interval.M1
    call.charge_rows(limit)
    async with call.heavy(limit):
        candles = await call.services.markets.candles(
            symbol, interval, since_ms=page.since, until_ms=page.until, limit=limit
        )
        return await in_slices(candle_body, candles)


OPERATIONS = (
    Operation(ping, ("GET /v1/ping",)),
    Operation(time, ("GET /v1/time",), reads=Data.TIME),
    Operation(list_markets, ("GET /v1/markets",)),
    Operation(ticker, ("GET /v1/ticker/{symbol:path}",), reads=Data.TICKER),
    Operation(tickers, ("GET /v1/tickers",), query=TickersQuery, reads=Data.TICKER),
    Operation(trades, ("GET /v1/trades/{symbol:path}",), query=TradesQuery, reads=Data.TRADES),
    Operation(depth, ("GET /v1/depth/{symbol:path}",), query=DepthQuery, reads=Data.BOOK),
    Operation(klines, ("GET /v1/klines/{symbol:path}",), query=CandlesQuery, reads=Data.CANDLES),
)
