"""Order lists as they stand, and their end: orderList.status, openOrderLists.status,
allOrderLists, orderList.cancel."""

from collections.abc import Sequence

from msgspec.structs import replace

from hypersim.dialects.binance.errors.general import Request
from hypersim.dialects.binance.errors.orders import no_such_list, unknown_list
from hypersim.dialects.binance.errors.parameters import bad_combination
from hypersim.dialects.binance.orders.cancel import canceled_orders, ended_list
from hypersim.dialects.binance.orders.finding import Wanted, read_wanted
from hypersim.dialects.binance.orders.list_bodies import ListBody, list_body, list_orders
from hypersim.dialects.binance.orders.request import read_client_order_id
from hypersim.dialects.binance.params.paging import has_times, read_page
from hypersim.dialects.binance.venue import Call, changing, reading
from hypersim.trading.commands import CancelOrderList
from hypersim.trading.order_list import OrderList


async def list_status(call: Call) -> object:
    """One list, of any age."""
    wanted = read_wanted(call.params, "orderListId")
    call.params.done()
    order_list = await _find_list(call, wanted)
    if order_list is None:
        raise no_such_list()
    return (await _print_lists(call, [order_list]))[0]


async def open_lists(call: Call) -> object:
    """The account's open lists, oldest first."""
    call.params.done()
    own = call.view.open_lists(call.account_id)
    return await _print_lists(call, sorted(own.values(), key=lambda one: one.id))


async def all_lists(call: Call) -> object:
    """Lists last updated within times, or from an id on, oldest first; else the latest, newest
    first."""
    params = call.params
    page = read_page(params, call.account_id)
    params.done()
    if has_times(page):
        if page.from_id is not None and call.session is None:
            raise bad_combination()
        # The documents of the WebSocket API have an id ignored beside times.
        page = replace(page, from_id=None, by_update=True)
    bodies = await _print_lists(call, await call.services.archive.order_lists(page))
    return bodies if page.from_id is not None or page.since_ms is not None else bodies[::-1]


async def list_cancel(call: Call) -> object:
    """All orders of a list that are open."""
    params, instrument = call.params, call.instrument()
    wanted = read_wanted(params, "orderListId", "listClientOrderId")
    name = read_client_order_id(params, "newClientOrderId")
    params.done()
    order_list = await _find_list(call, wanted)
    if order_list is None or order_list.symbol != instrument.symbol:
        raise unknown_list()
    command = CancelOrderList(call.account_id, order_list.id, name)
    done = await call.execute(command, Request.CANCEL)
    closed, ended = canceled_orders(call, done.events)
    return await ended_list(call, instrument, ended[order_list.id], closed, name)


async def _find_list(call: Call, wanted: Wanted) -> OrderList | None:
    """The account's list, if both ids are its own."""
    archive, account_id = call.services.archive, call.account_id
    if wanted.number is not None:
        found = call.view.lists.get(wanted.number)
        if found is None:
            found = await archive.order_list(account_id, wanted.number)
    else:
        own = call.view.open_lists(account_id).values()
        found = next((one for one in own if one.client_list_id == wanted.name), None)
        if found is None:
            found = await archive.order_list_by_client_id(account_id, wanted.name or "")
    if found is None or found.account_id != account_id:
        return None
    return found if wanted.name in (None, found.client_list_id) else None


async def _print_lists(call: Call, order_lists: Sequence[OrderList]) -> list[ListBody]:
    orders = await list_orders(call, order_lists)
    return [list_body(one, orders, call.unit) for one in order_lists]


OPERATIONS = (
    reading(
        list_status, "GET /api/v3/orderList", "orderList.status", 4, "orderListId origClientOrderId"
    ),
    reading(open_lists, "GET /api/v3/openOrderList", "openOrderLists.status", 6),
    reading(
        all_lists, "GET /api/v3/allOrderList", "allOrderLists", 20, "fromId startTime endTime limit"
    ),
    changing(
        list_cancel,
        "DELETE /api/v3/orderList",
        "orderList.cancel",
        "symbol orderListId listClientOrderId newClientOrderId",
    ),
)
