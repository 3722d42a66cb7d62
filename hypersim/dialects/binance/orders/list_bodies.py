"""Order lists as Binance prints them."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import UNSET, UnsetType

from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.orders.bodies import AckBody, Body, CanceledBody, PlacedBody
from hypersim.dialects.binance.venue import Call
from hypersim.dialects.binance.words import client_order_id, symbol_word, words_of
from hypersim.trading.order import Order
from hypersim.trading.order_list import OrderList

Report = AckBody | PlacedBody | CanceledBody


class MemberBody(Body):
    """An order of a list, in short."""

    symbol: str
    order_id: int
    client_order_id: str


class ListBody(Body):
    """An order list; with `order_reports` in answers to a placement or a cancel."""

    order_list_id: int
    contingency_type: str
    list_status_type: str
    list_order_status: str
    list_client_order_id: str
    transaction_time: int
    symbol: str
    orders: list[MemberBody]
    order_reports: list[Report] | UnsetType = UNSET


def members(order_list: OrderList, orders: Mapping[int, Order]) -> list[MemberBody]:
    """Its orders, in short; `orders` holds them."""
    symbol = symbol_word(order_list.symbol)
    return [
        MemberBody(symbol, order_id, client_order_id(orders[order_id]))
        for order_id in order_list.order_ids
        if order_id in orders
    ]


def list_body(
    order_list: OrderList,
    orders: Mapping[int, Order],
    unit: TimeUnit,
    reports: Sequence[Report] | None = None,
) -> ListBody:
    """A list and its orders, with reports of them if there are any to give."""
    words = words_of(order_list)
    return ListBody(
        order_list.id,
        words.contingency,
        words.status_type,
        words.status,
        words.name,
        order_list.updated_ms * unit,
        symbol_word(order_list.symbol),
        members(order_list, orders),
        UNSET if reports is None else list(reports),
    )


async def list_orders(call: Call, order_lists: Iterable[OrderList]) -> dict[int, Order]:
    """The orders of one account's lists, of any age."""
    wanted = {order_id for one in order_lists for order_id in one.order_ids}
    orders = call.view.orders
    found = {order_id: orders[order_id] for order_id in wanted if order_id in orders}
    missing = wanted - found.keys()
    if missing:
        archive = call.services.archive
        found |= await archive.orders_by_id(call.account_id, sorted(missing))
    return found
