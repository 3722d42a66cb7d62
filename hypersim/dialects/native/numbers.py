"""Numbers and times as JSON has them: exact, in plain digits."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Raw

from hypersim.market.number import plain

Object = dict[str, Any]
"""A JSON object."""

encode = msgspec.json.Encoder().encode

AVERAGE_PLACES = 18
"""An average price may have endless decimals; it is cut here."""


def number(value: Decimal) -> Raw:
    """An exact JSON number in plain digits."""
    return Raw(plain(value).encode())


def optional_number(value: Decimal | None) -> Raw | None:
    """null for what is not known."""
    return None if value is None else number(value)


@lru_cache(maxsize=1024)
def _seconds_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def iso(time_ms: int) -> str:
    """2024-11-01T00:00:00.000Z"""
    return f"{_seconds_text(time_ms // 1000)}.{time_ms % 1000:03}Z"
