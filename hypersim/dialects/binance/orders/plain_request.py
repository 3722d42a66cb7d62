"""The short reading of a plain order: one walk over parameters that are all known, needed and well
formed. Whatever is otherwise is read parameter by parameter, which also knows what to say of it."""

from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.orders.names import SINGLE
from hypersim.dialects.binance.orders.request import (
    CLIENT_ORDER_ID,
    new_client_order_id,
    read_order,
)
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.params.values import decimal_of
from hypersim.dialects.binance.words import DEFAULT_PREVENTION, KINDS, SIDES, TIMES_IN_FORCE
from hypersim.market.instrument import Instrument
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.order import TimeInForce

PLAIN_KINDS = {word: kind for word, kind in KINDS.items() if kind.trigger is None}
PLAIN_NAMES = frozenset(
    ("side", "quantity", SINGLE.kind, SINGLE.price, SINGLE.time_in_force, SINGLE.client_order_id)
)
NOT_THE_ORDERS = frozenset(("newOrderRespType",))
"""What may stand beside these, to be read later."""


def read_new_order(params: Params, account_id: int, instrument: Instrument) -> PlaceOrder:
    """See `read_order`."""
    plain = read_plain(params, account_id, instrument)
    return read_order(params, account_id, instrument) if plain is None else plain


def read_plain(params: Params, account_id: int, instrument: Instrument) -> PlaceOrder | None:
    """The order, if it is plain; None with nothing read where it is not, or something is wrong."""
    sent = params.unread(_EXPECTED)
    if sent is None:
        return None
    kind, side = PLAIN_KINDS.get(sent.get("type", "")), SIDES.get(sent.get("side", ""))
    quantity_text, price_text = sent.get("quantity"), sent.get("price")
    in_force_word, name = sent.get("timeInForce"), sent.get("newClientOrderId")
    if kind is None or side is None or quantity_text is None:
        return None
    if (price_text is None) is kind.is_limit or (in_force_word is None) is kind.takes_time_in_force:
        return None
    in_force = _GTC if in_force_word is None else TIMES_IN_FORCE.get(in_force_word)
    if in_force is None or not (name is None or CLIENT_ORDER_ID.fullmatch(name)):
        return None
    price = None
    try:
        if price_text is not None:
            price = decimal_of("price", price_text, instrument.quote_places)
        quantity = decimal_of("quantity", quantity_text, instrument.base_places)
    except BinanceError:
        return None
    if not quantity or (price is not None and not price):
        return None
    params.keep(NOT_THE_ORDERS)
    return PlaceOrder(
        account_id,
        instrument.symbol,
        side,
        kind.type,
        quantity,
        price=price,
        time_in_force=in_force,
        post_only=kind.post_only,
        client_order_id=new_client_order_id() if name is None else name,
        self_trade_prevention=DEFAULT_PREVENTION,
        is_retry_safe=False,
    )


_GTC = TimeInForce.GTC
_EXPECTED = PLAIN_NAMES | NOT_THE_ORDERS
