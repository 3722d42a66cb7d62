"""`symbol`: a market is closed, or trades by other rules, as the next `exchangeInfo` tells."""

from decimal import Decimal
from typing import Any, Literal

import msgspec

from hypersim.faults import About, ChangeSymbol, Fault, Standing
from hypersim.market.instrument import TradingStatus


class Grid(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True
):
    """At least one of these. Orders that are open stay as they are."""

    tick_size: Decimal | None = None
    step_size: Decimal | None = None
    min_notional: Decimal | None = None

    def __post_init__(self) -> None:
        given = self.given()
        if not given:
            raise ValueError("symbol must have a tickSize, a stepSize or a minNotional")
        if not all(value.is_finite() and value > 0 for value in given.values()):
            raise ValueError("tickSize, stepSize and minNotional must be above zero")

    def given(self) -> dict[str, Decimal]:
        """What is said, by the instrument's own names."""
        return {
            name: value
            for name in self.__struct_fields__
            if (value := getattr(self, name)) is not None
        }


_STATUSES = {
    "halt": TradingStatus.HALTED,
    "resume": TradingStatus.TRADING,
    "cancelOnly": TradingStatus.CANCEL_ONLY,
    "delist": TradingStatus.CANCEL_ONLY,
}


class Symbol(Fault, frozen=True):
    """`delist` ends the orders that are open, and they stay ended; what else was before comes
    back."""

    symbol: Literal["halt", "resume", "delist", "cancelOnly"] | Grid

    @property
    def about(self) -> About:
        """See `Fault`."""
        return About.SYMBOL

    @property
    def standing(self) -> Standing:
        """See `Fault`."""
        wish = self.symbol
        if isinstance(wish, Grid):
            return ChangeSymbol(dict(wish.given()))
        changes: dict[str, Any] = {"status": _STATUSES[wish]}
        return ChangeSymbol(changes, ends_orders=wish == "delist")


FAULT = Symbol
