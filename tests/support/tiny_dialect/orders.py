"""Orders, and what their owner has."""

from collections.abc import Iterable, Mapping

import msgspec

from hypersim.account.entries import Balance
from hypersim.api.operation import Security
from hypersim.market.number import parse_decimal
from hypersim.trading.commands import CancelOrder, PlaceOrder
from hypersim.trading.events import OrderAccepted
from hypersim.trading.order import Fill, Order, OrderType, Side, fees_of
from hypersim.trading.rejections import Rejected
from tests.support.tiny_dialect.venue import Call, Operation, TinyError, refused


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """An order, at market without a price. Numbers are texts."""

    symbol: str
    side: Side
    size: str
    price: str | None = None
    name: str | None = None


async def place(call: Call) -> object:
    asked = msgspec.json.decode(call.body, type=Wanted)
    account, size = call.account_id, parse_decimal(asked.size)
    price = None if asked.price is None else parse_decimal(asked.price)
    kind = OrderType.MARKET if price is None else OrderType.LIMIT
    order = PlaceOrder(
        account, asked.symbol, asked.side, kind, size, None, price, client_order_id=asked.name
    )
    outcome = await call.submit(order)
    if isinstance(outcome, Rejected):
        raise refused(outcome)
    return await show(call, outcome.first(OrderAccepted).order.id)


async def cancel(call: Call) -> object:
    outcome = await call.submit(CancelOrder(call.account_id, number_of(call)))
    if isinstance(outcome, Rejected):
        raise refused(outcome)
    return await show(call)


async def balances(call: Call) -> object:
    return told_balances(call.view.listed_balances_of(call.account_id))


async def show(call: Call, order_id: int | None = None) -> object:
    number = number_of(call) if order_id is None else order_id
    order = await call.services.archive.order(call.account_id, number)
    if order is None:
        raise TinyError(404, "order-not-found", "You have no such order")
    fills = await call.services.archive.fills_of(call.account_id, [number])
    return told_order(order, fills.get(number, ()))


def number_of(call: Call) -> int:
    """What is no number is no order's."""
    is_number = call.argument.isascii() and call.argument.isdigit() and len(call.argument) <= 18
    return int(call.argument) if is_number else 0


def told_order(order: Order, fills: Iterable[Fill]) -> dict[str, object]:
    told = {"id": str(order.id), "state": order.status, "filled": order.filled}
    return {**told, "fees": fees_of(fills), "time": order.created_ms}


def told_balances(balances: Mapping[str, Balance]) -> dict[str, object]:
    return {asset: (one.available, one.locked) for asset, one in balances.items()}


OPERATIONS = (
    Operation(place, ("POST /t1/orders",), security=Security.TRADE),
    Operation(show, ("GET /t1/orders/{id}",), security=Security.READ),
    Operation(cancel, ("DELETE /t1/orders/{id}",), security=Security.TRADE),
    Operation(balances, ("GET /t1/balances",), security=Security.READ),
)
