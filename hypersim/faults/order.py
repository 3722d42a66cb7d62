"""`order`: what the exchange does to a new order by itself."""

from collections.abc import Collection
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from hypersim.faults import (
    About,
    AcknowledgeLate,
    Chance,
    Decision,
    EndOrder,
    Fault,
    RejectCommand,
    StallOrder,
)
from hypersim.faults.delay_ms import Ms

Share = Annotated[str, msgspec.Meta(pattern=r"^0\.\d{1,8}$")]


class Wish(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True
):
    """One of these: it is refused for a reason of the exchange's, by name; so much of it fills, and
    then nothing until the fault is cleared; it is told of so much later."""

    reject: str | None = None
    fill_then_stall: Share | None = None
    acknowledge_after_ms: Ms | None = None

    def __post_init__(self) -> None:
        said = (self.reject, self.fill_then_stall, self.acknowledge_after_ms)
        if len(said) - said.count(None) != 1:
            raise ValueError(
                'order must be "cancel", or one of {"reject": NAME}, {"fillThenStall": "0.4"}, '
                '{"acknowledgeAfterMs": 500}'
            )
        if self.fill_then_stall is not None and not Decimal(self.fill_then_stall):
            raise ValueError("fillThenStall must be above 0 and below 1")


class Order(Fault, frozen=True):
    """Those that a request places, one by one or as a list. `cancel`: it ends right after it was
    taken."""

    order: Literal["cancel"] | Wish

    @property
    def about(self) -> About:
        """See `Fault`."""
        about = About.ORDER
        if isinstance(self.order, str) or self.order.fill_then_stall is None:
            about |= About.ORDERS
        if isinstance(self.order, Wish) and self.order.reject is not None:
            about |= About.CHANGE
        return about

    def check(self, reasons: Collection[str]) -> None:
        """See `Fault`."""
        name = "" if isinstance(self.order, str) else self.order.reject
        if name and name not in reasons:
            known = ", ".join(reasons)
            raise ValueError(f"order.reject must be one of {known}, not {name[:60]!r}")

    def decided(self, chance: Chance, hits: int) -> Decision:
        """See `Fault`."""
        del chance, hits
        wish = self.order
        if isinstance(wish, str):
            return EndOrder()
        if wish.reject is not None:
            return RejectCommand(wish.reject)
        if wish.fill_then_stall is not None:
            return StallOrder(Decimal(wish.fill_then_stall))
        assert wish.acknowledge_after_ms is not None
        return AcknowledgeLate(wish.acknowledge_after_ms)


FAULT = Order
