"""fill_unseen: an order was filled, and the client neither heard of it nor asked."""

from collections.abc import Sequence
from decimal import Decimal

from hypersim.service.watch.facts import Accepted, BeganAgain, Committed, Fact, Told
from hypersim.service.watch.requests import Moment
from hypersim.service.watch.rule import FINDINGS_MAX, Finding, Rule
from hypersim.trading.order import Fill, Order

ORDERS_MAX = 10_000
"""With fills that a client does not know of, per client; the oldest are forgotten."""


class Unseen:
    """Fills of one order that the client does not know of, each with how much of the order was
    filled by then."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.fills: dict[int, tuple[Fill, Decimal]] = {}


class FillUnseen(Rule):
    """What is found now may be gone later: whoever asks in the end has seen it."""

    def __init__(self) -> None:
        super().__init__()
        self._unseen: dict[int, Unseen] = {}
        self._placed_by: dict[int, int] = {}
        """By order: the request that placed it."""

    def hear(self, fact: Fact) -> None:
        """See `Rule`."""
        match fact:
            case Accepted(request, orders):
                for order in orders:
                    self._placed_by[order.id] = request.id
                    if len(self._placed_by) > ORDERS_MAX:
                        del self._placed_by[next(iter(self._placed_by))]
            case Committed(order, Fill() as fill):
                unseen = self._unseen.setdefault(order.id, Unseen(order))
                unseen.fills[fill.id] = fill, order.filled
                if len(self._unseen) > ORDERS_MAX:
                    del self._unseen[next(iter(self._unseen))]
            case Told((order_id, filled, trade_id)) if order_id in self._unseen:
                self._see(order_id, filled, trade_id)
            case BeganAgain():
                self._unseen.clear()
            case _:
                pass

    def _see(self, order_id: int, filled: Decimal | None, trade_id: int | None) -> None:
        fills = self._unseen[order_id].fills
        for number, (_, filled_by_then) in list(fills.items()):
            if number == trade_id or (filled is not None and filled_by_then <= filled):
                del fills[number]
        if not fills:
            del self._unseen[order_id]

    def findings(self, now: Moment) -> Sequence[Finding]:
        """See `Rule`."""
        del now
        return list(map(self._finding, list(self._unseen.values())[-FINDINGS_MAX:]))

    def _finding(self, unseen: Unseen) -> Finding:
        order = unseen.order
        fills = [fill for fill, _ in unseen.fills.values()]
        quantity = sum(fill.quantity for fill in fills)
        placed_by = self._placed_by.get(order.id)
        return Finding(
            fills[0].time_ms,
            f"{quantity} of order {order.id} ({order.side} {order.symbol}) was filled, and the "
            "client was not told and has not asked",
            (order.id,),
            () if placed_by is None else (placed_by,),
        )


RULE = FillUnseen
