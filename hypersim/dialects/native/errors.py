"""Errors as the native API words them: section 4.5 of the source design, and the codes it lacks.

A dialect's own codes are added only where no code of the source design fits.
"""

from enum import StrEnum
from typing import Any, assert_never

import msgspec

from hypersim.api.http.queries import MalformedQuery
from hypersim.faults import Trouble, Troubled
from hypersim.service.heavy_reads import TooManyHeavyReads
from hypersim.service.passwords import TooManyLogins
from hypersim.service.record import RecordLost, RecordUnavailable
from hypersim.trading.rejections import Rejected, Rejection


class ErrorCode(StrEnum):
    """What clients branch on."""

    INVALID_API_KEY = "INVALID_API_KEY"
    INVALID_SIGNATURE = "INVALID_SIGNATURE"
    INVALID_SYMBOL = "INVALID_SYMBOL"
    INVALID_AMOUNT = "INVALID_AMOUNT"
    INVALID_PRICE = "INVALID_PRICE"
    INSUFFICIENT_BALANCE = "INSUFFICIENT_BALANCE"
    ORDER_NOT_FOUND = "ORDER_NOT_FOUND"
    ORDER_ALREADY_FILLED = "ORDER_ALREADY_FILLED"
    ORDER_ALREADY_CANCELED = "ORDER_ALREADY_CANCELED"
    RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    INVALID_REQUEST = "INVALID_REQUEST"
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    DUPLICATE_CLIENT_ORDER_ID = "DUPLICATE_CLIENT_ORDER_ID"
    EMAIL_TAKEN = "EMAIL_TAKEN"
    KEY_NOT_FOUND = "KEY_NOT_FOUND"
    ORDER_WOULD_MATCH = "ORDER_WOULD_MATCH"
    TOO_MANY_OPEN_ORDERS = "TOO_MANY_OPEN_ORDERS"
    MARKET_HALTED = "MARKET_HALTED"
    MARKET_DATA_STALE = "MARKET_DATA_STALE"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    REQUEST_TOO_LARGE = "REQUEST_TOO_LARGE"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"


class Problem(msgspec.Struct):
    """What went wrong, for programs and for people."""

    code: str
    message: str
    details: dict[str, Any]


class ErrorBody(msgspec.Struct):
    """The body of every refusal."""

    error: Problem


class ApiError(Exception):
    """A request that is answered with an error body."""

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        details: dict[str, Any] | None = None,
        *,
        status: int = 400,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.problem = Problem(code, message, details or {})
        self.status = status
        self.headers = headers or {}

    def body(self) -> bytes:
        """The body of section 4.5."""
        return msgspec.json.encode(ErrorBody(self.problem))


INTERNAL_ERROR = ApiError(ErrorCode.INTERNAL_ERROR, "Internal error", status=500)
"""Never says more: where it happened is in the log."""


