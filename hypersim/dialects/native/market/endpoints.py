"""Public endpoints: section 4.2 of the source design, and depth and klines."""

from litestar import Response, get
from litestar.params import FromPath

from hypersim import __version__
from hypersim.dialects.native.auth import (
    NativeRequest,
    charge_address,
    scope_of,
    services_of,
)
from hypersim.dialects.native.limits import charge_rows, turn_for
from hypersim.dialects.native.market.bodies import (
    candle_body,
    depth_body,
    market_body,
    public_trade_body,
    ticker_body,
)
from hypersim.dialects.native.numbers import encode, iso
from hypersim.dialects.native.params import Query, known_symbol
from hypersim.dialects.native.words import LIST, ROWS, operation
from hypersim.market.candle import Interval
from hypersim.service.heavy_reads import in_slices
from hypersim.service.past_trades import Wanted

KLINES_DEFAULT = 500
TRADES_MAX = 1_000
"""In one answer; the next page begins with the time of the last one."""

TICKERS_IN_SLICE = 20
"""Each looks at the minutes of a day."""

JSON = "application/json"


def reply(body: object, status: int = 200) -> Response[bytes]:
    """A JSON answer."""
    return Response(encode(body), status_code=status, media_type=JSON)


@get("/v1/ping", summary="Health check", operation_class=operation())
async def ping(request: NativeRequest) -> Response[bytes]:
    _query(request)
    return reply({})


@get(
    "/v1/time",
    summary="The exchange's time in ms, and where prices come from",
    operation_class=operation(),
)
async def time(request: NativeRequest) -> Response[bytes]:
    _query(request)
    services = services_of(request)
    now_ms = services.engine.clock.now_ms()
    status = services.feed.status()
    feed = {"name": status.name, "state": status.state, "detail": status.detail}
    return reply(
        {"timestamp": now_ms, "datetime": iso(now_ms), "feed": feed, "version": __version__}
    )


@get(
    "/v1/markets",
    summary="All instruments with their increments and limits",
    operation_class=operation(answer=LIST),
)
async def list_markets(request: NativeRequest) -> Response[bytes]:
    _query(request)
    engine = services_of(request).engine
    listed, rules = engine.view.instruments.values(), engine.rules
    return reply([market_body(instrument, rules.fees_of(instrument).side) for instrument in listed])


@get(
    "/v1/ticker/{symbol:path}",
    summary="Best quote and the last 24 hours",
    operation_class=operation(),
)
async def ticker(request: NativeRequest, symbol: FromPath[str]) -> Response[bytes]:
    _query(request)
    view = services_of(request).engine.view
    return reply(ticker_body(view.markets[known_symbol(view, symbol)].ticker()))


@get(
    "/v1/tickers",
    summary="All tickers by symbol",
    operation_class=operation(query=("symbols",)),
)
async def tickers(request: NativeRequest) -> Response[bytes]:
    wanted = _query(request, "symbols").text("symbols")
    view = services_of(request).engine.view
    names = wanted.split(",") if wanted else list(view.markets)
    symbols = [known_symbol(view, name) for name in names]
    charge_rows(request, len(symbols))
    bodies = await in_slices(
        lambda symbol: ticker_body(view.markets[symbol].ticker()), symbols, TICKERS_IN_SLICE
    )
    return reply(dict(zip(symbols, bodies, strict=True)))


@get(
    "/v1/trades/{symbol:path}",
    summary="Public trades since a time, or the latest; oldest first",
    operation_class=operation(query=("since", "limit"), answer=LIST),
)
async def trades(request: NativeRequest, symbol: FromPath[str]) -> Response[bytes]:
    page = _query(request, "since", "limit")
    since_ms, limit = page.time_ms("since"), page.integer("limit", 1, 1_000_000)
    services = services_of(request)
    symbol = known_symbol(services.engine.view, symbol)
    wanted = Wanted(start_ms=since_ms, limit=min(limit or TRADES_MAX, TRADES_MAX))
    charge_rows(request, wanted.limit)
    found = await services.markets.trades(symbol, wanted)
    return reply([public_trade_body(symbol, trade) for trade in found])


@get(
    "/v1/depth/{symbol:path}",
    summary="The order book, best prices first",
    operation_class=operation(query=("limit",)),
)
async def depth(request: NativeRequest, symbol: FromPath[str]) -> Response[bytes]:
    limit = _query(request, "limit").limit()
    services = services_of(request)
    symbol = known_symbol(services.engine.view, symbol)
    await services.markets.whole_books(symbol)
    data = services.engine.view.markets[symbol]
    bids, asks = services.markets.depth(symbol, limit)
    return reply(depth_body(symbol, bids, asks, time_ms=data.time_ms, nonce=data.update_id))


@get(
    "/v1/klines/{symbol:path}",
    summary="Candles [time, o, h, l, c, volume], oldest first",
    operation_class=operation(query=("interval", "since", "until", "limit"), answer=ROWS),
)
async def klines(request: NativeRequest, symbol: FromPath[str]) -> Response[bytes]:
    page = _query(request, "interval", "since", "until", "limit")
    limit = page.limit() or KLINES_DEFAULT
    services = services_of(request)
    symbol = known_symbol(services.engine.view, symbol)
    interval = page.interval("interval") or Interval.M1
    since_ms, until_ms = page.time_ms("since"), page.time_ms("until")
    charge_rows(request, limit)
    async with turn_for(request, limit):
        candles = await services.markets.candles(
            symbol, interval, since_ms=since_ms, until_ms=until_ms, limit=limit
        )
        return reply(await in_slices(candle_body, candles))


PUBLIC_HANDLERS = [ping, time, list_markets, ticker, tickers, trades, depth, klines]


def _query(request: NativeRequest, *allowed: str) -> Query:
    charge_address(services_of(request), scope_of(request))
    return Query(request, allowed)
