"""Which committed order an account's client order id stands for, in each symbol: the latest."""

from hypersim.trading.order import Order

Key = tuple[int, str, str]
"""(account id, symbol, client order id)"""


class OrderNames:
    """Client order ids of the orders that are kept in memory."""

    def __init__(self) -> None:
        self._ids: dict[Key, int] = {}

    def find(self, account_id: int, symbol: str, client_order_id: str) -> int | None:
        """The order's number; None where none of this name is kept."""
        return self._ids.get((account_id, symbol, client_order_id))

    def put(self, before: Order | None, order: Order) -> None:
        """An order, or its next version: an amendment may give it another name."""
        name = order.client_order_id
        if before is not None:
            if before.client_order_id == name:
                return
            self.forget(before)
        if name is not None:
            self._ids[order.account_id, order.symbol, name] = order.id

    def forget(self, order: Order) -> None:
        """It is kept no more, or not under this name."""
        if order.client_order_id is None:
            return
        key = (order.account_id, order.symbol, order.client_order_id)
        if self._ids.get(key) == order.id:
            del self._ids[key]

    def clear(self) -> None:
        """Forget all."""
        self._ids.clear()
