"""Strict parsing of native requests: plain decimal numbers, known fields, whole queries."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec import UNSET, Raw, UnsetType

from hypersim.dialects.native.auth import NativeRequest
from hypersim.dialects.native.errors import ApiError, ErrorCode, invalid
from hypersim.market.candle import Interval
from hypersim.market.number import parse_decimal
from hypersim.service.view import View
from hypersim.trading.commands import AmendOrder, PlaceOrder
from hypersim.trading.order import OrderType, Side, TimeInForce

T = TypeVar("T")

CLIENT_ORDER_ID_LENGTH_MAX = 64
LIMIT_MAX = 10_000
"""Rows of one answer; more are paged with `since`. A larger `limit` is an error, never cut."""

TIME_MS_MAX = 253_402_300_799_999
"""The last millisecond of the year 9999."""

_ASSET = re.compile(r"[A-Z0-9]{1,20}", re.ASCII)
_NOT_JSON = "The body is not valid JSON in UTF-8"


class OrderRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/order`. Numbers may be JSON numbers or strings. A market order states
    `amount` (base) or `cost` (quote); `expiresAt` (ms) goes with `timeInForce` GTD."""

    symbol: str
    side: Side
    type: OrderType
    amount: Raw | UnsetType = UNSET
    price: Raw | UnsetType = UNSET
    cost: Raw | UnsetType = UNSET
    timeInForce: TimeInForce | None = None  # noqa: N815 - CCXT's name
    postOnly: bool | None = None  # noqa: N815 - CCXT's name
    clientOrderId: str | None = None  # noqa: N815 - CCXT's name
    expiresAt: int | None = None  # noqa: N815 - in the style of CCXT's names


class AmendRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `PUT /v1/order/{id}`: the new total amount, the new price, or both."""

    amount: Raw | UnsetType = UNSET
    price: Raw | UnsetType = UNSET


_QUOTE = ord('"')
_text_decoder = msgspec.json.Decoder(str)
_order_decoder = msgspec.json.Decoder(OrderRequest)
_amend_decoder = msgspec.json.Decoder(AmendRequest)


def place_order(body: bytes, account_id: int) -> PlaceOrder:
    """The command that a `POST /v1/order` asks for. Raises `ApiError`."""
    request = decode(_order_decoder, body)
    price = positive(request.price, "price", ErrorCode.INVALID_PRICE)
    amount = positive(request.amount, "amount", ErrorCode.INVALID_AMOUNT)
    cost = positive(request.cost, "cost", ErrorCode.INVALID_AMOUNT)
    _check_combination(request, amount, price, cost)
    _check_client_order_id(request.clientOrderId)
    time_in_force = request.timeInForce or TimeInForce.GTC
    return PlaceOrder(
        account_id,
        request.symbol,
        request.side,
        request.type,
        amount,
        cost,
        price,
        time_in_force,
        bool(request.postOnly),
        request.clientOrderId,
        request.expiresAt,
    )


def amend_order(body: bytes, account_id: int, order_id: int) -> AmendOrder:
    """The command that a `PUT /v1/order/{id}` asks for. Raises `ApiError`."""
    request = decode(_amend_decoder, body)
    amount = positive(request.amount, "amount", ErrorCode.INVALID_AMOUNT)
    price = positive(request.price, "price", ErrorCode.INVALID_PRICE)
    if amount is None and price is None:
        raise invalid("An amendment needs a new amount, a new price, or both")
    return AmendOrder(account_id, order_id, amount, price)


def decode(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """The body as its structure. Raises `ApiError` that says what is wrong."""
    try:
        return decoder.decode(body)
    except msgspec.DecodeError as error:
        raise _body_error(str(error)) from None
    except (UnicodeDecodeError, RecursionError):
        raise invalid(_NOT_JSON) from None


def positive(raw: Raw | UnsetType, field: str, code: ErrorCode) -> Decimal | None:
    """A number above zero in plain digits, exactly as written; None when absent or null."""
    if isinstance(raw, UnsetType):
        return None
    written = bytes(raw)
    if written == b"null":
        return None
    # The decoder that leaves a number raw has not looked inside.
    try:
        text = _text_decoder.decode(written) if written[0] == _QUOTE else written.decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise invalid(_NOT_JSON) from None
    try:
        value = parse_decimal(text)
    except ValueError:
        expected = (
            "a plain positive decimal number such as 12.5, with up to 20 digits before the point "
            "and 18 after it"
        )
        message = f"{field} must be {expected}, not {text[:40]}"
        raise ApiError(code, message, {"field": field}) from None
    if value == 0:
        raise ApiError(code, f"{field} must be above zero", {"field": field})
    return value


def known_symbol(view: View, text: str) -> str:
    """BTC/USDT for any spelling of it. Raises `ApiError`."""
    text = text.strip("/")
    symbol = view.symbol(text)
    if symbol is None:
        message = f"Unknown symbol {text[:40]!r}; /v1/markets lists the known ones"
        raise ApiError(ErrorCode.INVALID_SYMBOL, message)
    return symbol


def order_id_of(text: str) -> int:
    """An order's id; what is no number is no order. Raises `ApiError` 404."""
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    raise ApiError(ErrorCode.ORDER_NOT_FOUND, f"Order {text[:40]!r} does not exist", status=404)