_REJECTIONS: dict[Rejection, tuple[ErrorCode, int]] = {
    Rejection.UNKNOWN_ACCOUNT: (ErrorCode.INVALID_API_KEY, 401),
    Rejection.UNKNOWN_SYMBOL: (ErrorCode.INVALID_SYMBOL, 400),
    Rejection.MARKET_HALTED: (ErrorCode.MARKET_HALTED, 400),
    Rejection.MARKET_DATA_STALE: (ErrorCode.MARKET_DATA_STALE, 503),
    Rejection.PRICE_OFF_TICK: (ErrorCode.INVALID_PRICE, 400),
    Rejection.PRICE_OUT_OF_RANGE: (ErrorCode.INVALID_PRICE, 400),
    Rejection.PRICE_OUT_OF_BAND: (ErrorCode.INVALID_PRICE, 400),
    Rejection.QUANTITY_OFF_STEP: (ErrorCode.INVALID_AMOUNT, 400),
    Rejection.QUANTITY_TOO_SMALL: (ErrorCode.INVALID_AMOUNT, 400),
    Rejection.QUANTITY_TOO_LARGE: (ErrorCode.INVALID_AMOUNT, 400),
    Rejection.MARKET_QUANTITY_TOO_LARGE: (ErrorCode.INVALID_AMOUNT, 400),
    Rejection.QUANTITY_BELOW_FILLED: (ErrorCode.INVALID_AMOUNT, 400),
    Rejection.NOTIONAL_TOO_SMALL: (ErrorCode.INVALID_AMOUNT, 400),
    Rejection.NOTIONAL_TOO_LARGE: (ErrorCode.INVALID_AMOUNT, 400),
    Rejection.INSUFFICIENT_BALANCE: (ErrorCode.INSUFFICIENT_BALANCE, 400),
    Rejection.TOO_LITTLE_LIQUIDITY: (ErrorCode.INVALID_AMOUNT, 400),
    Rejection.NO_LIQUIDITY: (ErrorCode.INVALID_AMOUNT, 400),
    Rejection.TOO_MANY_OPEN_ORDERS: (ErrorCode.TOO_MANY_OPEN_ORDERS, 400),
    Rejection.WOULD_TAKE_LIQUIDITY: (ErrorCode.ORDER_WOULD_MATCH, 400),
    Rejection.TRIGGERS_IMMEDIATELY: (ErrorCode.INVALID_PRICE, 400),
    Rejection.TRAILING_DELTA_OUT_OF_RANGE: (ErrorCode.INVALID_REQUEST, 400),
    Rejection.TOO_MANY_CONDITIONAL_ORDERS: (ErrorCode.TOO_MANY_OPEN_ORDERS, 400),
    Rejection.ICEBERG_TOO_LARGE: (ErrorCode.INVALID_AMOUNT, 400),
    Rejection.TOO_MANY_ICEBERG_PARTS: (ErrorCode.INVALID_AMOUNT, 400),
    Rejection.TOO_MANY_ORDER_LISTS: (ErrorCode.TOO_MANY_OPEN_ORDERS, 400),
    Rejection.TOO_MANY_ICEBERG_ORDERS: (ErrorCode.TOO_MANY_OPEN_ORDERS, 400),
    Rejection.TOO_MANY_OPEN_ORDERS_IN_ALL: (ErrorCode.TOO_MANY_OPEN_ORDERS, 400),
    Rejection.TOO_MANY_CONDITIONAL_ORDERS_IN_ALL: (ErrorCode.TOO_MANY_OPEN_ORDERS, 400),
    Rejection.TOO_MANY_ICEBERG_ORDERS_IN_ALL: (ErrorCode.TOO_MANY_OPEN_ORDERS, 400),
    Rejection.TOO_MANY_ORDER_LISTS_IN_ALL: (ErrorCode.TOO_MANY_OPEN_ORDERS, 400),
    Rejection.TOO_MANY_AMENDMENTS: (ErrorCode.INVALID_REQUEST, 400),
    Rejection.POSITION_TOO_LARGE: (ErrorCode.INVALID_AMOUNT, 400),
    Rejection.ASSET_AMOUNT_TOO_LARGE: (ErrorCode.INVALID_AMOUNT, 400),
    Rejection.NO_PEG_PRICE: (ErrorCode.INVALID_PRICE, 400),
    Rejection.PAIR_PRICES_CROSSED: (ErrorCode.INVALID_PRICE, 400),
    Rejection.DUPLICATE_CLIENT_LIST_ID: (ErrorCode.DUPLICATE_CLIENT_ORDER_ID, 400),
    Rejection.ORDER_LIST_NOT_FOUND: (ErrorCode.ORDER_NOT_FOUND, 404),
    Rejection.CANCEL_RESTRICTED: (ErrorCode.INVALID_REQUEST, 400),
    Rejection.AMEND_NOT_POSSIBLE: (ErrorCode.INVALID_REQUEST, 400),
    Rejection.QUANTITY_NOT_KNOWN_YET: (ErrorCode.INVALID_REQUEST, 400),
    Rejection.EXPIRY_IN_THE_PAST: (ErrorCode.INVALID_REQUEST, 400),
    Rejection.DUPLICATE_CLIENT_ORDER_ID: (ErrorCode.DUPLICATE_CLIENT_ORDER_ID, 400),
    Rejection.ORDER_NOT_FOUND: (ErrorCode.ORDER_NOT_FOUND, 404),
    Rejection.OTHER_CLIENT_ORDER_ID: (ErrorCode.ORDER_NOT_FOUND, 404),
    Rejection.ORDER_ALREADY_FILLED: (ErrorCode.ORDER_ALREADY_FILLED, 400),
    Rejection.ORDER_ALREADY_CANCELED: (ErrorCode.ORDER_ALREADY_CANCELED, 400),
    Rejection.NOTHING_TO_AMEND: (ErrorCode.INVALID_REQUEST, 400),
    Rejection.TOO_MANY_WITHDRAWALS: (ErrorCode.INVALID_REQUEST, 400),
    Rejection.WITHDRAWALS_SUSPENDED: (ErrorCode.INVALID_REQUEST, 400),
    Rejection.WITHDRAWAL_NOT_FOUND: (ErrorCode.INVALID_REQUEST, 404),
    Rejection.FUNDS_OUT_OF_RANGE: (ErrorCode.INVALID_AMOUNT, 400),
    Rejection.DUPLICATE_EMAIL: (ErrorCode.EMAIL_TAKEN, 409),
    Rejection.DUPLICATE_KEY: (ErrorCode.INVALID_REQUEST, 409),
    Rejection.UNKNOWN_KEY: (ErrorCode.KEY_NOT_FOUND, 404),
    Rejection.TOO_MANY_KEYS: (ErrorCode.INVALID_REQUEST, 400),
    Rejection.NOT_RECORDABLE: (ErrorCode.INVALID_REQUEST, 400),
}


