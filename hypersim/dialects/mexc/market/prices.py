"""Candles, tickers and prices (spot_v3_en, "Market Data Endpoints")."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypersim.dialects.mexc.params import Params
from hypersim.dialects.mexc.venue import Call, public
from hypersim.market.candle import DAY_MS, Candle, Interval
from hypersim.market.instrument import Instrument
from hypersim.market.number import ZERO, plain
from hypersim.service.contents import Data
from hypersim.service.heavy_reads import in_slices

KLINES_DEFAULT, KLINES_MAX = 500, 1_000

INTERVALS = {
    "1m": Interval.M1,
    "5m": Interval.M5,
    "15m": Interval.M15,
    "30m": Interval.M30,
    "60m": Interval.H1,
    "4h": Interval.H4,
    "1d": Interval.D1,
    "1W": Interval.W1,
    "1M": Interval.MONTH,
}

EIGHT_PLACES = Decimal("0.00000001")
"""To which what was divided is rounded."""

Kline = tuple[int, str, str, str, str, str, int, str]


async def klines(call: Call) -> object:
    """Bars of eight columns, oldest first; the newest may be unfinished."""
    params, instrument = call.params, call.instrument()
    interval = params.need_choice("interval", INTERVALS)
    limit = params.limit(KLINES_DEFAULT, KLINES_MAX)
    since_ms, until_ms = params.integer("startTime"), params.integer("endTime")

    def kline(bar: Candle) -> Kline:
        prices = (plain(bar.open), plain(bar.high), plain(bar.low), plain(bar.close))
        end_ms = interval.next_open_ms(bar.open_ms)
        return (bar.open_ms, *prices, plain(bar.volume), end_ms, plain(bar.quote_volume))

    who = call.who
    async with call.services.markets.heavy.turn(limit, who.name, who.width):
        bars = await call.services.markets.candles(
            instrument.symbol, interval, since_ms=since_ms, until_ms=until_ms, limit=limit
        )
        return await in_slices(kline, bars)


async def average_price(call: Call) -> object:
    """The last minutes' mean price by volume; the last price when nothing traded."""
    instrument = call.instrument()
    price = call.services.markets.average_price(instrument.symbol, call.arrived_ms)
    shown = None if price is None else plain(price.quantize(EIGHT_PLACES))
    return {"mins": instrument.average_minutes, "price": shown}


async def ticker_day(call: Call) -> object:
    """The 24 hours up to now."""
    now_ms = call.arrived_ms
    return await _one_or_all(call, lambda each: _day(call, each, now_ms))


def _day(call: Call, instrument: Instrument, now_ms: int) -> dict[str, Any]:
    day = call.view.markets[instrument.symbol].ticker()
    last = day.last or ZERO
    opened = day.open or last
    change = last - opened
    # A fraction of the opening price, not a percentage, whatever its name says.
    part = (change / opened).quantize(EIGHT_PLACES) if opened else ZERO
    return {
        "symbol": instrument.id,
        "priceChange": plain(change),
        "priceChangePercent": plain(part),
        "prevClosePrice": plain(opened),
        "lastPrice": plain(last),
        **_quotes(call, instrument),
        "openPrice": plain(opened),
        "highPrice": plain(day.high or last),
        "lowPrice": plain(day.low or last),
        "volume": plain(day.base_volume),
        "quoteVolume": plain(day.quote_volume),
        "openTime": now_ms - DAY_MS,
        "closeTime": now_ms,
        "count": None,
    }


async def price(call: Call) -> object:
    """The last price of one symbol, or of each in a list; none where nothing was traded yet."""
    return await _one_or_all(call, lambda each: _price(call, each))


def _price(call: Call, instrument: Instrument) -> dict[str, str | None]:
    last = call.view.markets[instrument.symbol].last_price
    return {"symbol": instrument.id, "price": None if last is None else plain(last)}


async def book_ticker(call: Call) -> object:
    """Best bids and asks."""
    return await _one_or_all(call, lambda each: {"symbol": each.id, **_quotes(call, each)})


def _quotes(call: Call, instrument: Instrument) -> dict[str, str]:
    """Price and quantity of both sides; zero where there is none."""
    shown: dict[str, str] = {}
    for name, level in zip(
        ("bid", "ask"), call.services.markets.best(instrument.symbol), strict=True
    ):
        at, size = level or (ZERO, ZERO)
        shown |= {f"{name}Price": plain(at), f"{name}Qty": plain(size)}
    return shown


async def _one_or_all(call: Call, body: Callable[[Instrument], dict[str, Any]]) -> object:
    """Of the symbol that was sent, or a list of all."""
    instrument = call.optional_instrument()
    if instrument is not None:
        return body(instrument)
    return await in_slices(body, list(call.view.instruments.values()))


def _weight(one: int, all_of_them: int) -> Callable[[Params], int]:
    return lambda params: one if params.text("symbol") else all_of_them


OPERATIONS = (
    public(klines, "GET /api/v3/klines", reads=Data.CANDLES),
    public(average_price, "GET /api/v3/avgPrice"),
    public(ticker_day, "GET /api/v3/ticker/24hr", _weight(1, 40), reads=Data.TICKER),
    public(price, "GET /api/v3/ticker/price", _weight(1, 2), reads=Data.TICKER),
    public(book_ticker, "GET /api/v3/ticker/bookTicker", reads=Data.TICKER),
)
