"""Orders as they are told, with their fills: from the memory, or from the record."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from hypersim.api.services import Services
from hypersim.dialects.native.orders.bodies import OrderBody, order_body
from hypersim.market.number import ZERO
from hypersim.service.heavy_reads import in_slices
from hypersim.trading.order import Fill, Order


def body_of(services: Services, order: Order) -> OrderBody:
    """With the fills that the memory has."""
    return order_body(order, services.engine.view.fills_by_order.get(order.id, ()))


async def told(services: Services, ended: Sequence[Order]) -> list[OrderBody]:
    """Of more orders than the memory keeps, the fills of some are only in the record by now."""
    known = services.engine.view.fills_by_order
    if any(order.filled and order.id not in known for order in ended):
        return await bodies_of(services, ended)
    return await in_slices(partial(body_of, services), ended)


async def bodies_of(services: Services, orders: Sequence[Order]) -> list[OrderBody]:
    """Of one account, with the fills that the record has."""
    if not orders:
        return []
    traded = [order.id for order in orders if order.filled]
    fills = await services.archive.fills_of(orders[0].account_id, traded)

    def body(order: Order) -> OrderBody:
        return order_body(order, fills_known_to(order, fills.get(order.id, ())))

    return await in_slices(body, orders)


def fills_known_to(order: Order, fills: Iterable[Fill]) -> Iterator[Fill]:
    """Those that made it what it is: later ones may be among them."""
    filled = ZERO
    for fill in fills:
        if filled == order.filled:
            return
        filled += fill.quantity
        yield fill
