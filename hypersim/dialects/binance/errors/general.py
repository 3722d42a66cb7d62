"""Errors as Binance words them (its errors.md and filters.md): bots branch on code and text.

Each name here makes one error; nothing else in the dialect writes a code or a message twice.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import partial

from hypersim.dialects.binance.errors.texts import (
    AMEND_REJECTED,
    CANCEL_REJECTED,
    COUNT_EXCEEDED,
    FILTER_FAILED,
    MARKET_REFUSED,
    ORDER_REJECTED,
)
from hypersim.trading.rejections import Rejected, Rejection

UNAUTHORIZED = 401
TOO_MANY = 429
BANNED = 418


class BinanceError(Exception):
    """A request that is answered with `{"code": …, "msg": …}`.

    `data` goes into the body beside them (cancelReplace). `retry_at_ms` is when a client that asked
    too much may ask again: the header Retry-After over REST, `retryAfter` over the WebSocket API.
    """

    def __init__(
        self,
        code: int,
        msg: str,
        status: int = 400,
        *,
        data: object = None,
        retry_at_ms: int | None = None,
    ) -> None:
        super().__init__(msg)
        self.code = code
        self.msg = msg
        self.status = status
        self.data = data
        self.retry_at_ms = retry_at_ms

    def body(self) -> dict[str, object]:
        """The error's JSON."""
        body: dict[str, object] = {"code": self.code, "msg": self.msg}
        if self.data is not None:
            body["data"] = self.data
        return body


def always(code: int, msg: str, status: int = 400) -> Callable[[], BinanceError]:
    """Makes an error that always says the same."""
    return partial(BinanceError, code, msg, status)


def about(code: int, msg: str, status: int = 400) -> Callable[[str], BinanceError]:
    """Makes an error that is told what to say, such as a parameter's name, in place of {}."""
    return lambda name: BinanceError(code, msg.format(name), status)


# A bug; what happened is in the log.
unknown = always(-1000, "An unknown error occurred while processing the request.", 500)
# Nothing was done.
record_unavailable = always(
    -1001, "Internal error; unable to process your request. Please try again.", 503
)
# Whether it was done is unknown.
record_lost = always(
    -1007,
    "Timeout waiting for response from backend server. Send status unknown; execution status "
    "unknown.",
    504,
)
# Before anything was looked at: a page of another site, say.
not_authorized = about(-1002, "You are not authorized to execute this request. {}", 403)
# Documented, but nothing that this exchange could do.
unsupported = always(-1020, "This operation is not supported.")

