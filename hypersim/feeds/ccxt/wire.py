"""CCXT's unified structures in our words.

CCXT is told to leave numbers as the texts that the exchange sent, so they become exact Decimals
here. Whatever is missing or cannot be raises ValueError.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TypeVar

import msgspec

from hypersim.market.candle import Candle, Interval
from hypersim.market.events import Level, QuoteUpdated, StatisticsUpdated, TradePrinted
from hypersim.market.instrument import Instrument, TradingStatus

Unified = Mapping[str, object]
"""A market, ticker or trade as CCXT gives it."""

DECIMAL_PLACES, TICK_SIZE = 2, 4
"""CCXT's ways to state a precision that say how large a step is."""

_Ours = TypeVar("_Ours", Decimal, Decimal | None)


def number(value: object) -> Decimal:
    """An exact, finite number that is not below zero."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is no number")
    try:
        exact = Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is no number") from error
    if not exact.is_finite() or exact < 0:
        raise ValueError(f"{value!r} is no price or size")
    return exact


def positive(value: object) -> Decimal:
    """A number above zero."""
    exact = number(value)
    if exact == 0:
        raise ValueError("a price or size of zero")
    return exact


def time_of(value: object) -> int | None:
    """A unified timestamp (ms), if there is one."""
    return value if isinstance(value, int) and value > 0 else None


def instrument_from(market: Unified, ours: Instrument, precision_mode: int) -> Instrument:
    """`ours` with the filters that the exchange gives; ours stay where it gives none."""
    precision, limits = _part(market, "precision"), _part(market, "limits")
    price, amount, cost = (_part(limits, key) for key in ("price", "amount", "cost"))
    is_open = market.get("active") is not False and ours.status is TradingStatus.TRADING
    return msgspec.structs.replace(
        ours,
        tick_size=_step(precision.get("price"), precision_mode, ours.tick_size),
        step_size=_step(precision.get("amount"), precision_mode, ours.step_size),
        min_price=_or(price.get("min"), ours.min_price),
        max_price=_or(price.get("max"), ours.max_price),
        min_quantity=_or(amount.get("min"), ours.min_quantity),
        max_quantity=_or(amount.get("max"), ours.max_quantity),
        min_notional=_or(cost.get("min"), ours.min_notional),
        max_notional=_or(cost.get("max"), ours.max_notional),
        status=TradingStatus.TRADING if is_open else TradingStatus.HALTED,
    )


def quote(symbol: str, time_ms: int, ticker: Unified) -> QuoteUpdated | None:
    """The best prices of a ticker; None when it has none. Sizes that are not told are 1 lot of
    nothing known, so such a ticker has no quote either."""
    texts = [ticker.get(key) for key in ("bid", "bidVolume", "ask", "askVolume")]
    if any(text is None for text in texts):
        return None
    bid, bid_size, ask, ask_size = map(positive, texts)
    if bid >= ask:
        raise ValueError(f"bid {bid} is not below ask {ask}")
    return QuoteUpdated(symbol, time_ms, bid, bid_size, ask, ask_size)


def statistics(symbol: str, time_ms: int, ticker: Unified) -> StatisticsUpdated | None:
    """The 24 hours of a ticker; None when it does not tell the most of them."""
    if any(ticker.get(key) is None for key in ("high", "low", "last", "baseVolume")):
        return None
    high, low, last = (positive(ticker[key]) for key in ("high", "low", "last"))
    first = ticker.get("open")
    base_volume = number(ticker["baseVolume"])
    quoted = ticker.get("quoteVolume")
    return StatisticsUpdated(
        symbol,
        time_ms,
        positive(first) if first is not None else last,
        high,
        low,
        last,
        base_volume,
        number(quoted) if quoted is not None else base_volume * last,
    )


def levels(rows: object, *, descending: bool) -> tuple[Level, ...]:
    """One side of a book, best first: CCXT sorts texts as texts, so it is sorted again here."""
    if not isinstance(rows, list):
        raise ValueError(f"{type(rows).__name__} is no side of a book")
    side = {positive(row[0]): number(row[1]) for row in rows}
    return tuple(sorted(((p, s) for p, s in side.items() if s), reverse=descending))


def trade(symbol: str, time_ms: int, row: Unified) -> TradePrinted:
    """A public trade. `side` is the taker's. Its id is left out: at many exchanges ids are no
    numbers or have gaps, and nobody could tell the trades between two polls again."""
    return TradePrinted(
        symbol,
        time_ms,
        positive(row.get("price")),
        positive(row.get("amount")),
        row.get("side") == "sell",
    )


def trade_key(row: Unified) -> tuple[object, ...]:
    """What tells one trade from another, also where trades have no ids."""
    if row.get("id") is not None:
        return (row["id"],)
    return tuple(row.get(key) for key in ("timestamp", "price", "amount", "side"))


def candles(rows: Iterable[object], interval: Interval) -> list[Candle]:
    """Ascending bars; those that do not start where a bar of `interval` starts are left out. The
    volume in quote is not told: the closing price stands for all of a bar's."""
    bars: dict[int, Candle] = {}
    for row in rows:
        if not isinstance(row, list) or len(row) < 6 or not isinstance(row[0], int):
            raise ValueError(f"{row!r} is no bar")
        first, high, low, close = map(positive, row[1:5])
        volume = number(row[5] or 0)
        if interval.open_ms(row[0]) == row[0]:
            bars[row[0]] = Candle(row[0], first, high, low, close, volume, volume * close)
    return [bars[open_ms] for open_ms in sorted(bars)]


def _part(structure: Unified, key: str) -> Unified:
    part = structure.get(key)
    return part if isinstance(part, Mapping) else {}


def _or(value: object, ours: _Ours) -> Decimal | _Ours:
    return (number(value) if value is not None else None) or ours


def _step(value: object, precision_mode: int, ours: Decimal) -> Decimal:
    if value is None:
        return ours
    if precision_mode == DECIMAL_PLACES:
        return Decimal(1).scaleb(-int(number(value)))
    return number(value) or ours if precision_mode == TICK_SIZE else ours
