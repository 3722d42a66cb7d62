"""Errors as Binance words them (its errors.md and filters.md): bots branch on code and text.

Each function makes one error; nothing else in the dialect writes a code or a message twice.
"""

from enum import StrEnum

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
            return _rare_refusal(reason)


def _rare_refusal(reason: Rejection) -> BinanceError:
    match reason:
        case Rejection.UNKNOWN_ACCOUNT | Rejection.UNKNOWN_KEY:
            return rejected_key()
        case Rejection.UNKNOWN_SYMBOL:
            return bad_symbol()
        case Rejection.EXPIRY_IN_THE_PAST:
            return invalid_time_in_force()
        case Rejection.OTHER_CLIENT_ORDER_ID:
            return wrong_client_order_id()
        case Rejection.TOO_MANY_WITHDRAWALS | Rejection.WITHDRAWAL_NOT_FOUND:
            # The wallet's operations have words of their own for what can happen to them.
            return unknown()
        case Rejection.DUPLICATE_EMAIL | Rejection.DUPLICATE_KEY | Rejection.TOO_MANY_KEYS:
            # No request of this dialect opens accounts or issues keys.
            return unknown()
        case _:
            # A reason without words of its own; a test fails before a client sees this.
            raise LookupError(reason)


def unknown() -> BinanceError:
    """A bug; what happened is in the log."""
    return BinanceError(-1000, "An unknown error occurred while processing the request.", 500)


def record_unavailable() -> BinanceError:
    """Nothing was done."""
    message = "Internal error; unable to process your request. Please try again."
    return BinanceError(-1001, message, 503)


def record_lost() -> BinanceError:
    """Whether it was done is unknown."""
    message = "Timeout waiting for response from backend server. Send status unknown; execution "
    return BinanceError(-1007, f"{message}status unknown.", 504)


def unsupported() -> BinanceError:
    """Documented, but nothing that this exchange could do."""
    return BinanceError(-1020, "This operation is not supported.")


def not_authorized(problem: str) -> BinanceError:
    """Before anything was looked at: a page of another site, say."""
    message = "You are not authorized to execute this request."
    return BinanceError(-1002, f"{message} {problem}", 403)


def bad_key_format() -> BinanceError:
    """No key, or text that no key can be."""
    return BinanceError(-2014, "API-key format invalid.", UNAUTHORIZED)


def rejected_key() -> BinanceError:
    """Unknown or revoked, from a forbidden address, or without the permission."""
    message = "Invalid API-key, IP, or permissions for action."
    return BinanceError(-2015, message, UNAUTHORIZED)


def bad_signature() -> BinanceError:
    """Signed by somebody else, or over something else."""
    return BinanceError(-1022, "Signature for this request is not valid.")


def stale_timestamp() -> BinanceError:
    """Stamped too long ago."""
    return BinanceError(-1021, "Timestamp for this request is outside of the recvWindow.")


def early_timestamp() -> BinanceError:
    """Stamped in the future."""
    message = "Timestamp for this request was 1000ms ahead of the server's time."
    return BinanceError(-1021, message)


def bad_receive_window() -> BinanceError:
    """Over a minute."""
    return BinanceError(-1131, "recvWindow must be less than 60000.")


def invalid_time_in_force() -> BinanceError:
    """None of GTC, IOC, FOK."""
    return BinanceError(-1115, "Invalid timeInForce.")


def bad_symbol() -> BinanceError:
    """Not listed."""
    return BinanceError(-1121, "Invalid symbol.")


def bad_listen_key() -> BinanceError:
    """Unknown, ended, or somebody else's."""
    return BinanceError(-1125, "This listenKey does not exist.")


def too_many_subscriptions(most: int) -> BinanceError:
    """At a time, on one connection."""
    limit = f"Connection may create up to '{most}' subscriptions at a time."
    return BinanceError(-1191, f"Too many subscriptions. {limit}")


def subscribed_already() -> BinanceError:
    """The connection hears of that account already."""
    return BinanceError(-2035, "User Data Stream subscription already active.")


def no_subscription() -> BinanceError:
    """None of that number is active."""
    return BinanceError(-2036, "User Data Stream subscription not active.")


def too_many_subscription_ids() -> BinanceError:
    """Over the connection's life."""
    return BinanceError(-2042, "Maximum subscription ID reached for this connection.")


def no_such_order() -> BinanceError:
    """A query for an order that never was."""
    return BinanceError(-2013, "Order does not exist.")


def wrong_client_order_id() -> BinanceError:
    """Both ids were sent, and they belong to different orders."""
    return BinanceError(-2039, "Client order ID is not correct for this order ID.")


def unknown_order() -> BinanceError:
    """A cancel for an order that is not open."""
    return BinanceError(-2011, "Unknown order sent.")


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
