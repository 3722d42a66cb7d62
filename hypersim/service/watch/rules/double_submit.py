"""double_submit: an order whose answer did not come was sent again, though it had been taken."""

from decimal import Decimal
from typing import NamedTuple

from hypersim.service.watch.facts import (
    Accepted,
    Asked,
    BeganAgain,
    Committed,
    Ended,
    Fact,
    Told,
)
from hypersim.service.watch.requests import Request
from hypersim.service.watch.rule import Rule
from hypersim.trading.order import Order

ORDERS_MAX = 10_000
"""Whose answer may still come, per client."""

LOST_MAX = 100
"""Equal ones whose answer was lost; the oldest are forgotten."""


class Wanted(NamedTuple):
    """What makes two orders the same one for whoever places them, whatever they are called. A
    quantity in quote is another one than in base."""

    symbol: str
    side: str
    quantity: Decimal
    is_quote: bool


class Untold:
    """An order of which the client has not been told yet; `lost_after` is the last request that had
    come when its answer was known not to."""

    def __init__(self, order: Order) -> None:
        self.wanted = _wanted(order)
        self.order = order
        self.request: Request | None = None
        self.lost_after = 0

    @property
    def has_effect(self) -> bool:
        """It rests, or something of it was filled."""
        return bool(self.order.filled) or not self.order.status.is_terminal


class DoubleSubmit(Rule):
    """An order counts as sent again when the second request came after the first one's answer was
    lost, and nothing told the client of the first before."""

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[int, Untold] = {}
        """Those whose answer may still come."""
        self._lost: dict[Wanted, dict[int, Untold]] = {}
        self._last_id = 0

    def hear(self, fact: Fact) -> None:
        """See `Rule`."""
        match fact:
            case Asked(request):
                self._look_who_hung_up()
                self._last_id = request.id
            case Committed(order, is_new=True):
                self._open[order.id] = Untold(order)
                if len(self._open) > ORDERS_MAX:
                    del self._open[next(iter(self._open))]
            case Committed(order):
                self._change(order)
            case Accepted(request, orders):
                for order in orders:
                    self._compare(request, order)
            case Told(named):
                self._tell(named.order_id)
            case Ended(request):
                self._end(request)
            case BeganAgain():
                self._open.clear()
                self._lost.clear()
            case _:
                pass

    def _look_who_hung_up(self) -> None:
        for untold in list(self._open.values()):
            if untold.request is not None and untold.request.sent.is_gone():
                self._lose(untold)

    def _lose(self, untold: Untold) -> None:
        del self._open[untold.order.id]
        untold.lost_after = self._last_id
        same = self._lost.setdefault(untold.wanted, {})
        same[untold.order.id] = untold
        if len(same) > LOST_MAX:
            del same[next(iter(same))]

    def _change(self, order: Order) -> None:
        if order.id in self._open:
            self._open[order.id].order = order
        for same in self._lost.values():
            if order.id in same:
                same[order.id].order = order

    def _tell(self, order_id: int) -> None:
        self._open.pop(order_id, None)
        for wanted, same in list(self._lost.items()):
            same.pop(order_id, None)
            if not same:
                del self._lost[wanted]

    def _compare(self, request: Request, order: Order) -> None:
        own = self._open.get(order.id)
        wanted = _wanted(order) if own is None else own.wanted
        if own is not None:
            own.request = request
        for first in self._lost.get(wanted, {}).values():
            if first.request is None or request.id <= first.lost_after or not first.has_effect:
                continue
            self._find(
                request.begun,
                f"{order.side} {wanted.quantity} {order.symbol} was sent again as order "
                f"{order.id}: the answer to the first was lost, but order {first.order.id} had "
                f"been taken, and nobody asked",
                (first.order.id, order.id),
                first.request,
                request,
            )

    def _end(self, request: Request) -> None:
        for order_id, untold in list(self._open.items()):
            if untold.request is request and request.is_withheld:
                self._lose(untold)
            elif untold.request is request:
                del self._open[order_id]


def _wanted(order: Order) -> Wanted:
    quote = order.quote_quantity
    quantity = order.quantity if quote is None else quote
    return Wanted(order.symbol, order.side, quantity, quote is not None)


RULE = DoubleSubmit
