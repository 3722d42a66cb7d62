"""The closed set of what can happen in a scenario.

Prices are in quote, sizes and quantities in base.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from hypersim.faults import UnknownFault, read
from hypersim.service.armed import Match
from hypersim.service.arming import Wanted, preset_of
from hypersim.service.duration import duration_ms
from hypersim.service.scenarios.values import (
    Duration,
    Number,
    Pair,
    Part,
    Symbol,
    amount,
    prices_of,
)

LEVELS_MAX = 100
"""Of a side of a book that a scenario sets."""


class SetPrice(Part, frozen=True):
    """The price goes to `to`, at once, or in equal steps in the time of `over`."""

    symbol: Symbol
    to: Number
    over: Duration = "0s"

    def __post_init__(self) -> None:
        amount("to", self.to)
        duration_ms("over", self.over)


class SetQuote(Part, frozen=True):
    """The best bid and ask, and nothing behind them. Large sizes unless they are given."""

    symbol: Symbol
    bid: Number
    ask: Number
    bid_size: Number | UnsetType = UNSET
    ask_size: Number | UnsetType = UNSET

    def __post_init__(self) -> None:
        if amount("bid", self.bid) >= amount("ask", self.ask):
            raise ValueError(f"bid {self.bid} must be below ask {self.ask}")
        for name, size in (("bidSize", self.bid_size), ("askSize", self.ask_size)):
            if isinstance(size, str):
                amount(name, size)


class SetDepth(Part, frozen=True):
    """The whole book: levels of price and size, best first."""

    symbol: Symbol
    bids: Annotated[tuple[Pair, ...], Meta(max_length=LEVELS_MAX)]
    asks: Annotated[tuple[Pair, ...], Meta(max_length=LEVELS_MAX)]

    def __post_init__(self) -> None:
        bids, asks = prices_of("bids", self.bids), prices_of("asks", self.asks)
        if bids != sorted(set(bids), reverse=True):
            raise ValueError("bids go from the highest price down, each price once")
        if asks != sorted(set(asks)):
            raise ValueError("asks go from the lowest price up, each price once")
        if bids and asks and bids[0] >= asks[0]:
            raise ValueError(f"bid {bids[0]} must be below ask {asks[0]}")


class PrintTrade(Part, frozen=True):
    """Others trade, and `side` is what the taker of them did."""

    symbol: Symbol
    price: Number
    quantity: Number
    side: Literal["buy", "sell"] = "buy"

    def __post_init__(self) -> None:
        amount("price", self.price)
        amount("quantity", self.quantity)


class Halt(Part, frozen=True):
    """Nobody trades the symbol until it is resumed."""

    symbol: Symbol


class Resume(Part, frozen=True):
    """The symbol is traded again."""

    symbol: Symbol


class Release(Part, frozen=True):
    """The feed tells of this symbol again: prices, quotes and books that were set are over."""

    symbol: Symbol


class GiveMoney(Part, frozen=True):
    """A deposit for a user, who is named by email or id."""

    user: str
    asset: Annotated[str, Meta(pattern="^[A-Z0-9]{1,20}$")]
    amount: Number

    def __post_init__(self) -> None:
        amount("amount", self.amount)


class ArmFault(Part, frozen=True):
    """Something goes wrong from then on, as `POST /admin/faults` has it, until it is cleared; by
    this `name` if it has one."""

    name: Annotated[str, Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    do: dict[str, Any] | UnsetType = UNSET
    preset: str | UnsetType = UNSET
    match: Match = Match()

    def __post_init__(self) -> None:
        if (self.do is UNSET) == (self.preset is UNSET):
            raise ValueError("a fault has exactly one of do and preset")
        _ = self.wanted

    @property
    def wanted(self) -> Wanted:
        """What is armed. Raises ValueError."""
        try:
            if isinstance(self.preset, str):
                preset_of(self.preset)
                return Wanted(preset=self.preset, match=self.match)
            assert isinstance(self.do, dict)
            fault = read(self.do, from_text=True)
        except UnknownFault as error:
            key = "do" if self.preset is UNSET else "preset"
            raise ValueError(f"{error} - at `$.{key}`") from None
        return Wanted(do=msgspec.to_builtins(fault), match=self.match)


class ClearFaults(Part, frozen=True):
    """What the scenario armed goes wrong no more: all of it, or what was armed by this name."""

    name: str | UnsetType = UNSET


Action = (
    SetPrice
    | SetQuote
    | SetDepth
    | PrintTrade
    | Halt
    | Resume
    | Release
    | GiveMoney
    | ArmFault
    | ClearFaults
)
