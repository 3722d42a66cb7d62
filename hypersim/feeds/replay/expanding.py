"""What may have happened while a recorded candle was open.

A candle says that the price went from its open over its extremes to its close; here a rising candle
falls first. It passes every price between, so that what waits there (a stop, a resting order) is
met at its own price; only from one candle to the next can it jump. Four trades share the volume,
one where each leg ends, each in a quote one tick wide.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import msgspec

from hypersim.feeds.replay.rows import KlineRow
from hypersim.market.candle import Candle, Interval, flat_candle
from hypersim.market.events import (
    CandleClosed,
    MarketEvent,
    PricePassed,
    QuoteUpdated,
    TradePrinted,
)
from hypersim.market.instrument import ASSET_PLACES, Instrument
from hypersim.market.number import ZERO, truncate


class _Turn(NamedTuple):
    """Where a leg ends, when, and its share of the candle's volume."""

    time_ms: int
    price: Decimal
    size: Decimal


def candle_events(
    instrument: Instrument, row: KlineRow, before: Decimal | None
) -> list[MarketEvent]:
    """All events, in order of time, the closed minutes that hold the trades among them. `before` is
    the price before the candle opened."""
    candle, symbol = row.candle, instrument.symbol
    events: list[MarketEvent] = []
    buys, at = candle.close >= candle.open, before
    for number, turn in enumerate(_turns(row)):
        buys = turn.price > at if at is not None and turn.price != at else buys
        time_ms, size = turn.time_ms, turn.size or instrument.step_size
        if candle.volume:
            events.append(PricePassed(symbol, time_ms, turn.price, size, is_gap=number == 0))
        events.append(quote_around(instrument, time_ms, turn.price, size, is_ask=buys))
        if turn.size:
            events.append(TradePrinted(symbol, time_ms, turn.price, turn.size, not buys))
        at = turn.price
    events += closed_candles(symbol, row)
    events.sort(key=lambda event: event.time_ms)
    return events


def closed_candles(symbol: str, row: KlineRow) -> list[MarketEvent]:
    """The recorded candle when it is over; of a longer one than a minute, the minutes that it is
    made of."""
    if row.interval.length_ms <= Interval.M1.length_ms:
        return [CandleClosed(symbol, row.end_ms, row.interval, row.candle)]
    return [
        CandleClosed(symbol, Interval.M1.next_open_ms(minute.open_ms), Interval.M1, minute)
        for minute in minutes_of(row)
    ]


def minutes_of(row: KlineRow) -> list[Candle]:
    """The minutes of a longer candle in which its trades fall; all figures add up to its own. In
    the others nothing traded."""
    if not row.candle.volume:
        return [flat_candle(Interval.M1.open_ms(row.time_ms), row.candle.close)]
    minutes: dict[int, Candle] = {}
    for part in _parts(row):
        open_ms = Interval.M1.open_ms(part.open_ms)
        known = minutes.get(open_ms)
        minutes[open_ms] = (
            msgspec.structs.replace(part, open_ms=open_ms)
            if known is None
            else known.followed_by(part)
        )
    return list(minutes.values())


def quote_around(
    instrument: Instrument, time_ms: int, price: Decimal, size: Decimal, *, is_ask: bool
) -> QuoteUpdated:
    """A spread of one tick with a trade's price as the ask or the bid."""
    tick = instrument.tick_size
    bid = price - tick if is_ask and price > tick else price
    return QuoteUpdated(instrument.symbol, time_ms, bid, size, bid + tick, size)


def _turns(row: KlineRow) -> list[_Turn]:
    candle, length_ms = row.candle, row.end_ms - row.time_ms
    rises = candle.close >= candle.open
    turns = (candle.low, candle.high) if rises else (candle.high, candle.low)
    offsets = 0, length_ms // 4, length_ms // 2, length_ms - length_ms // 60
    prices, sizes = (candle.open, *turns, candle.close), _shares(candle.volume)
    return [
        _Turn(row.time_ms + offset, price, size)
        for offset, price, size in zip(offsets, prices, sizes, strict=True)
    ]


def _parts(row: KlineRow) -> Iterator[Candle]:
    """What traded where each leg ends, as a candle that opens then. The last one takes what
    rounding left."""
    turns = [turn for turn in _turns(row) if turn.size]
    worth = sum((turn.price * turn.size for turn in turns), ZERO)
    left = row.candle
    for number, (time_ms, price, size) in enumerate(turns, 1):
        part = left
        if number < len(turns):
            by_size, by_worth = size / row.candle.volume, price * size / worth
            part = _portion(row.candle, size, by_size, by_worth)
            left = _less(left, part)
        yield msgspec.structs.replace(
            part, open_ms=time_ms, open=price, high=price, low=price, close=price
        )


def _portion(candle: Candle, size: Decimal, by_size: Decimal, by_worth: Decimal) -> Candle:
    return msgspec.structs.replace(
        candle,
        volume=size,
        quote_volume=truncate(candle.quote_volume * by_worth, ASSET_PLACES),
        trade_count=int(candle.trade_count * by_size),
        taker_volume=truncate(candle.taker_volume * by_size, ASSET_PLACES),
        taker_quote_volume=truncate(candle.taker_quote_volume * by_worth, ASSET_PLACES),
    )


def _less(candle: Candle, part: Candle) -> Candle:
    return msgspec.structs.replace(
        candle,
        volume=candle.volume - part.volume,
        quote_volume=candle.quote_volume - part.quote_volume,
        trade_count=candle.trade_count - part.trade_count,
        taker_volume=candle.taker_volume - part.taker_volume,
        taker_quote_volume=candle.taker_quote_volume - part.taker_quote_volume,
    )


def _shares(volume: Decimal) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """`volume` in four parts with no more decimals than it has; the last takes what is left."""
    unit = Decimal(1).scaleb(int(volume.as_tuple().exponent))
    part = volume / 4 // unit * unit
    return part, part, part, volume - 3 * part
