"""What the sources of the streams tell, and the market that they look at."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple

from hypersim.dialects.binance.numbers import TimeUnit, digits_of, fixed, fixed_or_zero
from hypersim.market.data import MarketData
from hypersim.market.depth import ShownSide
from hypersim.market.events import Level, Levels
from hypersim.market.instrument import Instrument
from hypersim.service.markets import Markets

Payload = Callable[[TimeUnit], object]
"""An event's data with its times in the given unit."""


def timeless(body: object) -> Payload:
    """An event without any time in it."""

    def payload(unit: TimeUnit) -> object:
        del unit
        return body

    return payload


class ClientKind(NamedTuple):
    """How a client gets events: in which unit times are, and whether an event is wrapped with the
    name of its stream."""

    unit: TimeUnit
    is_combined: bool


class Market:
    """One symbol as its streams read and print it."""

    def __init__(
        self,
        instrument: Instrument,
        data: MarketData,
        markets: Markets,
        settled_ms: Callable[[], int],
    ) -> None:
        self.symbol = instrument.symbol
        self.id = instrument.id
        self.data = data
        self._digits = digits_of(instrument)
        self.settled_ms = settled_ms
        """Up to when what is known is whole; see `Engine.settled_ms`."""
        self._markets = markets

    def book(self) -> tuple[Levels, Levels]:
        """(bids, asks), best first."""
        return self._markets.depth(self.symbol)

    def best(self) -> tuple[Level | None, Level | None]:
        """The best (bid, ask)."""
        return self._markets.best(self.symbol)

    def whole_book(self) -> tuple[ShownSide, ShownSide]:
        """The same, and what lies beyond."""
        return self._markets.book(self.symbol)

    def average_price(self, now_ms: int) -> Decimal | None:
        """Of the last minutes, in quote."""
        return self._markets.average_price(self.symbol, now_ms)

    def price(self, number: Decimal | None) -> str:
        """As text; zero for what there is not."""
        return fixed_or_zero(number, self._digits.price)

    def quantity(self, number: Decimal | None) -> str:
        """In base."""
        return fixed_or_zero(number, self._digits.quantity)

    def quote(self, number: Decimal) -> str:
        """An amount of quote."""
        return fixed(number, self._digits.quote)

    def levels(self, levels: Iterable[Level]) -> list[tuple[str, str]]:
        """(price, quantity)"""
        price, quantity, _ = self._digits
        return [(fixed(at, price), fixed(size, quantity)) for at, size in levels]
