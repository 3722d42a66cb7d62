"""Errors as MEXC words them (spot_v3_en, "Error Code"): clients branch on the code.

Some bots were written for Binance's codes as well; with `--mexc-errors binance` they are told
those where there is one that fits.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from hypersim.trading.rejections import Rejected, Rejection

TOO_MANY, BANNED = 429, 418

FILTER, REJECTED, CANCEL_REJECTED = -1013, -2010, -2011
"""Binance's, of orders."""


class Like(NamedTuple):
    """A code and a text of Binance's."""

    code: int
    msg: str


class MexcError(Exception):
    """A request that is answered with `{"code": ..., "msg": ...}`. Who asked too much may ask again
    after `wait_ms`; `like` is what is told of it in Binance's codes, where these are others."""

    def __init__(
        self, code: int, msg: str, status: int = 400, like: Like | None = None, wait_ms: int = 0
    ) -> None:
        super().__init__(msg)
        self.code = code
        self.msg = msg
        self.status = status
        self.like = like
        self.wait_ms = wait_ms

    def told(self, *, like_binance: bool) -> Like:
        """The code and the text for whom it is told."""
        if like_binance and self.like is not None:
            return self.like
        return Like(self.code, self.msg)


def always(
    code: int, msg: str, status: int = 400, like: Like | None = None
) -> Callable[[], MexcError]:
    """Makes an error that always says the same."""
    return partial(MexcError, code, msg, status, like)


def about(code: int, msg: str) -> Callable[[str], MexcError]:
    """Makes an error that is told what to name in place of {}."""
    return lambda name: MexcError(code, msg.format(name))


# A bug; what happened is in the log.
unknown = always(500, "Internal error", 500)
# Nothing was done.
record_unavailable = always(503, "service not available, please try again", 503)
# Whether it was done is unknown.
record_lost = always(504, "Gateway Time-out", 504)
# A page of another site.
access_denied = about(403, "Access Denied: {}")
# Documented, but nothing that this exchange could do.
unsupported = always(20001, "subsystem is not supported")
not_allowed = always(26, "operation not allowed")
no_such_coin = always(10232, "currency does not exist")
no_such_record = always(22222, "record does not exist")
no_such_account_type = always(10103, "this account transfer is not supported")
no_such_network = about(33333, "param is error: {} is no network of this coin")
insufficient_funds = always(10101, "Insufficient balance")
not_transferable = always(10206, "transfer is disabled")
bad_amount = always(10097, "amount is error")
bad_address = always(700008, "Illegal characters found in parameter 'address'")
too_small = about(30002, "The minimum transaction volume cannot be less than:{}")
amount_too_fine = always(10096, "amount decimal places is too long")
busy = always(510, "Requests are too frequent, please try again later", TOO_MANY)

no_key = always(400, "api key required")
invalid_key = always(10072, "invalid access key")
address_not_listed = about(700006, "IP [{}] not in the ip white list")
no_permission = always(700007, "No permission to access the endpoint")
_BAD_SIGNATURE = "Signature for this request is not valid."
bad_signature = always(700002, _BAD_SIGNATURE, like=Like(-1022, _BAD_SIGNATURE))
_STALE = "Timestamp for this request is outside of the recvWindow."
stale_timestamp = always(700003, _STALE, like=Like(-1021, _STALE))
bad_receive_window = always(700005, "recvWindow must less than 60000")

missing = about(700004, "Mandatory parameter '{}' was not sent, was empty/null, or malformed.")
no_order_named = always(
    700004, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null"
)
illegal = about(700008, "Illegal characters found in parameter '{}'")
wrong = about(33333, "param is error: {}")
bad_combination = always(-1128, "Combination of optional parameters invalid.")

_NO_LISTEN_KEY = "This listenKey does not exist."
no_such_listen_key = always(
    33333, f"param is error: {_NO_LISTEN_KEY}", like=Like(-1125, _NO_LISTEN_KEY)
)
bad_symbol = always(-1121, "Invalid symbol.")
no_such_order = always(-2013, "Order does not exist.")
unknown_order = always(-2011, "Unknown order sent.")


