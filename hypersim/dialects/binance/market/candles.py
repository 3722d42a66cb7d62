"""klines, uiKlines and avgPrice."""

from hypersim.dialects.binance.errors.parameters import invalid_interval
from hypersim.dialects.binance.numbers import Digits, digits_of, fixed, fixed_or_zero
from hypersim.dialects.binance.params.time_zones import read_offset_ms
from hypersim.dialects.binance.venue import Call, public
from hypersim.market.candle import Candle, Interval
from hypersim.service.contents import Data
from hypersim.service.heavy_reads import in_slices
from hypersim.service.zones import parts_of, zoned_candles

KLINES_DEFAULT, KLINES_MAX = 500, 1_000
KLINES_PARAMETERS = "symbol interval timeZone startTime endTime limit"

INTERVALS = {interval.value: interval for interval in Interval}

Kline = tuple[int, str, str, str, str, str, int, str, int, str, str, str]


async def klines(call: Call) -> object:
    """Bars, oldest first; the newest may be unfinished."""
    params, instrument = call.params, call.instrument()
    interval = params.need_choice("interval", INTERVALS, invalid_interval)
    start_ms, end_ms = params.time_ms("startTime"), params.time_ms("endTime")
    offset_ms = read_offset_ms(params)
    limit = params.limit(KLINES_DEFAULT, KLINES_MAX)
    params.done()
    digits = digits_of(instrument)

    def kline(bar: Candle) -> Kline:
        next_open_ms = interval.next_open_ms(bar.open_ms + offset_ms) - offset_ms
        return _kline(call, bar, next_open_ms, digits)

    async with call.heavy(parts_of(interval, offset_ms, limit)):
        bars = await zoned_candles(
            call.services.markets,
            instrument.symbol,
            interval,
            offset_ms=offset_ms,
            since_ms=start_ms,
            until_ms=end_ms,
            limit=limit,
        )
        return await in_slices(kline, bars)


async def average_price(call: Call) -> object:
    """The last minutes' mean price by volume; the last price when nothing traded."""
    instrument = call.instrument()
    call.params.done()
    data = call.view.markets[instrument.symbol]
    price = call.services.markets.average_price(instrument.symbol, call.now_ms())
    last_ms = data.trades[-1].time_ms if data.trades else data.time_ms
    return {
        "mins": instrument.average_minutes,
        "price": fixed_or_zero(price, digits_of(instrument).price),
        "closeTime": call.time(last_ms),
    }


def _kline(call: Call, bar: Candle, next_open_ms: int, digits: Digits) -> Kline:
    return (
        call.time(bar.open_ms),
        fixed(bar.open, digits.price),
        fixed(bar.high, digits.price),
        fixed(bar.low, digits.price),
        fixed(bar.close, digits.price),
        fixed(bar.volume, digits.quantity),
        # The last moment of the bar, in whatever unit.
        call.time(next_open_ms) - 1,
        fixed(bar.quote_volume, digits.quote),
        bar.trade_count,
        fixed(bar.taker_volume, digits.quantity),
        fixed(bar.taker_quote_volume, digits.quote),
        "0",
    )


OPERATIONS = (
    public(klines, "GET /api/v3/klines", "klines", 2, KLINES_PARAMETERS, reads=Data.CANDLES),
    public(klines, "GET /api/v3/uiKlines", "uiKlines", 2, KLINES_PARAMETERS),
    public(average_price, "GET /api/v3/avgPrice", "avgPrice", 2, "symbol"),
)
