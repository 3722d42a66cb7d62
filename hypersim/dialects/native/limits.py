"""Requests for many rows: charged by size, told in slices, and the largest one at a time."""

import contextlib
from collections.abc import AsyncIterator

from hypersim.dialects.native.auth import (
    NativeRequest,
    charge,
    client_of_request,
    services_of,
)
from hypersim.dialects.native.errors import ApiError, ErrorCode
from hypersim.service.heavy_reads import TooManyHeavyReads

ROWS_PER_REQUEST = 100
"""So many rows count as one more request."""


def charge_rows(request: NativeRequest, rows: int) -> None:
    """Count a large answer as so many requests more. Raises `ApiError` 429."""
    weight = rows // ROWS_PER_REQUEST
    if weight:
        services = services_of(request)
        now_ms = services.engine.clock.now_ms()
        charge(services, client_of_request(request), now_ms, weight)


@contextlib.asynccontextmanager
async def turn_for(request: NativeRequest, rows: int) -> AsyncIterator[None]:
    """Hold a turn while so many rows are read and told. Raises `ApiError` 429."""
    who = client_of_request(request)
    try:
        async with services_of(request).markets.heavy.turn(rows, who.name, who.width):
            yield
    except TooManyHeavyReads as busy:
        raise ApiError(
            ErrorCode.RATE_LIMIT_EXCEEDED,
            f"{busy}; ask again, or for fewer rows",
            {"retryAfterMs": busy.wait_s * 1_000},
            status=429,
            headers={"Retry-After": str(busy.wait_s)},
        ) from None
