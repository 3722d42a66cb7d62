"""Price change statistics: of 24 hours, of a trading day, and of a window of any size."""

import re
from typing import Any, NamedTuple

from hypersim.dialects.binance.errors.parameters import illegal_characters, invalid_ticker_type
from hypersim.dialects.binance.market.prices import best_quotes
from hypersim.dialects.binance.market.selection import (
    SELECTION,
    Selection,
    select,
    symbols_sent,
    weight_per_symbol,
)
from hypersim.dialects.binance.numbers import (
    ZEROS,
    digits_of,
    first_id,
    fixed,
    last_id,
    percent,
)
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.params.time_zones import read_offset_ms
from hypersim.dialects.binance.venue import Call, public
from hypersim.market.candle import DAY_MS, HOUR_MS, MINUTE_MS, Candle, Interval, flat_candle
from hypersim.market.data import MarketData
from hypersim.market.instrument import Instrument
from hypersim.market.number import ZERO
from hypersim.service.contents import Data

WINDOW_LEGAL = "^([1-9]|[1-5][0-9])m$|^([1-9]|1[0-9]|2[0-3])h$|^[1-7]d$"
TYPES = {"FULL": True, "MINI": False}
"""Whether everything is shown."""

_WINDOW = re.compile(r"([1-9]|[1-5]\d)m|([1-9]|1\d|2[0-3])h|([1-7])d", re.ASCII)


class Span(NamedTuple):
    """What happened between two moments."""

    bar: Candle
    open_time: int
    close_time: int


async def ticker_day(call: Call) -> object:
    """The 24 hours up to now."""
    chosen = select(call)
    is_full = _read_type(call.params)
    call.params.done()
    now_ms = call.now_ms()

    def body(instrument: Instrument) -> dict[str, Any]:
        data = call.view.markets[instrument.symbol]
        span = Span(_rolling_day(data), call.time(now_ms - DAY_MS), call.time(now_ms))
        return _full_day(instrument, span, data) if is_full else _mini(instrument, span)

    return await chosen.answer(body)


async def ticker_trading_day(call: Call) -> object:
    """Since the last midnight of a time zone."""
    chosen = select(call, is_mandatory=True)
    offset_ms = read_offset_ms(call.params)
    is_full = _read_type(call.params)
    call.params.done()
    start_ms = Interval.D1.open_ms(call.now_ms() + offset_ms) - offset_ms
    return await _since(call, chosen, start_ms, call.time(start_ms + DAY_MS) - 1, is_full=is_full)


async def ticker_window(call: Call) -> object:
    """Since the minute in which a window of the given size began."""
    chosen = select(call, is_mandatory=True)
    window_ms = _read_window_ms(call.params)
    is_full = _read_type(call.params)
    call.params.done()
    now_ms = call.now_ms()
    start_ms = Interval.M1.open_ms(now_ms - window_ms)
    return await _since(call, chosen, start_ms, call.time(now_ms), is_full=is_full)


async def _since(
    call: Call, chosen: Selection, start_ms: int, close_time: int, *, is_full: bool
) -> object:
    bodies = []
    for instrument in chosen.instruments:
        bar = await call.services.markets.span(instrument.symbol, start_ms)
        if bar is None:
            last_price = call.view.markets[instrument.symbol].last_price
            bar = flat_candle(start_ms, last_price or ZERO)
        span = Span(bar, call.time(start_ms), close_time)
        bodies.append(_full(instrument, span) if is_full else _mini(instrument, span))
    return bodies[0] if chosen.is_single else bodies


def _rolling_day(data: MarketData) -> Candle:
    ticker = data.ticker()
    zeros = flat_candle(ticker.open_ms, ticker.last or ZERO)
    return Candle(
        zeros.open_ms,
        ticker.open or zeros.open,
        ticker.high or zeros.high,
        ticker.low or zeros.low,
        zeros.close,
        ticker.base_volume,
        ticker.quote_volume,
        ticker.trade_count,
        first_trade_id=ticker.first_trade_id,
    )


def _changes(instrument: Instrument, span: Span) -> dict[str, Any]:
    bar, places = span.bar, digits_of(instrument).price
    change = bar.close - bar.open
    average = bar.quote_volume / bar.volume if bar.volume else ZERO
    return {
        "symbol": instrument.id,
        "priceChange": fixed(change, places),
        "priceChangePercent": percent(change, bar.open),
        "weightedAvgPrice": fixed(average, places),
    }


def _prices(instrument: Instrument, bar: Candle) -> dict[str, Any]:
    places = digits_of(instrument).price
    return {
        "openPrice": fixed(bar.open, places),
        "highPrice": fixed(bar.high, places),
        "lowPrice": fixed(bar.low, places),
        "lastPrice": fixed(bar.close, places),
    }


def _sums(instrument: Instrument, span: Span) -> dict[str, Any]:
    digits, bar = digits_of(instrument), span.bar
    return {
        "volume": fixed(bar.volume, digits.quantity),
        "quoteVolume": fixed(bar.quote_volume, digits.quote),
        "openTime": span.open_time,
        "closeTime": span.close_time,
        "firstId": first_id(bar),
        "lastId": last_id(bar),
        "count": bar.trade_count,
    }


def _mini(instrument: Instrument, span: Span) -> dict[str, Any]:
    name = {"symbol": instrument.id}
    return name | _prices(instrument, span.bar) | _sums(instrument, span)


def _full(instrument: Instrument, span: Span) -> dict[str, Any]:
    return _changes(instrument, span) | _prices(instrument, span.bar) | _sums(instrument, span)


def _full_day(instrument: Instrument, span: Span, data: MarketData) -> dict[str, Any]:
    prices = _prices(instrument, span.bar)
    last_price = prices.pop("lastPrice")
    best = (data.bids[0] if data.bids else None, data.asks[0] if data.asks else None)
    last, places = data.last_trade, digits_of(instrument).quantity
    return {
        **_changes(instrument, span),
        # What was paid last before the window is where it opened.
        "prevClosePrice": prices["openPrice"],
        "lastPrice": last_price,
        "lastQty": fixed(last.quantity, places) if last else ZEROS[places],
        **best_quotes(instrument, *best),
        **prices,
        **_sums(instrument, span),
    }


def _read_type(params: Params) -> bool:
    is_full = params.choice("type", TYPES, invalid_ticker_type)
    return True if is_full is None else is_full


def _read_window_ms(params: Params) -> int:
    text = params.take("windowSize")
    if text is None:
        return DAY_MS
    match = _WINDOW.fullmatch(text)
    if match is None:
        raise illegal_characters("windowSize", WINDOW_LEGAL)
    minutes, hours, days = (int(group or 0) for group in match.groups())
    return minutes * MINUTE_MS + hours * HOUR_MS + days * DAY_MS


def _day_weight(params: Params) -> int:
    sent = symbols_sent(params)
    if sent is None or sent > 100:
        return 80
    return 2 if sent <= 20 else 40


OPERATIONS = (
    public(
        ticker_day,
        "GET /api/v3/ticker/24hr",
        "ticker.24hr",
        _day_weight,
        f"{SELECTION} type",
        reads=Data.TICKER,
    ),
    public(
        ticker_trading_day,
        "GET /api/v3/ticker/tradingDay",
        "ticker.tradingDay",
        weight_per_symbol(4, 200),
        f"{SELECTION} type timeZone",
    ),
    public(
        ticker_window,
        "GET /api/v3/ticker",
        "ticker",
        weight_per_symbol(4, 200),
        f"{SELECTION} type windowSize",
    ),
)
