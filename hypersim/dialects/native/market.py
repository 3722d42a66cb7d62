"""Public endpoints: section 4.2 of the source design, and depth and klines."""

from typing import Any

from litestar import Response, get

from hypersim import __version__
from hypersim.api.services import Services
from hypersim.dialects.native.auth import NativeRequest, charge, client_address
from hypersim.dialects.native.bodies import (
    candle_body,
    depth_body,
    encode,
    iso,
    market_body,
    public_trade_body,
    ticker_body,
)
from hypersim.dialects.native.parsing import Query, known_symbol
from hypersim.market.candle import Interval

KLINES_DEFAULT = 500
JSON = "application/json"


def reply(body: object, status: int = 200) -> Response[bytes]:
    """A JSON answer."""
    return Response(encode(body), status_code=status, media_type=JSON)


def public_handlers(services: Services) -> list[Any]:
    """The handlers of the public API."""
    view, markets, clock = services.engine.view, services.markets, services.engine.clock

    def query(request: NativeRequest, *allowed: str) -> Query:
        charge(services, client_address(request))
        return Query(request, allowed)

    @get("/v1/ping", summary="Health check")
    async def ping(request: NativeRequest) -> Response[bytes]:
        query(request)
        return reply({})

    @get("/v1/time", summary="The exchange's time in ms, and where prices come from")
    async def time(request: NativeRequest) -> Response[bytes]:
        query(request)
        now_ms = clock.now_ms()
        status = services.feed.status()
        feed = {"name": status.name, "state": status.state, "detail": status.detail}
        return reply(
            {"timestamp": now_ms, "datetime": iso(now_ms), "feed": feed, "version": __version__}
        )

    @get("/v1/markets", summary="All instruments with their increments and limits")
    async def list_markets(request: NativeRequest) -> Response[bytes]:
        query(request)
        return reply([market_body(instrument) for instrument in view.instruments.values()])

    @get("/v1/ticker/{symbol:path}", summary="Best quote and the last 24 hours")
    async def ticker(request: NativeRequest, symbol: str) -> Response[bytes]:
        query(request)
        return reply(ticker_body(view.markets[known_symbol(view, symbol)].ticker()))

    @get("/v1/tickers", summary="All tickers by symbol")
    async def tickers(request: NativeRequest) -> Response[bytes]:
        wanted = query(request, "symbols").text("symbols")
        names = wanted.split(",") if wanted else list(view.markets)
        symbols = [known_symbol(view, name) for name in names]
        return reply({symbol: ticker_body(view.markets[symbol].ticker()) for symbol in symbols})

    @get("/v1/trades/{symbol:path}", summary="Recent trades, oldest first")
    async def trades(request: NativeRequest, symbol: str) -> Response[bytes]:
        page = query(request, "since", "limit")
        since_ms, limit = page.time_ms("since"), page.integer("limit", 1, 1_000_000)
        symbol = known_symbol(view, symbol)
        rows = [
            public_trade_body(symbol, trade)
            for trade in view.markets[symbol].trades
            if since_ms is None or trade.time_ms >= since_ms
        ]
        if limit is not None:
            rows = rows[-limit:] if since_ms is None else rows[:limit]
        return reply(rows)

    @get("/v1/depth/{symbol:path}", summary="The order book, best prices first")
    async def depth(request: NativeRequest, symbol: str) -> Response[bytes]:
        limit = query(request, "limit").limit()
        symbol = known_symbol(view, symbol)
        data = view.markets[symbol]
        bids, asks = markets.depth(symbol)
        return reply(
            depth_body(
                symbol, bids[:limit], asks[:limit], time_ms=data.time_ms, nonce=data.update_id
            )
        )

    @get("/v1/klines/{symbol:path}", summary="Candles [time, o, h, l, c, volume], oldest first")
    async def klines(request: NativeRequest, symbol: str) -> Response[bytes]:
        page = query(request, "interval", "since", "until", "limit")
        limit = page.limit() or KLINES_DEFAULT
        candles = await markets.candles(
            known_symbol(view, symbol),
            page.interval("interval") or Interval.M1,
            since_ms=page.time_ms("since"),
            until_ms=page.time_ms("until"),
            limit=limit,
        )
        return reply([candle_body(candle) for candle in candles])

    return [ping, time, list_markets, ticker, tickers, trades, depth, klines]
