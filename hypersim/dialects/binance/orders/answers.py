"""What a placement is answered with: read off the events that it caused."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from hypersim.dialects.binance.orders.bodies import AckBody, PlacedBody
from hypersim.dialects.binance.orders.printer import Printer
from hypersim.dialects.binance.params.reading import Params
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.events import (
    Event,
    OrderAccepted,
    OrderActivated,
    OrderClosed,
    OrderDecremented,
    OrderFilled,
    OrderTriggered,
)
from hypersim.trading.order import CloseReason, Fill, Order, PreventedMatch


class Detail(StrEnum):
    """`newOrderRespType`."""

    ACK = "ACK"
    RESULT = "RESULT"
    FULL = "FULL"


_ACK = Detail.ACK
_RESULT = Detail.RESULT
_FULL = Detail.FULL

DETAILS: Mapping[str, Detail] = {detail.value: detail for detail in Detail}


class Placed(msgspec.Struct):
    """A new order as its placement left it, what filled it, and what it would have traded with
    orders of its own account."""

    order: Order
    fills: list[Fill] = []
    matches: list[PreventedMatch] = []

    def body(
        self, printer: Printer, detail: Detail, *, uses_sor: bool = False
    ) -> AckBody | PlacedBody:
        """In the detail that was asked for."""
        if detail is _ACK:
            return printer.ack(self.order)
        if detail is _RESULT:
            return printer.placed(self.order, uses_sor=uses_sor)
        return printer.placed(self.order, self.fills, self.matches, uses_sor=uses_sor)


def read_detail(params: Params) -> Detail | None:
    """What was asked for. Raises -1130."""
    return params.choice("newOrderRespType", DETAILS)


def usual_detail(command: PlaceOrder) -> Detail:
    """Of an order whose request does not say: in full for LIMIT and MARKET."""
    return _ACK if command.trigger is not None or command.post_only else _FULL


def placed(events: Sequence[Event]) -> list[Placed]:
    """The orders that a command placed, in its order.

    What they set off comes after them in the same events: an order that waited for this fill and
    is placed or refused now, a stop that this print triggered. The answer tells of none of it, so a
    pending order still shows as pending.
    """
    if len(events) == 1 and isinstance(events[0], OrderAccepted):
        # It came to rest, as most do.
        return [Placed(events[0].order)]
    new: dict[int, Placed] = {}
    for event in events:
        match event:
            case OrderAccepted(order=order):
                new[order.id] = Placed(order)
            case OrderFilled(order=order, fill=fill) if order.id in new:
                new[order.id].order = order
                new[order.id].fills.append(fill)
            case OrderClosed(order=Order(close_reason=CloseReason.REFUSED)):
                # It waited, and could not be placed when its turn came.
                break
            case OrderDecremented(order=order) | OrderClosed(order=order):
                _closed_or_less(new, order, event.match)
            case OrderActivated() | OrderTriggered():
                break
            case _:
                pass
    return list(new.values())


def _closed_or_less(new: dict[int, Placed], order: Order, match: PreventedMatch | None) -> None:
    if order.id in new:
        new[order.id].order = order
    taker = new.get(match.taker_order_id) if match is not None else None
    if match is not None and taker is not None and match not in taker.matches:
        # Told with each of the two orders that it changed.
        taker.matches.append(match)
