"""What the exchange remembers of the past: client order ids, and orders that just ended.

Both forget the oldest beyond a named limit, which is a function of the inputs alone. They are
ordered dicts, as the first key of a plain one is found by walking over all that were deleted.
"""

from collections import OrderedDict
from collections.abc import Sequence

import msgspec

from hypersim.trading.order import Order

CLIENT_ORDER_IDS_MAX = 200_000
"""How many client order ids stay bound to their order after it ended."""

RECENT_ORDERS_MAX = 10_000
"""How many ended orders are kept at hand, to tell a late cancel what happened."""


ClientOrderKey = tuple[int, str, str]
"""(account id, symbol, client order id)"""


class ClientOrderId(msgspec.Struct, frozen=True, gc=False):
    """What an id was used for; `fingerprint` identifies the request, if it was retry-safe."""

    order_id: int
    fingerprint: int | None
    is_open: bool


class ClientOrderIds:
    """Which order an account's client order id stands for, in each symbol."""

    def __init__(self) -> None:
        self._open: dict[ClientOrderKey, ClientOrderId] = {}
        self._ended: OrderedDict[ClientOrderKey, ClientOrderId] = OrderedDict()

    def find(self, account_id: int, symbol: str, client_order_id: str) -> ClientOrderId | None:
        """The latest order under this id."""
        key = (account_id, symbol, client_order_id)
        return self._open.get(key) or self._ended.get(key)

    def add(self, order: Order) -> None:
        """Bind the order's id, if it has one."""
        if order.client_order_id is None:
            return
        key = (order.account_id, order.symbol, order.client_order_id)
        if order.status.is_terminal:
            self.end(key, ClientOrderId(order.id, order.fingerprint, is_open=False))
        else:
            self._open[key] = ClientOrderId(order.id, order.fingerprint, True)

    def close(self, order: Order) -> None:
        """Note that the order ended."""
        if order.client_order_id is None:
            return
        key = (order.account_id, order.symbol, order.client_order_id)
        self._open.pop(key, None)
        self.end(key, ClientOrderId(order.id, order.fingerprint, is_open=False))

    def rename(self, before: Order, after: Order) -> None:
        """An open order goes by another id now, and its old one is free."""
        if before.client_order_id is not None:
            del self._open[before.account_id, before.symbol, before.client_order_id]
        self.add(after)

    def end(self, key: ClientOrderKey, use: ClientOrderId) -> None:
        """Remember what an id was used for last, and forget the oldest."""
        self._ended.pop(key, None)
        self._ended[key] = use
        if len(self._ended) > CLIENT_ORDER_IDS_MAX:
            self._ended.popitem(last=False)


class RecentOrders:
    """Orders that ended, up to a limit."""

    def __init__(self) -> None:
        self._orders: OrderedDict[int, Order] = OrderedDict()

    def add(self, order: Order) -> None:
        """Remember it, and forget the oldest."""
        assert order.status.is_terminal, order
        self._orders[order.id] = order
        if len(self._orders) > RECENT_ORDERS_MAX:
            self._orders.popitem(last=False)

    def add_all(self, orders: Sequence[Order]) -> None:
        """Remember many, of which the last ones count."""
        for order in orders[-RECENT_ORDERS_MAX:]:
            self.add(order)

    def get(self, order_id: int) -> Order | None:
        """The order, if it ended lately."""
        return self._orders.get(order_id)