class Query:
    """A request's query parameters, each at most once, none unknown."""

    def __init__(self, request: NativeRequest, allowed: Iterable[str]) -> None:
        self._values: dict[str, str] = {}
        if not request.scope["query_string"]:
            return
        allowed = tuple(allowed)
        for name, value in request.query_params.multi_items():
            if name not in allowed:
                known = ", ".join(allowed) or "none"
                raise invalid(f"Unknown parameter {name[:40]!r}; known here: {known}")
            if name in self._values:
                raise invalid(f"Parameter {name!r} was given more than once")
            self._values[name] = value

    def text(self, name: str) -> str | None:
        """The value, or None when absent or empty."""
        return self._values.get(name) or None

    def integer(self, name: str, low: int, high: int) -> int | None:
        """A whole number within inclusive bounds."""
        text = self.text(name)
        if text is None:
            return None
        is_number = text.isascii() and text.isdigit() and len(text) <= 18
        if not is_number or not low <= int(text) <= high:
            raise invalid(f"{name} must be a whole number from {low} to {high}, not {text[:40]!r}")
        return int(text)

    def time_ms(self, name: str) -> int | None:
        """A time in milliseconds since 1970."""
        return self.integer(name, 0, TIME_MS_MAX)

    def limit(self) -> int | None:
        """How many rows at most."""
        return self.integer("limit", 1, LIMIT_MAX)

    def asset(self, name: str) -> str | None:
        """A name of an asset, whether it is known or not."""
        text = self.text(name)
        if text is not None and not _ASSET.fullmatch(text):
            raise invalid(f"{name} must be an asset, such as USDT, not {text[:40]!r}")
        return text

    def interval(self, name: str) -> Interval | None:
        """A candle length."""
        text = self.text(name)
        if text is None:
            return None
        known = [interval.value for interval in Interval if interval is not Interval.S1]
        if text not in known:
            raise invalid(f"{name} must be one of {', '.join(known)}, not {text[:40]!r}")
        return Interval(text)


def _body_error(problem: str) -> ApiError:
    for field, code in (("symbol", ErrorCode.INVALID_SYMBOL),):
        if f"`$.{field}`" in problem:
            return ApiError(code, f"Invalid body: {problem}", {"field": field})
    return invalid(f"Invalid body: {problem}")


def _check_combination(
    request: OrderRequest, amount: Decimal | None, price: Decimal | None, cost: Decimal | None
) -> None:
    time_in_force = request.timeInForce
    if request.type is OrderType.LIMIT:
        if price is None:
            raise ApiError(ErrorCode.INVALID_PRICE, "A limit order needs a price")
        if amount is None or cost is not None:
            raise ApiError(ErrorCode.INVALID_AMOUNT, "A limit order needs an amount, and no cost")
    else:
        if price is not None:
            raise ApiError(ErrorCode.INVALID_PRICE, "A market order takes no price")
        if (amount is None) == (cost is None):
            message = "A market order needs an amount (base) or a cost (quote), one of them"
            raise ApiError(ErrorCode.INVALID_AMOUNT, message)
        if request.postOnly or time_in_force is not None:
            raise invalid("A market order takes neither timeInForce nor postOnly")
    if request.postOnly and time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        raise invalid(f"postOnly and timeInForce {time_in_force} exclude each other")
    if (time_in_force is TimeInForce.GTD) != (request.expiresAt is not None):
        raise invalid("timeInForce GTD and expiresAt (ms) go together")
    if request.expiresAt is not None and not 0 < request.expiresAt <= TIME_MS_MAX:
        raise invalid(f"expiresAt must be a time in ms, up to {TIME_MS_MAX}")


def _check_client_order_id(text: str | None) -> None:
    if text is None:
        return
    is_printable = text.isascii() and text.isprintable()
    if not 1 <= len(text) <= CLIENT_ORDER_ID_LENGTH_MAX or not is_printable:
        raise invalid(
            f"clientOrderId must be 1 to {CLIENT_ORDER_ID_LENGTH_MAX} printable ASCII characters"
        )
