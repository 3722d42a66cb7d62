"""One row of each kind of Binance's public dumps, parsed strictly: plain digits only."""

from collections.abc import Callable, Mapping

import msgspec

from hypersim.feeds.replay.fields import Kind
from hypersim.market.candle import Candle, Interval
from hypersim.market.events import Level, QuoteUpdated, TradePrinted
from hypersim.market.number import parse_decimal

Fields = Mapping[str, str]


class KlineRow(msgspec.Struct, frozen=True, gc=False):
    """A recorded candle and its length."""

    interval: Interval
    candle: Candle

    @property
    def time_ms(self) -> int:
        """When it opened."""
        return self.candle.open_ms

    @property
    def end_ms(self) -> int:
        """When the next one opens."""
        return self.interval.next_open_ms(self.candle.open_ms)


class DepthChange(msgspec.Struct, frozen=True):
    """Levels of a book that changed together (all of them, in a snapshot); size 0 removes one."""

    time_ms: int
    update_id: int
    is_snapshot: bool
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


Row = KlineRow | TradePrinted | QuoteUpdated | DepthChange

_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}
_DIGITS_MAX = 19
# Milliseconds have 13 digits until the year 2286; some dumps have microseconds.
_MILLISECONDS_END = 10**13


def row_id(row: Row) -> object:
    """What tells a row from the others of its market, kind and time."""
    match row:
        case KlineRow():
            return None
        case TradePrinted(venue_id=venue_id):
            return venue_id
        case QuoteUpdated():
            return row
        case DepthChange(update_id=update_id, is_snapshot=is_snapshot):
            return update_id, is_snapshot


def whole(text: str) -> int:
    """A whole number in plain ASCII digits; ValueError for everything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX):
        raise ValueError(f"{text[:40]!r} is not a whole number")
    return int(text)


def time_in_ms(text: str) -> int:
    """A recorded time in milliseconds, whatever unit from milliseconds down it was recorded in."""
    time = whole(text)
    while time >= _MILLISECONDS_END:
        time //= 1_000
    return time


def kline_interval(fields: Fields) -> Interval:
    """The interval of a candle; ValueError where it is none that is known, or where the candle
    does not open when one of this length does."""
    open_ms = time_in_ms(fields["time"])
    length_ms = time_in_ms(fields["close_time"]) + 1 - open_ms
    interval = _interval_of(length_ms)
    if interval is None:
        raise ValueError(f"candles of an unknown length: {length_ms} ms")
    if interval.open_ms(open_ms) != open_ms:
        raise ValueError(f"{open_ms} is not when a candle of {interval} opens")
    return interval


def _interval_of(length_ms: int) -> Interval | None:
    """A month has 28 to 31 days."""
    day_ms = Interval.D1.length_ms
    if length_ms in {days * day_ms for days in (28, 29, 30, 31)}:
        return Interval.MONTH
    return next((one for one in Interval if one.length_ms == length_ms), None)


def _kline(symbol: str, fields: Fields) -> KlineRow:
    del symbol
    interval = kline_interval(fields)
    opened, high, low, closed = (
        parse_decimal(fields[name]) for name in ("open", "high", "low", "close")
    )
    if not 0 < low <= min(opened, closed) <= max(opened, closed) <= high:
        raise ValueError("this is no candle")
    candle = Candle(
        time_in_ms(fields["time"]),
        opened,
        high,
        low,
        closed,
        parse_decimal(fields["volume"]),
        parse_decimal(fields["quote_volume"]),
        whole(fields["count"]),
        parse_decimal(fields["taker"]),
        parse_decimal(fields["taker_quote"]),
    )
    return KlineRow(interval, candle)


def _trade(symbol: str, fields: Fields) -> TradePrinted:
    price, quantity = parse_decimal(fields["price"]), parse_decimal(fields["quantity"])
    if not (price and quantity):
        raise ValueError("a trade has a price and a quantity above zero")
    maker = fields["buyer_is_maker"]
    if maker.lower() not in _BOOLEANS:
        raise ValueError(f"{maker[:40]!r} is neither true nor false")
    time_ms, id_ = time_in_ms(fields["time"]), whole(fields["id"])
    return TradePrinted(symbol, time_ms, price, quantity, _BOOLEANS[maker.lower()], id_)


def _quote(symbol: str, fields: Fields) -> QuoteUpdated:
    prices = [parse_decimal(fields[name]) for name in ("bid", "bid_size", "ask", "ask_size")]
    return QuoteUpdated(symbol, time_in_ms(fields["time"]), *prices)


PARSERS: dict[Kind, Callable[[str, Fields], Row]] = {
    Kind.KLINES: _kline,
    Kind.TRADES: _trade,
    Kind.AGG_TRADES: _trade,
    Kind.BOOK_TICKER: _quote,
}
