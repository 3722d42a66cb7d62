"""Orders as they stand, and what they traded."""

from collections.abc import Iterable

from hypersim.api.finding import number_in, order_named, order_of, orders_of
from hypersim.api.operation import Security
from hypersim.dialects.mexc.errors import missing, no_order_named, no_such_order
from hypersim.dialects.mexc.orders.bodies import Body, queried_body, trade_body
from hypersim.dialects.mexc.params import Params
from hypersim.dialects.mexc.venue import Call, signed
from hypersim.dialects.mexc.words import status_word
from hypersim.market.candle import DAY_MS
from hypersim.service.contents import Data
from hypersim.service.heavy_reads import in_slices
from hypersim.service.record import PageQuery
from hypersim.trading.order import Order

ORDERS_DEFAULT, ORDERS_MAX = 500, 1_000
TRADES_MAX = 100
ORDERS_KEPT_MS, TRADES_KEPT_MS = 7 * DAY_MS, 30 * DAY_MS
"""How far back lists go."""

OPEN_STATES = frozenset(("NEW", "PARTIALLY_FILLED"))
STATES: dict[str, frozenset[str]] = {
    "1": OPEN_STATES,
    "2": OPEN_STATES,
    "3": frozenset(("FILLED",)),
    "4": frozenset(("CANCELED", "PARTIALLY_CANCELED")),
}
ALL_STATES = frozenset[str]().union(*STATES.values())


async def show(call: Call) -> object:
    """One order, of any age; by its number it is found without its symbol too."""
    instrument, params = call.optional_instrument(), call.params
    symbol = None if instrument is None else instrument.symbol
    number, name = params.text("orderId"), params.text("origClientOrderId")
    order: Order | None = None
    if number is not None:
        found = number_in(number)
        order = None if found is None else await order_of(call, symbol, found)
    elif name is None:
        raise no_order_named()
    elif symbol is None:
        raise missing("symbol")
    else:
        order = await order_named(call, symbol, name)
    if order is None or (name is not None and name != (order.client_order_id or str(order.id))):
        raise no_such_order()
    return queried_body(order)


async def list_open(call: Call) -> object:
    """Open orders of one symbol, or of all, oldest first."""
    instrument = call.optional_instrument()
    orders: Iterable[Order] = call.view.open_orders(call.account_id).values()
    if instrument is not None:
        orders = [order for order in orders if order.symbol == instrument.symbol]
    return await _bodies(orders)


async def list_all(call: Call) -> object:
    """Orders of one symbol: of the last day, or within times of the last seven."""
    page = _page(call, call.params.limit(ORDERS_DEFAULT, ORDERS_MAX), DAY_MS, ORDERS_KEPT_MS)
    wanted = _read_states(call.params)
    orders = await call.services.archive.orders(page, only_ended=wanted.isdisjoint(OPEN_STATES))
    return await _bodies(order for order in orders if status_word(order) in wanted)


def _read_states(params: Params) -> frozenset[str]:
    """Of orders that are wanted: all, where nothing is said. Only CCXT's requests tell of it."""
    text = params.text("states")
    if text is None:
        return ALL_STATES
    known = [STATES[number] for number in text.split(",") if number in STATES]
    return frozenset[str]().union(*known)


async def list_trades(call: Call) -> object:
    """Trades of one symbol in the last month, of one order if it is named."""
    page = _page(call, call.params.limit(TRADES_MAX, TRADES_MAX), TRADES_KEPT_MS, TRADES_KEPT_MS)
    text = call.params.text("orderId")
    number = None if text is None else number_in(text)
    if text is not None and number is None:
        return []
    fills = await call.services.archive.fills(page, number)
    counters = {fill.counter_order_id for fill in fills if fill.counter_order_id is not None}
    found = await orders_of(call, counters)
    own = {order_id for order_id, order in found.items() if order.account_id == call.account_id}
    return [trade_body(fill, is_self_trade=fill.counter_order_id in own) for fill in fills]


def _page(call: Call, limit: int, usual_ms: int, kept_ms: int) -> PageQuery:
    """Rows within the times that are asked for: the first ones from the start on, or the latest
    where only an end or nothing is said. They go back `usual_ms`, and never over `kept_ms`."""
    symbol, params, now_ms = call.instrument().symbol, call.params, call.arrived_ms
    start_ms, end_ms = params.integer("startTime"), params.integer("endTime")
    is_latest = start_ms is None
    if start_ms is None:
        start_ms = (now_ms if end_ms is None else end_ms) - usual_ms
    since_ms = max(start_ms, now_ms - kept_ms)
    return PageQuery(call.account_id, symbol, since_ms, end_ms, limit, is_latest=is_latest)


async def _bodies(orders: Iterable[Order]) -> list[Body]:
    return await in_slices(queried_body, list(orders))


OPERATIONS = (
    signed(Security.READ, show, "GET /api/v3/order", 2, reads=Data.ORDERS),
    signed(Security.READ, list_open, "GET /api/v3/openOrders", 3, reads=Data.ORDERS),
    signed(Security.READ, list_all, "GET /api/v3/allOrders", 10, reads=Data.ORDERS),
    signed(Security.READ, list_trades, "GET /api/v3/myTrades", 10, reads=Data.FILLS),
)