def too_many_requests(wait_ms: int) -> MexcError:
    """Over a limit."""
    like = Like(-1003, "Too many requests.")
    return MexcError(429, "Too Many Requests", TOO_MANY, like, wait_ms)


def banned(wait_ms: int) -> MexcError:
    """Shut out."""
    like = Like(-1003, "Way too many requests; IP banned.")
    return MexcError(429, "Too Many Requests", BANNED, like, wait_ms)


def refused(rejected: Rejected, *, is_cancel: bool = False) -> MexcError:
    """A refused command in MEXC's words."""
    reason = rejected.reason
    if is_cancel and reason in _NOT_OPEN:
        return unknown_order()
    # A reason without words is a KeyError; a test fails before a client sees this.
    words = _REFUSALS[reason]
    most = rejected.details.get("min") or rejected.details.get("max") or ""
    msg = f"{words.msg}{most}" if words.msg.endswith(":") else words.msg
    like = None if words.like is None else Like(words.like, words.like_msg or msg)
    return MexcError(words.code, msg, like=like)


class _Words(NamedTuple):
    """`msg` with a colon at its end is followed by the bound that was missed."""

    code: int
    msg: str
    like: int | None = None
    like_msg: str = ""


def _filter(code: int, msg: str, name: str) -> _Words:
    return _Words(code, msg, FILTER, f"Filter failure: {name}")


_NOT_OPEN = {
    Rejection.ORDER_NOT_FOUND,
    Rejection.ORDER_ALREADY_FILLED,
    Rejection.ORDER_ALREADY_CANCELED,
    Rejection.OTHER_CLIENT_ORDER_ID,
}

_TOO_SMALL = "The minimum transaction volume cannot be less than:"
_TOO_LARGE = "The maximum transaction volume cannot be greater than:"
_PRICE = "Order price exceeds allowed range"
_CLOSED = _Words(30016, "trading disabled", REJECTED, "Market is closed.")
_NOBODY = _Words(30025, "no exist opponent order", REJECTED)
_TOO_MANY_ORDERS = _Words(30029, "Cannot exceed the maximum order limit", REJECTED)
_POSITION = _Words(30032, "Cannot exceed the maximum position", REJECTED)
_NO_SUCH_KIND = _Words(30041, "current order type can not place order", REJECTED)
_GONE = _Words(-2011, "Unknown order sent.")
_AGAIN = _Words(603, "Repeated request", REJECTED, "Duplicate order sent.")
_BALANCE = "Account has insufficient balance for requested action."

