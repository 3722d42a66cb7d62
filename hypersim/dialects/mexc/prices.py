"""Candles and last prices (spot_v3_en, "Kline/Candlestick Data", "Symbol Price Ticker")."""

from hypersim.dialects.mexc.venue import Call, public
from hypersim.market.candle import Candle, Interval
from hypersim.market.instrument import Instrument
from hypersim.market.number import plain
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


async def price(call: Call) -> object:
    """The last price of one symbol, or of each in a list; none where nothing was traded yet."""
    instrument = call.optional_instrument()
    if instrument is not None:
        return _price(call, instrument)
    return await in_slices(lambda each: _price(call, each), list(call.view.instruments.values()))


def _price(call: Call, instrument: Instrument) -> dict[str, str | None]:
    last = call.view.markets[instrument.symbol].last_price
    return {"symbol": instrument.id, "price": None if last is None else plain(last)}


OPERATIONS = (
    public(klines, "GET /api/v3/klines", reads=Data.CANDLES),
    public(price, "GET /api/v3/ticker/price", lambda p: 1 if p.text("symbol") else 2),
)
