"""What may have happened while a recorded candle was open.

A candle says that the price went from its open over its extremes to its close; here a rising candle
falls first. It passes every price between, so that what waits there (a stop, a resting order) is
met at its own price; only from one candle to the next can it jump. Where each leg ends there is a
quote one tick wide, and a quarter of the volume is on offer to who waits; what the public sees of
the trades adds up to the candle.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from hypersim.feeds.replay.rows import KlineRow
from hypersim.feeds.replay.telling import ToldLeg, Turn, told_legs
from hypersim.market.candle import Candle, Interval, flat_candle, merged
from hypersim.market.events import (
    CandleClosed,
    MarketEvent,
    PricePassed,
    QuoteUpdated,
    TradePrinted,
)
from hypersim.market.instrument import ASSET_PLACES, Instrument
from hypersim.market.number import ZERO, truncate

NO_LEGS = (None, None, None, None)


def candle_events(
    instrument: Instrument, row: KlineRow, before: Decimal | None
) -> list[MarketEvent]:
    """All events, in order of time, the closed minutes that hold the trades among them. `before` is
    the price before the candle opened."""
    candle, symbol = row.candle, instrument.symbol
    events: list[MarketEvent] = []
    buys, at = candle.close >= candle.open, before
    turns = turns_of(row)
    is_told = candle.first_trade_id is not None
    legs: Sequence[ToldLeg | None] = told_legs(row, turns, instrument) if is_told else NO_LEGS
    for number, (turn, leg) in enumerate(zip(turns, legs, strict=True)):
        buys = turn.price > at if at is not None and turn.price != at else buys
        time_ms, size = turn.time_ms, turn.size or instrument.step_size
        if candle.volume:
            events.append(PricePassed(symbol, time_ms, turn.price, size, is_gap=number == 0))
        events.append(quote_around(instrument, time_ms, turn.price, size, is_ask=buys))
        if leg is not None and (turn.size or leg.total):
            told_id = leg.last_id
            events.append(TradePrinted(symbol, time_ms, turn.price, size, not buys, told_id, leg))
        elif turn.size:
            events.append(TradePrinted(symbol, time_ms, turn.price, turn.size, not buys))
        at = turn.price
    events += closed_candles(instrument, row)
    events.sort(key=lambda event: event.time_ms)
    return events


def closed_candles(instrument: Instrument, row: KlineRow) -> list[MarketEvent]:
    """The recorded candle when it is over; of a longer one than a minute, the minutes that it is
    made of."""
    symbol = instrument.symbol
    if row.interval.length_ms <= Interval.M1.length_ms:
        return [CandleClosed(symbol, row.end_ms, row.interval, row.candle)]
    return [
        CandleClosed(symbol, Interval.M1.next_open_ms(minute.open_ms), Interval.M1, minute)
        for minute in minutes_of(row, instrument)
    ]


def minutes_of(row: KlineRow, instrument: Instrument) -> list[Candle]:
    """The minutes of a longer candle in which its trades fall; all figures add up to its own. In
    the others nothing traded."""
    if not row.candle.volume:
        return [flat_candle(Interval.M1.open_ms(row.time_ms), row.candle.close)]
    minutes: dict[int, Candle] = {}
    for leg in told_legs(row, turns_of(row), instrument):
        if leg.total:
            open_ms = Interval.M1.open_ms(leg.time_ms)
            flat = minutes.get(open_ms) or flat_candle(open_ms, row.candle.open)
            minutes[open_ms] = flat.followed_by(leg.bar)
    found = _meeting(row.candle, list(minutes.values()))
    if row.candle.first_trade_id is not None:
        return found
    return [msgspec.structs.replace(one, first_trade_id=None) for one in found]


def _meeting(candle: Candle, minutes: list[Candle]) -> list[Candle]:
    """The minutes with quote volumes that add up to the candle's, even where no trades could: each
    in proportion, the last with what rounding left."""
    whole = merged(minutes)
    quotes = candle.quote_volume, candle.taker_quote_volume
    if (whole.quote_volume, whole.taker_quote_volume) == quotes:
        return minutes
    met: list[Candle] = []
    left, taken_left = quotes
    for number, minute in enumerate(minutes, 1):
        if number < len(minutes):
            quote = _part(candle.quote_volume, minute.quote_volume, whole.quote_volume)
            taken = _part(
                candle.taker_quote_volume, minute.taker_quote_volume, whole.taker_quote_volume
            )
        else:
            quote, taken = left, taken_left
        left, taken_left = left - quote, taken_left - taken
        met.append(msgspec.structs.replace(minute, quote_volume=quote, taker_quote_volume=taken))
    return met


def _part(whole: Decimal, share: Decimal, shares: Decimal) -> Decimal:
    return truncate(whole * share / shares, ASSET_PLACES) if shares else ZERO


def quote_around(
    instrument: Instrument, time_ms: int, price: Decimal, size: Decimal, *, is_ask: bool
) -> QuoteUpdated:
    """A spread of one tick with a trade's price as the ask or the bid."""
    tick = instrument.tick_size
    bid = price - tick if is_ask and price > tick else price
    return QuoteUpdated(instrument.symbol, time_ms, bid, size, bid + tick, size)


def turns_of(row: KlineRow) -> list[Turn]:
    """Where the price goes from the open over the extremes to the close."""
    candle, length_ms = row.candle, row.end_ms - row.time_ms
    rises = candle.close >= candle.open
    turns = (candle.low, candle.high) if rises else (candle.high, candle.low)
    offsets = 0, length_ms // 4, length_ms // 2, length_ms - length_ms // 60
    prices, sizes = (candle.open, *turns, candle.close), _shares(candle.volume)
    return [
        Turn(row.time_ms + offset, price, size)
        for offset, price, size in zip(offsets, prices, sizes, strict=True)
    ]


def _shares(volume: Decimal) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """`volume` in four parts with no more decimals than it has; the last takes what is left."""
    unit = Decimal(1).scaleb(int(volume.as_tuple().exponent))
    part = volume / 4 // unit * unit
    return part, part, part, volume - 3 * part
