"""Requests per minute, of an address or of a key."""

from hypersim.api.services import Services
from hypersim.dialects.native.errors import ApiError, ErrorCode
from hypersim.edge.client import Counted


def charge(services: Services, counted: Counted, now_ms: int, weight: int = 1) -> None:
    """Count so many requests against the client's limit. Raises `ApiError` 429."""
    wait_ms = services.limiter.take(counted.name, now_ms, weight, width=counted.width)
    if wait_ms:
        limit = services.limiter.limit * counted.width
        raise ApiError(
            ErrorCode.RATE_LIMIT_EXCEEDED,
            f"Over {limit} requests a minute" if limit else "You are shut out for a while",
            {"retryAfterMs": wait_ms},
            status=429,
            headers={"Retry-After": str(-(-wait_ms // 1000))},
        )
