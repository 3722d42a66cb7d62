"""Which CCXT exception stands for which error code of the native API."""

from ccxt.base.errors import (
    AuthenticationError,
    BadRequest,
    BadSymbol,
    DuplicateOrderId,
    ExchangeNotAvailable,
    InsufficientFunds,
    InvalidNonce,
    InvalidOrder,
    MarketClosed,
    NotSupported,
    OnMaintenance,
    OrderImmediatelyFillable,
    OrderNotFound,
    PermissionDenied,
    RateLimitExceeded,
)

EXACT = {
    "INVALID_API_KEY": AuthenticationError,
    "INVALID_SIGNATURE": AuthenticationError,
    "INVALID_CREDENTIALS": AuthenticationError,
    "PERMISSION_DENIED": PermissionDenied,
    "INVALID_SYMBOL": BadSymbol,
    "INVALID_AMOUNT": InvalidOrder,
    "INVALID_PRICE": InvalidOrder,
    "INSUFFICIENT_BALANCE": InsufficientFunds,
    "ORDER_NOT_FOUND": OrderNotFound,
    # For a bot an order that ended before it could be canceled is gone all the same.
    "ORDER_ALREADY_FILLED": OrderNotFound,
    "ORDER_ALREADY_CANCELED": OrderNotFound,
    "ORDER_WOULD_MATCH": OrderImmediatelyFillable,
    "DUPLICATE_CLIENT_ORDER_ID": DuplicateOrderId,
    "TOO_MANY_OPEN_ORDERS": InvalidOrder,
    "MARKET_HALTED": MarketClosed,
    # Prices are silent, so orders are not taken until they come back.
    "MARKET_DATA_STALE": OnMaintenance,
    "RATE_LIMIT_EXCEEDED": RateLimitExceeded,
    "SERVICE_UNAVAILABLE": ExchangeNotAvailable,
    "INTERNAL_ERROR": ExchangeNotAvailable,
    "INVALID_REQUEST": BadRequest,
    "REQUEST_TOO_LARGE": BadRequest,
    "EMAIL_TAKEN": BadRequest,
    "KEY_NOT_FOUND": BadRequest,
    "NOT_FOUND": NotSupported,
    "METHOD_NOT_ALLOWED": NotSupported,
}

REASONS = {
    "stale_timestamp": InvalidNonce,
    "forbidden_address": PermissionDenied,
}
"""`details.reason`, where it says more than the code."""
