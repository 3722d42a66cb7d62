"""What the exchange remembers of the past: client order ids, and orders that just ended.

Both forget the oldest beyond a named limit, which is a function of the inputs alone.
"""

from typing import NamedTuple

from hypersim.trading.order import Order, OrderStatus

CLIENT_ORDER_IDS_MAX = 200_000
"""How many client order ids stay bound to their order after it ended."""

RECENT_ORDERS_MAX = 10_000
"""How many ended orders are kept at hand, to tell a late cancel what happened."""


class ClientOrderId(NamedTuple):
    """What an id was used for; `fingerprint` identifies the request, if it was retry-safe."""

    order_id: int
    fingerprint: int | None
    is_open: bool


class ClientOrderIds:
    """Which order an account's client order id stands for."""

    def __init__(self) -> None:
        self._uses: dict[tuple[int, str], ClientOrderId] = {}

    def find(self, account_id: int, client_order_id: str) -> ClientOrderId | None:
        """The latest order under this id."""
        return self._uses.get((account_id, client_order_id))

    def add(self, order: Order) -> None:
        """Bind the order's id, if it has one."""
        if order.client_order_id is None:
            return
        key = (order.account_id, order.client_order_id)
        self._uses.pop(key, None)
        self._uses[key] = ClientOrderId(order.id, order.fingerprint, not order.status.is_terminal)
        if len(self._uses) > CLIENT_ORDER_IDS_MAX:
            self._forget_oldest()

    def close(self, order: Order) -> None:
        """Note that the order ended."""
        if order.client_order_id is None:
            return
        key = (order.account_id, order.client_order_id)
        use = self._uses.get(key)
        if use is not None and use.order_id == order.id:
            self._uses[key] = use._replace(is_open=False)

    def _forget_oldest(self) -> None:
        for key, use in self._uses.items():
            if not use.is_open:
                del self._uses[key]
                return


class RecentOrders:
    """Orders that ended, up to a limit."""

    def __init__(self) -> None:
        self._orders: dict[int, Order] = {}

    def add(self, order: Order) -> None:
        """Remember it, and forget the oldest."""
        assert order.status.is_terminal or order.status is OrderStatus.REJECTED, order
        self._orders[order.id] = order
        if len(self._orders) > RECENT_ORDERS_MAX:
            del self._orders[next(iter(self._orders))]

    def get(self, order_id: int) -> Order | None:
        """The order, if it ended lately."""
        return self._orders.get(order_id)
