"""How much is open, by account and symbol: counted as it comes and goes, never by looking through
what is there."""

from collections import defaultdict
from collections.abc import Sequence

from hypersim.market.number import ZERO
from hypersim.trading.opened import Open
from hypersim.trading.order import BUY, Order
from hypersim.trading.order_list import OrderList

_NOTHING = Open()


class OpenCounts:
    """What each account has open, in a symbol and in all."""

    def __init__(self) -> None:
        self._in_symbol: defaultdict[tuple[int, str], Open] = defaultdict(Open)
        self._in_all: defaultdict[int, Open] = defaultdict(Open)

    def in_symbol(self, account_id: int, symbol: str) -> Open:
        """Do not change it."""
        return self._in_symbol.get((account_id, symbol), _NOTHING)

    def in_all(self, account_id: int) -> Open:
        """Do not change it."""
        return self._in_all.get(account_id, _NOTHING)

    def count(self, order: Order, change: int) -> None:
        """One more open order, or one less: as it was before it ended."""
        here, everywhere = self._both(order)
        here.orders += change
        everywhere.orders += change
        if order.trigger is not None:
            here.conditional += change
            everywhere.conditional += change
        if order.iceberg_quantity is not None:
            here.icebergs += change
            everywhere.icebergs += change
        if order.side is BUY:
            here.to_buy += order.remaining if change > 0 else -order.remaining

    def change(self, before: Order, after: Order) -> None:
        """An open order has another quantity, or less of it left."""
        if after.side is BUY:
            here = self._in_symbol[after.account_id, after.symbol]
            here.to_buy += after.remaining - before.remaining

    def leave_all(self, orders: Sequence[Order]) -> None:
        """Many orders of one account and symbol, as they were before they ended."""
        here, everywhere = self._both(orders[0])
        conditional = sum(order.trigger is not None for order in orders)
        icebergs = sum(order.iceberg_quantity is not None for order in orders)
        for counted in (here, everywhere):
            counted.orders -= len(orders)
            counted.conditional -= conditional
            counted.icebergs -= icebergs
        here.to_buy -= sum((one.remaining for one in orders if one.side is BUY), ZERO)

    def count_list(self, order_list: OrderList, change: int) -> None:
        """One more open order list, or one less."""
        for counted in self._both(order_list):
            counted.lists += change

    def _both(self, one: Order | OrderList) -> tuple[Open, Open]:
        return self._in_symbol[one.account_id, one.symbol], self._in_all[one.account_id]
