"""Fill models: which reference liquidity counts. One file per model; the file's name is its name.

Every module exports `MODEL`, a `FillModel`. `docs/fill-models.md` states the exact conditions.
"""

from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from hypersim.market.events import Level
from hypersim.trading.order import Order, Side
from hypersim.trading.reference import ReferenceMarket


class FillModel(Protocol):
    """Decides how the reference market fills orders. Holds no state of its own. `reads_levels` says
    whether it looks behind the best prices."""

    reads_levels: bool

    def offers(
        self, reference: ReferenceMarket, side: Side, pool_id: int
    ) -> Iterator[tuple[Decimal, Decimal | None]]:
        """(price, size) best first for an arriving order of `side`; None is without limit."""
        ...

    def reaches(
        self, reference: ReferenceMarket, order: Order, pool_id: int
    ) -> tuple[Decimal, tuple[Level, ...]]:
        """How much of a resting order fills now, at its own price, and what that takes from the
        reference market level by level."""
        ...


def names() -> list[str]:
    """The models that exist."""
    return sorted(module.name for module in iter_modules(__path__))


def load(name: str) -> FillModel:
    """The model of that name; LookupError names the known ones."""
    if name not in names():
        raise LookupError(f"unknown fill model {name!r}; known: {', '.join(names())}")
    return cast(FillModel, import_module(f"{__name__}.{name}").MODEL)
