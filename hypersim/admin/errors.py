"""Errors of the admin API: {"error": {"code", "message", "details"}}, as the native API words
them."""

from enum import StrEnum
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from hypersim.service.engine import TooManyResets
from hypersim.service.passwords import TooManyLogins
from hypersim.service.record import RecordLost, RecordUnavailable
from hypersim.trading.rejections import Rejected, Rejection

JSON = "application/json"

AdminRequest = Request[Any, Any, Any]

log = structlog.get_logger(__name__)


class ErrorCode(StrEnum):
    """What scripts branch on."""

    UNAUTHORIZED = "UNAUTHORIZED"
    INVALID_REQUEST = "INVALID_REQUEST"
    INVALID_AMOUNT = "INVALID_AMOUNT"
    INVALID_PRICE = "INVALID_PRICE"
    INVALID_SYMBOL = "INVALID_SYMBOL"
    INSUFFICIENT_BALANCE = "INSUFFICIENT_BALANCE"
    USER_NOT_FOUND = "USER_NOT_FOUND"
    EMAIL_TAKEN = "EMAIL_TAKEN"
    KEY_NOT_FOUND = "KEY_NOT_FOUND"
    WITHDRAWAL_NOT_FOUND = "WITHDRAWAL_NOT_FOUND"
    KEY_TAKEN = "KEY_TAKEN"
    RESET_UNDER_WAY = "RESET_UNDER_WAY"
    SYMBOL_TAKEN = "SYMBOL_TAKEN"
    FEED_NOT_MANUAL = "FEED_NOT_MANUAL"
    FEED_IS_ENDLESS = "FEED_IS_ENDLESS"
    CLOCK_IS_WALL = "CLOCK_IS_WALL"
    CLOCK_LENT = "CLOCK_LENT"
    ADVANCE_RUNNING = "ADVANCE_RUNNING"
    SCENARIO_RUNNING = "SCENARIO_RUNNING"
    WATCH_IS_OFF = "WATCH_IS_OFF"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    REQUEST_TOO_LARGE = "REQUEST_TOO_LARGE"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    INTERNAL_ERROR = "INTERNAL_ERROR"


class AdminError(Exception):
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
        self.status = status
        self.headers = headers or {}
        error = {"code": code, "message": message, "details": details or {}}
        self.body = msgspec.json.encode({"error": error})

    def response(self) -> Response[bytes]:
        """As the framework sends it."""
        return Response(self.body, status_code=self.status, headers=self.headers, media_type=JSON)


_REJECTIONS: dict[Rejection, tuple[ErrorCode, int]] = {
    Rejection.UNKNOWN_ACCOUNT: (ErrorCode.USER_NOT_FOUND, 404),
    Rejection.UNKNOWN_SYMBOL: (ErrorCode.INVALID_SYMBOL, 400),
    Rejection.INSUFFICIENT_BALANCE: (ErrorCode.INSUFFICIENT_BALANCE, 400),
    Rejection.WITHDRAWAL_NOT_FOUND: (ErrorCode.WITHDRAWAL_NOT_FOUND, 404),
    Rejection.FUNDS_OUT_OF_RANGE: (ErrorCode.INVALID_AMOUNT, 400),
    Rejection.DUPLICATE_EMAIL: (ErrorCode.EMAIL_TAKEN, 409),
    Rejection.DUPLICATE_KEY: (ErrorCode.KEY_TAKEN, 409),
    Rejection.UNKNOWN_KEY: (ErrorCode.KEY_NOT_FOUND, 404),
    Rejection.TOO_MANY_KEYS: (ErrorCode.INVALID_REQUEST, 400),
    Rejection.NOT_RECORDABLE: (ErrorCode.INVALID_REQUEST, 400),
}
"""Only what the commands of this API can be refused for: it places no orders."""

_STATUSES: dict[int, ErrorCode] = {
    404: ErrorCode.NOT_FOUND,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    413: ErrorCode.REQUEST_TOO_LARGE,
    500: ErrorCode.INTERNAL_ERROR,
}


def refused(rejected: Rejected) -> AdminError:
    """A refused command."""
    code, status = _REJECTIONS.get(rejected.reason, (ErrorCode.INVALID_REQUEST, 400))
    return AdminError(code, rejected.message, dict(rejected.details), status=status)


def invalid(message: str, **details: Any) -> AdminError:
    """A malformed request."""
    return AdminError(ErrorCode.INVALID_REQUEST, message, details)


def on_admin_error(_: AdminRequest, error: AdminError) -> Response[bytes]:
    """What this API itself raises."""
    return error.response()


def on_http_error(_: AdminRequest, error: HTTPException) -> Response[bytes]:
    """The framework's own refusals: unknown path, wrong method, body too large."""
    code = _STATUSES.get(error.status_code, ErrorCode.INVALID_REQUEST)
    message = error.detail or "The request was refused"
    headers = dict(error.headers or {})
    return AdminError(code, message, status=error.status_code, headers=headers).response()


def on_record_unavailable(_: AdminRequest, error: RecordUnavailable) -> Response[bytes]:
    """Nothing was done."""
    return AdminError(
        ErrorCode.SERVICE_UNAVAILABLE, str(error), status=503, headers={"Retry-After": "1"}
    ).response()


def on_too_many_resets(_: AdminRequest, error: TooManyResets) -> Response[bytes]:
    """Others are about to do the same."""
    return AdminError(
        ErrorCode.RESET_UNDER_WAY, str(error), status=409, headers={"Retry-After": "1"}
    ).response()


def on_too_many_logins(_: AdminRequest, error: TooManyLogins) -> Response[bytes]:
    """No password is hashed just now."""
    headers = {"Retry-After": str(error.wait_s)}
    return AdminError(
        ErrorCode.SERVICE_UNAVAILABLE, str(error), status=503, headers=headers
    ).response()


def on_record_lost(_: AdminRequest, error: RecordLost) -> Response[bytes]:
    """Whether it was done is unknown."""
    del error
    message = "The outcome is unknown: the exchange lost its database"
    return AdminError(ErrorCode.SERVICE_UNAVAILABLE, message, status=503).response()


def on_bug(request: AdminRequest, error: Exception) -> Response[bytes]:
    """Never shown: where it happened is in the log."""
    log.error("request failed", method=request.method, path=request.url.path, exc_info=error)
    return AdminError(ErrorCode.INTERNAL_ERROR, "Internal error", status=500).response()