# No key, or text that no key can be.
bad_key_format = always(-2014, "API-key format invalid.", UNAUTHORIZED)
# Unknown or revoked, from a forbidden address, or without the permission.
rejected_key = always(-2015, "Invalid API-key, IP, or permissions for action.", UNAUTHORIZED)
# Signed by somebody else, or over something else.
bad_signature = always(-1022, "Signature for this request is not valid.")
stale_timestamp = always(-1021, "Timestamp for this request is outside of the recvWindow.")
early_timestamp = always(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
bad_receive_window = always(-1131, "recvWindow must be less than 60000.")

invalid_time_in_force = always(-1115, "Invalid timeInForce.")
bad_symbol = always(-1121, "Invalid symbol.")
# A query for an order that never was.
no_such_order = always(-2013, "Order does not exist.")
# A cancel for an order that is not open.
unknown_order = always(-2011, "Unknown order sent.")
# Both ids were sent, and they belong to different orders.
wrong_client_order_id = always(-2039, "Client order ID is not correct for this order ID.")

# Unknown, ended, or somebody else's.
bad_listen_key = always(-1125, "This listenKey does not exist.")
# The connection hears of that account already.
subscribed_already = always(-2035, "User Data Stream subscription already active.")
no_subscription = always(-2036, "User Data Stream subscription not active.")
# Over the connection's life.
too_many_subscription_ids = always(-2042, "Maximum subscription ID reached for this connection.")


class Request(StrEnum):
    """What was asked of the exchange: the same refusal is worded differently for each."""

    PLACE = "place"
    CANCEL = "cancel"
    AMEND = "amend"


def refused(rejected: Rejected, request: Request = Request.PLACE) -> BinanceError:
    """A refused command in Binance's words."""
    return refusal(rejected.reason, request)


def refusal(reason: Rejection, request: Request = Request.PLACE) -> BinanceError:
    """What Binance says for this reason, when this was asked."""
    match request:
        case Request.CANCEL if reason in CANCEL_REJECTED:
            return BinanceError(-2011, CANCEL_REJECTED[reason])
        case Request.AMEND if reason in AMEND_REJECTED:
            return BinanceError(-2038, AMEND_REJECTED[reason])
        case _ if reason in FILTER_FAILED:
            return BinanceError(-1013, f"Filter failure: {FILTER_FAILED[reason]}")
        case _ if reason in COUNT_EXCEEDED:
            return BinanceError(-2010, f"Filter failure: {COUNT_EXCEEDED[reason]}")
        case _ if reason in MARKET_REFUSED:
            return BinanceError(-1013, MARKET_REFUSED[reason])
        case _ if reason in ORDER_REJECTED:
            return BinanceError(-2010, ORDER_REJECTED[reason])
        case _:
            # A reason without words is a KeyError; a test fails before a client sees this.
            return _RARE_REFUSALS[reason]()


_RARE_REFUSALS = {
    Rejection.UNKNOWN_ACCOUNT: rejected_key,
    Rejection.UNKNOWN_KEY: rejected_key,
    Rejection.UNKNOWN_SYMBOL: bad_symbol,
    Rejection.EXPIRY_IN_THE_PAST: invalid_time_in_force,
    Rejection.OTHER_CLIENT_ORDER_ID: wrong_client_order_id,
    # The wallet's operations have words of their own for what can happen to them.
    Rejection.TOO_MANY_WITHDRAWALS: unknown,
    Rejection.WITHDRAWALS_SUSPENDED: unknown,
    Rejection.WITHDRAWAL_NOT_FOUND: unknown,
    # No request of this dialect opens accounts or issues keys.
    Rejection.DUPLICATE_EMAIL: unknown,
    Rejection.DUPLICATE_KEY: unknown,
    Rejection.TOO_MANY_KEYS: unknown,
    # What parameters may be is narrower than what the record holds.
    Rejection.NOT_RECORDABLE: always(-1100, "Illegal characters found in a parameter."),
}


def too_many_subscriptions(most: int) -> BinanceError:
    """At a time, on one connection."""
    limit = f"Connection may create up to '{most}' subscriptions at a time."
    return BinanceError(-1191, f"Too many subscriptions. {limit}")


def too_much_weight(limit: int, retry_at_ms: int) -> BinanceError:
    """Over the weight of a minute."""
    message = (
        f"Too much request weight used; current limit is {limit} request weight per 1 MINUTE. "
        "Please use WebSocket Streams for live updates to avoid polling the API."
    )
    return BinanceError(-1003, message, TOO_MANY, retry_at_ms=retry_at_ms)


def too_many_requests(retry_at_ms: int) -> BinanceError:
    """Over the number of requests."""
    return BinanceError(-1003, "Too many requests queued.", TOO_MANY, retry_at_ms=retry_at_ms)


def banned(until_ms: int) -> BinanceError:
    """Went on after 429."""
    message = (
        f"Way too much request weight used; IP banned until {until_ms}. "
        "Please use WebSocket Streams for live updates to avoid bans."
    )
    return BinanceError(-1003, message, BANNED, retry_at_ms=until_ms)


def too_many_orders(limit: int, interval: str) -> BinanceError:
    """Over the unfilled orders of an interval, such as `10 SECOND`. When to try again is not said:
    orders that trade make room, and a client that waited for the day's end would wait for nothing.
    """
    message = f"Too many new orders; current limit is {limit} orders per {interval}."
    return BinanceError(-1015, message, TOO_MANY)
