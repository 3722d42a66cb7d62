"""Strict parsing of native requests: numbers, fields, and what queries share."""

from decimal import Decimal
from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from hypersim.dialects.native.errors import ApiError, ErrorCode, invalid
from hypersim.market.candle import Interval
from hypersim.market.number import TIME_MS_MAX, parse_decimal
from hypersim.service.moment import moment_in_ms
from hypersim.service.record import PageQuery
from hypersim.service.view import View

T = TypeVar("T")

LIMIT_MAX = 10_000
"""Rows of one answer; more are paged with `since`. A larger `limit` is an error, never cut."""

INTERVALS = {one.value: one for one in Interval if one is not Interval.S1}

PLAIN_NUMBER = (
    "a plain positive decimal number such as 12.5, with up to 20 digits before the point and 18 "
    "after it"
)
AMOUNT = {
    "type": ["string", "number", "null"],
    "pattern": r"^[0-9]{1,20}(\.[0-9]{1,18})?$",
    "exclusiveMinimum": 0,
    "description": "A decimal number above zero in plain digits, without an exponent",
}

Symbol = Annotated[str, Meta(description="BTC/USDT, BTC-USDT or BTCUSDT")]
Symbols = Annotated[str, Meta(description="Symbols, separated by commas")]
TradesLimit = Annotated[int, Meta(ge=1, le=1_000_000, description="How many rows at most")]
OrderId = Annotated[str, Meta(description="Only the trades of this order")]
Amount = Annotated[Raw, Meta(extra_json_schema=AMOUNT)]
Asset = Annotated[str, Meta(pattern="^[A-Z0-9]{0,20}$", description="An asset, such as USDT")]
Limit = Annotated[int, Meta(ge=1, le=LIMIT_MAX, description="How many rows at most")]
Since = Annotated[
    int,
    Meta(
        ge=0,
        le=TIME_MS_MAX,
        description="From this time (ms) on, inclusive: the first rows; else the latest",
    ),
]
Until = Annotated[int, Meta(ge=0, le=TIME_MS_MAX, description="Up to this time (ms), inclusive")]
Moment = Annotated[
    str, Meta(description="A time: in ms, or as 2026-01-31T12:00:00Z, with Z or an offset")
]
BarLength = Annotated[
    str,
    Meta(
        description="Length of a candle; 1m unless given",
        extra_json_schema={"enum": list(INTERVALS)},
    ),
]


class PageRequest(msgspec.Struct):
    """The query of all lists."""

    symbol: Symbol | None = None
    since: Since | None = None
    until: Until | None = None
    limit: Limit | None = None

    def page(self, view: View, account_id: int) -> PageQuery:
        """Of the account's rows. Raises `ApiError`."""
        if self.since is not None and self.until is not None and self.since > self.until:
            raise invalid("since must not be after until")
        symbol = known_symbol(view, self.symbol) if self.symbol else None
        return PageQuery(account_id, symbol, self.since, self.until, self.limit)


_NOT_JSON = "The body is not valid JSON in UTF-8"
_QUOTE = ord('"')
_text = msgspec.json.Decoder(str).decode


def decode(kind: type[T], body: bytes) -> T:
    """The body as its structure. Raises `ApiError` that says what is wrong."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        message = f"Invalid body: {error}"
        if "`$.symbol`" in message:
            raise ApiError(ErrorCode.INVALID_SYMBOL, message, {"field": "symbol"}) from None
        raise invalid(message) from None
    except (UnicodeDecodeError, RecursionError):
        raise invalid(_NOT_JSON) from None


def moment_ms(text: str, field: str) -> int:
    """A time in ms, or in ISO 8601 with its offset. Raises `ApiError`."""
    found = moment_in_ms(text)
    if found is None:
        raise invalid(
            f"{field} must be a time in ms, or one such as 2026-01-31T12:00:00Z with Z or an "
            f"offset, not {text[:40]}",
            field=field,
        )
    return found


def positive(raw: Raw | UnsetType, field: str, code: ErrorCode) -> Decimal | None:
    """A number above zero in plain digits, exactly as written; None when absent or null."""
    if raw is UNSET:
        return None
    written = bytes(raw)
    if written == b"null":
        return None
    # The decoder that leaves a number raw has not looked inside.
    try:
        text = _text(written) if written[0] == _QUOTE else written.decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise invalid(_NOT_JSON) from None
    try:
        value = parse_decimal(text)
    except ValueError:
        message = f"{field} must be {PLAIN_NUMBER}, not {text[:40]}"
        raise ApiError(code, message, {"field": field}) from None
    if not value:
        raise ApiError(code, f"{field} must be above zero", {"field": field})
    return value


def known_symbol(view: View, text: str) -> str:
    """BTC/USDT for any spelling of it. Raises `ApiError`."""
    text = text.strip("/")
    symbol = view.symbol(text)
    if symbol is None:
        message = f"Unknown symbol {text[:40]!r}; /v1/markets lists the known ones"
        raise ApiError(ErrorCode.INVALID_SYMBOL, message)
    return symbol


def interval_of(text: str | None) -> Interval | None:
    """A candle's length. Raises `ApiError`."""
    if text is None:
        return None
    if text not in INTERVALS:
        raise invalid(f"interval must be one of {', '.join(INTERVALS)}, not {text[:40]!r}")
    return INTERVALS[text]
