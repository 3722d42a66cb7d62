"""A record of plain values, which is given what a database would be given."""

from hypersim.account.ledger import Balance, BalanceKey
from hypersim.account.user import ApiKey, User
from hypersim.account.withdrawal import Withdrawal
from hypersim.market.instrument import Instrument
from hypersim.service.changes import Changes
from hypersim.storage.endings import end_places
from hypersim.trading.counters import Counters
from hypersim.trading.order import Order
from hypersim.trading.order_list import OrderList
from hypersim.trading.recent import CLIENT_ORDER_IDS_MAX, RECENT_ORDERS_MAX, ClientOrderId
from hypersim.trading.recorded import Recorded


class KeptRecord:
    """The rows by their keys, and of each order its place among those that ended."""

    def __init__(self) -> None:
        self.balances: dict[BalanceKey, Balance] = {}
        self._counters = Counters()
        self._users: dict[int, User] = {}
        self._keys: dict[str, ApiKey] = {}
        self._instruments: dict[str, Instrument] = {}
        self._orders: dict[int, Order] = {}
        self._places: dict[int, int] = {}
        self._lists: dict[int, OrderList] = {}
        self._withdrawals: dict[int, Withdrawal] = {}

    def commit(self, changes: Changes) -> None:
        """Keep a batch."""
        if changes.is_reset:
            self._forget_accounts()
        self._counters = changes.counters
        self._users |= changes.users
        self._keys |= changes.keys
        self._instruments |= changes.instruments
        self._orders |= changes.orders
        self._lists |= changes.lists
        self._withdrawals |= changes.withdrawals
        self.balances |= changes.balances
        places, firsts = end_places(changes)
        for order_id, place in zip(changes.orders, places, strict=True):
            if place is not None:
                self._places[order_id] = place
        for one, first in zip(changes.together, firsts, strict=True):
            for place, order in enumerate(one.orders, first):
                self._orders[order.id] = order
                self._places[order.id] = place

    def recorded(self) -> Recorded:
        """What a start finds."""
        by_id = sorted(self._orders.items())
        ended = [
            self._orders[number] for number in sorted(self._places, key=self._places.__getitem__)
        ]
        named = [order for order in ended if order.client_order_id is not None]
        return Recorded(
            self._counters,
            dict(sorted(self.balances.items())),
            dict(sorted(self._users.items())),
            self._keys,
            self._instruments,
            {number: order for number, order in by_id if number not in self._places},
            {number: one for number, one in sorted(self._lists.items()) if one.is_open},
            {number: one for number, one in sorted(self._withdrawals.items()) if not one.ended_ms},
            ended[-RECENT_ORDERS_MAX:],
            [(_name(order), _use(order)) for order in named[-CLIENT_ORDER_IDS_MAX:]],
        )

    def _forget_accounts(self) -> None:
        self._users.clear()
        self._keys.clear()
        self._orders.clear()
        self._places.clear()
        self._lists.clear()
        self._withdrawals.clear()
        self.balances.clear()


def _name(order: Order) -> tuple[int, str, str]:
    return order.account_id, order.symbol, order.client_order_id or ""


def _use(order: Order) -> ClientOrderId:
    return ClientOrderId(order.id, order.fingerprint, is_open=False)
