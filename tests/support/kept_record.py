"""What a start finds in a record of plain values."""

from hypersim.trading.order import Order
from hypersim.trading.recent import CLIENT_ORDER_IDS_MAX, RECENT_ORDERS_MAX, ClientOrderId
from hypersim.trading.recorded import Recorded
from tests.support.memory_record import MemoryRecord


def recorded_in(record: MemoryRecord) -> Recorded:
    """As a database would be read."""
    orders, places = record.recorded_orders, record.places
    by_id = sorted(orders.items())
    ended = [orders[number] for number in sorted(places, key=places.__getitem__)]
    named = [order for order in ended if order.client_order_id is not None]
    lists, withdrawals = record.recorded_lists, record.recorded_withdrawals
    return Recorded(
        record.counters,
        dict(sorted(record.balances.items())),
        dict(sorted(record.users.items())),
        record.keys,
        record.instruments,
        {number: order for number, order in by_id if number not in places},
        {number: one for number, one in sorted(lists.items()) if one.is_open},
        {number: one for number, one in sorted(withdrawals.items()) if not one.ended_ms},
        ended[-RECENT_ORDERS_MAX:],
        [(_name(order), _use(order)) for order in named[-CLIENT_ORDER_IDS_MAX:]],
    )


def _name(order: Order) -> tuple[int, str, str]:
    return order.account_id, order.symbol, order.client_order_id or ""


def _use(order: Order) -> ClientOrderId:
    return ClientOrderId(order.id, order.fingerprint, is_open=False)