_REFUSALS: dict[Rejection, _Words] = {
    Rejection.UNKNOWN_ACCOUNT: _Words(10001, "user does not exist"),
    Rejection.UNKNOWN_SYMBOL: _Words(-1121, "Invalid symbol."),
    Rejection.MARKET_HALTED: _CLOSED,
    Rejection.MARKET_DATA_STALE: _CLOSED,
    Rejection.PRICE_OFF_TICK: _filter(30087, "Order price precision error", "PRICE_FILTER"),
    Rejection.PRICE_OUT_OF_RANGE: _filter(30087, _PRICE, "PRICE_FILTER"),
    Rejection.PRICE_OUT_OF_BAND: _filter(30087, _PRICE, "PERCENT_PRICE_BY_SIDE"),
    Rejection.QUANTITY_OFF_STEP: _filter(10096, "amount decimal places is too long", "LOT_SIZE"),
    Rejection.QUANTITY_TOO_SMALL: _filter(30002, _TOO_SMALL, "LOT_SIZE"),
    Rejection.QUANTITY_TOO_LARGE: _filter(30003, _TOO_LARGE, "LOT_SIZE"),
    Rejection.MARKET_QUANTITY_TOO_LARGE: _filter(30003, _TOO_LARGE, "MARKET_LOT_SIZE"),
    Rejection.NOTIONAL_TOO_SMALL: _filter(30002, _TOO_SMALL, "MIN_NOTIONAL"),
    Rejection.NOTIONAL_TOO_LARGE: _filter(30003, _TOO_LARGE, "NOTIONAL"),
    Rejection.ASSET_AMOUNT_TOO_LARGE: _filter(30003, _TOO_LARGE, "MAX_ASSET"),
    Rejection.INSUFFICIENT_BALANCE: _Words(30004, "Insufficient position", REJECTED, _BALANCE),
    Rejection.TOO_LITTLE_LIQUIDITY: _NOBODY,
    Rejection.NO_LIQUIDITY: _NOBODY,
    Rejection.WOULD_TAKE_LIQUIDITY: _Words(
        30010, "no valid trade price", REJECTED, "Order would immediately match and take."
    ),
    Rejection.POSITION_TOO_LARGE: _POSITION,
    Rejection.FUNDS_OUT_OF_RANGE: _POSITION,
    Rejection.TOO_MANY_OPEN_ORDERS: _TOO_MANY_ORDERS,
    Rejection.TOO_MANY_OPEN_ORDERS_IN_ALL: _TOO_MANY_ORDERS,
    Rejection.TOO_MANY_CONDITIONAL_ORDERS: _TOO_MANY_ORDERS,
    Rejection.TOO_MANY_CONDITIONAL_ORDERS_IN_ALL: _TOO_MANY_ORDERS,
    Rejection.TOO_MANY_ICEBERG_ORDERS: _TOO_MANY_ORDERS,
    Rejection.TOO_MANY_ICEBERG_ORDERS_IN_ALL: _TOO_MANY_ORDERS,
    Rejection.TOO_MANY_ORDER_LISTS: _TOO_MANY_ORDERS,
    Rejection.TOO_MANY_ORDER_LISTS_IN_ALL: _TOO_MANY_ORDERS,
    Rejection.DUPLICATE_CLIENT_ORDER_ID: _AGAIN,
    Rejection.DUPLICATE_CLIENT_LIST_ID: _AGAIN,
    Rejection.ORDER_NOT_FOUND: _GONE,
    Rejection.OTHER_CLIENT_ORDER_ID: _GONE,
    Rejection.ORDER_ALREADY_FILLED: _GONE,
    Rejection.ORDER_ALREADY_CANCELED: _GONE,
    Rejection.ORDER_LIST_NOT_FOUND: _GONE,
    Rejection.CANCEL_RESTRICTED: _GONE,
    # No request of this dialect asks for kinds of orders that could be refused so.
    **dict.fromkeys(
        (
            Rejection.TRIGGERS_IMMEDIATELY,
            Rejection.TRAILING_DELTA_OUT_OF_RANGE,
            Rejection.ICEBERG_TOO_LARGE,
            Rejection.TOO_MANY_ICEBERG_PARTS,
            Rejection.NO_PEG_PRICE,
            Rejection.PAIR_PRICES_CROSSED,
            Rejection.EXPIRY_IN_THE_PAST,
            Rejection.QUANTITY_BELOW_FILLED,
            Rejection.TOO_MANY_AMENDMENTS,
            Rejection.AMEND_NOT_POSSIBLE,
            Rejection.QUANTITY_NOT_KNOWN_YET,
            Rejection.NOTHING_TO_AMEND,
        ),
        _NO_SUCH_KIND,
    ),
    Rejection.TOO_MANY_WITHDRAWALS: _Words(10206, "transfer is disabled"),
    Rejection.WITHDRAWALS_SUSPENDED: _Words(
        10265, "Due to risk control, withdrawal is unavailable, please try again later"
    ),
    Rejection.WITHDRAWAL_NOT_FOUND: _Words(22222, "record does not exist"),
    # None opens accounts or issues keys either.
    Rejection.DUPLICATE_EMAIL: _Words(26, "operation not allowed"),
    Rejection.DUPLICATE_KEY: _Words(26, "operation not allowed"),
    Rejection.TOO_MANY_KEYS: _Words(26, "operation not allowed"),
    Rejection.UNKNOWN_KEY: _Words(10072, "invalid access key"),
    Rejection.NOT_RECORDABLE: _Words(700008, "Illegal characters found in parameter"),
}
