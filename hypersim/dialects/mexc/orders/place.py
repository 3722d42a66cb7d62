"""New orders: one, one that is only checked, and up to 20 in a batch."""

import re
from decimal import Decimal

import msgspec

from hypersim.api.operation import Security
from hypersim.dialects.mexc.errors import MexcError, bad_combination, illegal, refused, wrong
from hypersim.dialects.mexc.orders.bodies import Body, placed_body
from hypersim.dialects.mexc.params import Params, texts_of
from hypersim.dialects.mexc.venue import Call, find_instrument, signed
from hypersim.dialects.mexc.words import KINDS, PREVENTIONS, SIDES, Kind
from hypersim.service.view import View
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.events import OrderAccepted
from hypersim.trading.order import OrderType, SelfTradePrevention

BATCH_MAX = 20

_MARKET = OrderType.MARKET
_CLIENT_ORDER_ID = re.compile(r"[!-~]{1,64}", re.ASCII)
_objects = msgspec.json.Decoder(list[msgspec.Raw]).decode


async def place(call: Call) -> object:
    """A new order."""
    done = await call.execute(read_order(call.params, call.view, call.account_id))
    return placed_body(done.first(OrderAccepted).order)


async def test(call: Call) -> object:
    """Everything that a placement checks, without the placement."""
    command = read_order(call.params, call.view, call.account_id)
    rejected = call.services.engine.check(command)
    if rejected is not None:
        raise refused(rejected)
    return {}


async def place_batch(call: Call) -> object:
    """Several of one symbol, each by itself: what is refused does not keep others from being
    placed."""
    text = call.params.need("batchOrders")
    try:
        wanted = _objects(text)
    except msgspec.DecodeError:
        raise wrong("batchOrders must be a JSON array of orders") from None
    if not 0 < len(wanted) <= BATCH_MAX:
        raise wrong(f"batchOrders takes 1 to {BATCH_MAX} orders")
    orders = [Params(texts_of(bytes(one))) for one in wanted]
    if len({params.need("symbol") for params in orders}) > 1:
        raise wrong("the orders of a batch are of one symbol")
    return [await _placed(call, params) for params in orders]


async def _placed(call: Call, params: Params) -> Body:
    """The order, or why there is none."""
    name = params.text("newClientOrderId")
    named = {} if name is None else {"newClientOrderId": name}
    try:
        done = await call.execute(read_order(params, call.view, call.account_id))
    except MexcError as error:
        code, msg = error.told(like_binance=call.venue.like_binance)
        return {**named, "msg": msg, "code": code}
    body = placed_body(done.first(OrderAccepted).order)
    return {**{name: body[name] for name in ("symbol", "orderId", "orderListId")}, **named}


def read_order(params: Params, view: View, account_id: int) -> PlaceOrder:
    """The order that parameters describe. What its type has no use for is let pass: clients send a
    price beside market orders. Raises `MexcError`."""
    instrument = find_instrument(view, params.need("symbol"))
    side = params.need_choice("side", SIDES)
    kind = params.need_choice("type", KINDS)
    quantity, cost, price = _read_amounts(params, kind)
    name = params.text("newClientOrderId")
    if name is not None and not _CLIENT_ORDER_ID.fullmatch(name):
        raise illegal("newClientOrderId")
    return PlaceOrder(
        account_id,
        instrument.symbol,
        side,
        kind.type,
        quantity,
        cost,
        price,
        kind.time_in_force,
        kind.post_only,
        name,
        self_trade_prevention=_read_prevention(params),
        is_retry_safe=False,
    )


def _read_prevention(params: Params) -> SelfTradePrevention:
    if params.text("stpMode") is None:
        return SelfTradePrevention.NONE
    return params.need_choice("stpMode", PREVENTIONS)


def _read_amounts(
    params: Params, kind: Kind
) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """(quantity, what it may cost, price)"""
    quantity = params.positive("quantity")
    if kind.type is not _MARKET:
        price = params.positive("price")
        if quantity is None:
            params.need("quantity")
        if price is None:
            params.need("price")
        return quantity, None, price
    cost = params.positive("quoteOrderQty")
    if (quantity is None) == (cost is None):
        raise bad_combination()
    return quantity, cost, None


OPERATIONS = (
    signed(Security.TRADE, place, "POST /api/v3/order", account_weight=1),
    signed(Security.TRADE, test, "POST /api/v3/order/test"),
    signed(Security.TRADE, place_batch, "POST /api/v3/batchOrders", account_weight=1),
)