def refused(rejected: Rejected) -> ApiError:
    """A refused command in the API's words."""
    code, status = _REJECTIONS[rejected.reason]
    return ApiError(code, rejected.message, dict(rejected.details), status=status)


def invalid(message: str, **details: Any) -> ApiError:
    """A malformed request."""
    return ApiError(ErrorCode.INVALID_REQUEST, message, details)


def come_back(message: str, wait_s: int, *, is_crowd: bool = False) -> ApiError:
    """429 for one who asks too much; 503 where it is a crowd."""
    return ApiError(
        ErrorCode.SERVICE_UNAVAILABLE if is_crowd else ErrorCode.RATE_LIMIT_EXCEEDED,
        message,
        {"retryAfterMs": wait_s * 1_000},
        status=503 if is_crowd else 429,
        headers={"Retry-After": str(wait_s)},
    )


def _outcome_unknown() -> ApiError:
    message = "The outcome is unknown; ask for the order, or retry with the same clientOrderId"
    return ApiError(ErrorCode.SERVICE_UNAVAILABLE, message, status=503)


def _troubled(failure: Troubled) -> ApiError:
    """What the exchange says of itself when it fails on purpose."""
    match failure.trouble:
        case Trouble.FAILING:
            return ApiError(ErrorCode.INTERNAL_ERROR, "Internal error", status=failure.status)
        case Trouble.RATE_LIMITED:
            return come_back(f"Too many requests; wait {failure.wait_s} s", failure.wait_s)
        case Trouble.BANNED:
            return come_back(f"You are shut out for {failure.wait_s} s", failure.wait_s)
        case Trouble.MAINTENANCE:
            message = "The exchange is under maintenance"
            return ApiError(ErrorCode.SERVICE_UNAVAILABLE, message, status=failure.status)
        case Trouble.UNKNOWN_OUTCOME:
            return _outcome_unknown()
        case _:
            assert_never(failure.trouble)


def error_of(error: Exception) -> ApiError | None:
    """What the client is told; None for a bug."""
    match error:
        case ApiError():
            return error
        case MalformedQuery():
            return invalid(str(error))
        case TooManyHeavyReads():
            return come_back(f"{error}; ask again, or for fewer rows", error.wait_s)
        case TooManyLogins():
            message = f"{error}; try again in {error.wait_s} s"
            return come_back(message, error.wait_s, is_crowd=not error.is_lock)
        case RecordUnavailable():
            # Nothing was done.
            code, headers = ErrorCode.SERVICE_UNAVAILABLE, {"Retry-After": "1"}
            return ApiError(code, str(error), status=503, headers=headers)
        case RecordLost():
            return _outcome_unknown()
        case Troubled():
            return _troubled(error)
        case _:
            return None
