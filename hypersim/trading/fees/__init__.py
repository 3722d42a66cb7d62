"""Fee models: what a fill costs and in which asset. One file per model, exporting `MODEL`."""

from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from hypersim.market.instrument import Instrument
from hypersim.trading.order import Side


class FeeSide(StrEnum):
    """What a fill is charged in: in the asset that it brings, or in quote on both sides."""

    RECEIVED = "received"
    QUOTE = "quote"


class FeeModel(Protocol):
    """Decides the fee of a fill, and what an order has to keep for its fees."""

    @property
    def side(self) -> FeeSide:
        """What fees are paid in."""
        ...

    def fee(
        self,
        instrument: Instrument,
        side: Side,
        *,
        quantity: Decimal,
        worth: Decimal,
        rate: Decimal,
    ) -> tuple[Decimal, str]:
        """(amount, asset) for `quantity` (base) at its `worth` (quote). The asset is what the fill
        brings, of which the amount is never more than that, or what it pays with: then
        `reserve` has seen to it that it can be paid."""
        ...

    def reserve(self, instrument: Instrument, side: Side, paid: Decimal, rate: Decimal) -> Decimal:
        """The most that an order has to pay in fees beside the `paid` that it spends or sells, in
        the same asset; zero where its fees come out of what it receives. However `paid` is cut
        into fills, their fees come to no more."""
        ...


def names() -> list[str]:
    """The models that exist."""
    return sorted(module.name for module in iter_modules(__path__))


@cache
def load(name: str) -> FeeModel:
    """The model of that name; LookupError names the known ones."""
    if name not in names():
        raise LookupError(f"unknown fee model {name!r}; known: {', '.join(names())}")
    return cast(FeeModel, import_module(f"{__name__}.{name}").MODEL)
