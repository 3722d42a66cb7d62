"""JSON that is no venue's: exact numbers in plain digits, times in ISO 8601 too."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Raw

from hypersim.market.number import plain, truncate

Object = dict[str, Any]
"""A JSON object."""

PLACES_MAX = 18
"""A quotient may have endless decimals; it is cut here."""

SECONDS_KEPT = 1_024
MOMENTS_KEPT = 256
"""Under load a millisecond is told of many times."""

encode = msgspec.json.Encoder().encode


def number(value: Decimal) -> Raw:
    """An exact JSON number in plain digits."""
    return Raw(plain(value))


def optional_number(value: Decimal | None) -> Raw | None:
    """null for what is not known."""
    return None if value is None else number(value)


def quotient(value: Decimal, divisor: Decimal) -> Raw:
    """Such as an average price."""
    return number(truncate(value / divisor, PLACES_MAX))


@lru_cache(MOMENTS_KEPT)
def iso(time_ms: int) -> str:
    """2024-11-01T00:00:00.000Z"""
    return f"{_seconds_text(time_ms // 1000)}.{time_ms % 1000:03}Z"


@lru_cache(SECONDS_KEPT)
def _seconds_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
