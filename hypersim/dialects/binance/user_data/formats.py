"""How an event is written: at what time, in which unit, with how many decimals."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from hypersim.api.streams.push import Push
from hypersim.dialects.binance.numbers import PLACES, Digits, TimeUnit, asset_digits, digits_of
from hypersim.market.instrument import Instrument
from hypersim.trading.events import Event


class Stamp(NamedTuple):
    """When something is told; `unit` is what the reader counts time in."""

    now_ms: int
    unit: TimeUnit = TimeUnit.MILLISECOND

    def time(self, time_ms: int) -> int:
        """A time as the reader wants it."""
        return time_ms * self.unit

    @property
    def now(self) -> int:
        """The time of the event."""
        return self.time(self.now_ms)


class SymbolFormat(NamedTuple):
    """How a symbol is written: its name, and the decimals of its numbers."""

    symbol: str
    instrument: Instrument
    digits: Digits


def format_of(instrument: Instrument) -> SymbolFormat:
    """BTCUSDT, …"""
    return SymbolFormat(instrument.id, instrument, digits_of(instrument))


def places_of(instruments: Iterable[Instrument]) -> dict[str, int]:
    """How many decimals an asset's balances are printed with."""
    places: dict[str, int] = {}
    for instrument in instruments:
        for asset in (instrument.base, instrument.quote):
            places[asset] = max(asset_digits(instrument, asset), places.get(asset, PLACES))
    return places


def push_of(
    write: Callable[[Stamp], msgspec.Struct],
    now_ms: int,
    symbol: str | None = None,
    event: Event | None = None,
) -> Push[TimeUnit]:
    """What is told now, of an order for this symbol and what happened to it, or of none."""
    return Push(lambda unit: _encode(write(Stamp(now_ms, unit))), symbol, event)


_encode = msgspec.json.Encoder().encode
