"""Which of an account's orders is meant: by number, or by the name that its owner gave it."""

from collections.abc import Set

from hypersim.api.call import Call
from hypersim.trading.commands import OrderName
from hypersim.trading.order import Order

DIGITS_MAX = 18
"""Of a number that can be an order's."""


def number_in(text: str) -> int | None:
    """The number that a text spells; None for what can be no order's."""
    is_number = text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
    return int(text) if is_number else None


async def order_of(call: Call, symbol: str | None, order_id: int) -> Order | None:
    """The account's order of that number, if there ever was one; of this symbol, if one is given.
    As it was committed."""
    order = call.view.orders.get(order_id)
    if order is None:
        order = await call.services.archive.order(call.account_id, order_id)
    if order is None or order.account_id != call.account_id:
        return None
    return order if symbol in (None, order.symbol) else None


async def orders_of(call: Call, wanted: Set[int]) -> dict[int, Order]:
    """The account's orders of these numbers, of any age."""
    orders = call.view.orders
    found = {order_id: orders[order_id] for order_id in wanted if order_id in orders}
    if missing := wanted - found.keys():
        found |= await call.services.archive.orders_by_id(call.account_id, sorted(missing))
    return found


async def order_named(call: Call, symbol: str, name: str) -> Order | None:
    """The latest order under this name, open or ended however long ago. Orders of other APIs may
    have no name; their number stands for it."""
    order_id = call.view.order_names.find(call.account_id, symbol, name)
    if order_id is not None:
        return await order_of(call, symbol, order_id)
    order = await call.services.archive.order_by_client_id(call.account_id, symbol, name)
    number = number_in(name)
    if order is not None or number is None:
        return order
    order = await order_of(call, symbol, number)
    return order if order is not None and order.client_order_id is None else None


def meant(call: Call, symbol: str, order_id: int | None, name: str | None) -> OrderName:
    """The order as the exchange is asked to change it. It knows those that are not committed yet,
    as a client may cancel what it has just sent."""
    number = None if name is None else number_in(name)
    if number is not None and order_id in (None, number):
        order = call.view.orders.get(number)
        if order is not None and order.client_order_id is None:
            return OrderName(symbol, number)
    return OrderName(symbol, order_id, name)
