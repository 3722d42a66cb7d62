"""Fee models: what a fill costs and in which asset. One file per model, exporting `MODEL`."""

from decimal import Decimal
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from hypersim.market.instrument import Instrument
from hypersim.trading.order import Side


class FeeModel(Protocol):
    """Decides the fee of a fill."""

    def fee(
        self,
        instrument: Instrument,
        side: Side,
        *,
        price: Decimal,
        quantity: Decimal,
        rate: Decimal,
    ) -> tuple[Decimal, str]:
        """(amount, asset); the amount is never more than what the fill brings in that asset."""
        ...


def names() -> list[str]:
    """The models that exist."""
    return sorted(module.name for module in iter_modules(__path__))


def load(name: str) -> FeeModel:
    """The model of that name; LookupError names the known ones."""
    if name not in names():
        raise LookupError(f"unknown fee model {name!r}; known: {', '.join(names())}")
    return cast(FeeModel, import_module(f"{__name__}.{name}").MODEL)
