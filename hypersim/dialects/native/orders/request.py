"""Orders as clients ask for them: the bodies of `POST /v1/order` and `PUT /v1/order/{order_id}`."""

import re
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from hypersim.dialects.native.errors import ApiError, ErrorCode, invalid
from hypersim.dialects.native.params import Amount, decode, positive
from hypersim.market.number import TIME_MS_MAX
from hypersim.trading.commands import AmendOrder, PlaceOrder
from hypersim.trading.order import OrderType, Side, TimeInForce

CLIENT_ORDER_ID_LENGTH_MAX = 64

_CLIENT_ORDER_ID = {
    "minLength": 1,
    "maxLength": CLIENT_ORDER_ID_LENGTH_MAX,
    "pattern": r"^[ -~]*$",
}
_PRINTABLE = re.compile(rf"[ -~]{{1,{CLIENT_ORDER_ID_LENGTH_MAX}}}")
_TIME = {"minimum": 1, "maximum": TIME_MS_MAX}

_NO_PRICE, _NO_AMOUNT = ErrorCode.INVALID_PRICE, ErrorCode.INVALID_AMOUNT
_GTC, _GTD, _LIMIT = TimeInForce.GTC, TimeInForce.GTD, OrderType.LIMIT


class OrderRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/order`. Numbers may be JSON numbers or strings. A market order states
    `amount` (base) or `cost` (quote); `expiresAt` (ms) goes with `timeInForce` GTD."""

    symbol: str
    side: Side
    type: OrderType
    amount: Amount | UnsetType = UNSET
    price: Amount | UnsetType = UNSET
    cost: Amount | UnsetType = UNSET
    timeInForce: TimeInForce | None = None  # noqa: N815 - CCXT's name
    postOnly: bool | None = None  # noqa: N815 - CCXT's name
    clientOrderId: Annotated[str | None, Meta(extra_json_schema=_CLIENT_ORDER_ID)] = None  # noqa: N815 - CCXT's name
    expiresAt: Annotated[int | None, Meta(extra_json_schema=_TIME)] = None  # noqa: N815 - in the style of CCXT's names


class AmendRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `PUT /v1/order/{id}`: the new total amount, the new price, or both."""

    amount: Amount | UnsetType = UNSET
    price: Amount | UnsetType = UNSET


def place_order(body: bytes, account_id: int) -> PlaceOrder:
    """The command that a `POST /v1/order` asks for. Raises `ApiError`."""
    request = decode(OrderRequest, body)
    price = positive(request.price, "price", _NO_PRICE)
    amount = positive(request.amount, "amount", _NO_AMOUNT)
    cost = None if request.cost is UNSET else positive(request.cost, "cost", _NO_AMOUNT)
    _check_combination(request, amount, price, cost)
    client_id = request.clientOrderId
    if client_id is not None and not _PRINTABLE.fullmatch(client_id):
        expected = f"1 to {CLIENT_ORDER_ID_LENGTH_MAX} printable ASCII characters"
        raise invalid(f"clientOrderId must be {expected}")
    return PlaceOrder(
        account_id,
        request.symbol,
        request.side,
        request.type,
        amount,
        cost,
        price,
        request.timeInForce or _GTC,
        bool(request.postOnly),
        client_id,
        request.expiresAt,
    )


def amend_order(body: bytes, account_id: int, order_id: int) -> AmendOrder:
    """The command that a `PUT /v1/order/{id}` asks for. Raises `ApiError`."""
    request = decode(AmendRequest, body)
    amount = positive(request.amount, "amount", _NO_AMOUNT)
    price = positive(request.price, "price", _NO_PRICE)
    if amount is None and price is None:
        raise invalid("An amendment needs a new amount, a new price, or both")
    return AmendOrder(account_id, order_id, amount, price)


def order_id_of(text: str) -> int:
    """An order's id; what is no number is no order. Raises `ApiError` 404."""
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    raise ApiError(ErrorCode.ORDER_NOT_FOUND, f"Order {text[:40]!r} does not exist", status=404)


def _check_combination(
    request: OrderRequest, amount: Decimal | None, price: Decimal | None, cost: Decimal | None
) -> None:
    time_in_force = request.timeInForce
    if request.type is _LIMIT:
        if price is None:
            raise ApiError(_NO_PRICE, "A limit order needs a price")
        if amount is None or cost is not None:
            raise ApiError(_NO_AMOUNT, "A limit order needs an amount, and no cost")
    else:
        if price is not None:
            raise ApiError(_NO_PRICE, "A market order takes no price")
        if (amount is None) == (cost is None):
            message = "A market order needs an amount (base) or a cost (quote), one of them"
            raise ApiError(_NO_AMOUNT, message)
        if request.postOnly or time_in_force is not None:
            raise invalid("A market order takes neither timeInForce nor postOnly")
    if request.postOnly and time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        raise invalid(f"postOnly and timeInForce {time_in_force} exclude each other")
    if (time_in_force is _GTD) != (request.expiresAt is not None):
        raise invalid("timeInForce GTD and expiresAt (ms) go together")
    if request.expiresAt is not None and not 0 < request.expiresAt <= TIME_MS_MAX:
        raise invalid(f"expiresAt must be a time in ms, up to {TIME_MS_MAX}")
