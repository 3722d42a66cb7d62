"""Strict parsing of native requests: plain decimal numbers, known fields, whole queries."""

from collections.abc import Callable, Hashable
from decimal import Decimal
from functools import cache, partial
from typing import Annotated, TypeVar, cast
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta, Raw, UnsetType, inspect

from hypersim.dialects.native.errors import ApiError, ErrorCode, invalid
from hypersim.market.candle import Interval
from hypersim.market.number import parse_decimal
from hypersim.service.record import PageQuery
from hypersim.service.view import View

T = TypeVar("T")

LIMIT_MAX = 10_000
"""Rows of one answer; more are paged with `since`. A larger `limit` is an error, never cut."""

TIME_MS_MAX = 253_402_300_799_999
"""The last millisecond of the year 9999."""

INTERVALS = {one.value: one for one in Interval if one is not Interval.S1}

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
_text_decoder = msgspec.json.Decoder(str)


def decode(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """The body as its structure. Raises `ApiError` that says what is wrong."""
    try:
        return decoder.decode(body)
    except msgspec.DecodeError as error:
        raise _body_error(str(error)) from None
    except (UnicodeDecodeError, RecursionError):
        raise invalid(_NOT_JSON) from None


def positive(raw: Raw | UnsetType, field: str, code: ErrorCode) -> Decimal | None:
    """A number above zero in plain digits, exactly as written; None when absent or null."""
    if isinstance(raw, UnsetType):
        return None
    written = bytes(raw)
    if written == b"null":
        return None
    # The decoder that leaves a number raw has not looked inside.
    try:
        text = _text_decoder.decode(written) if written[0] == _QUOTE else written.decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise invalid(_NOT_JSON) from None
    try:
        value = parse_decimal(text)
    except ValueError:
        expected = (
            "a plain positive decimal number such as 12.5, with up to 20 digits before the point "
            "and 18 after it"
        )
        message = f"{field} must be {expected}, not {text[:40]}"
        raise ApiError(code, message, {"field": field}) from None
    if value == 0:
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


def read_query(kind: type[T], query: bytes) -> T:
    """The query's parameters as a structure of theirs: each at most once, none unknown, and one
    without a value as good as none. Raises `ApiError`."""
    readers = _readers_of(cast(Hashable, kind))
    values: dict[str, object] = {}
    seen: set[str] = set()
    pairs = parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True) if query else ()
    for name, text in pairs:
        if name not in readers:
            known = ", ".join(readers) or "none"
            raise invalid(f"Unknown parameter {name[:40]!r}; known here: {known}")
        if name in seen:
            raise invalid(f"Parameter {name!r} was given more than once")
        seen.add(name)
        if text:
            values[name] = readers[name](name, text)
    return kind(**values)


@cache
def _readers_of(kind: Hashable) -> dict[str, Callable[[str, str], object]]:
    """What reads the text of each field."""
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType), kind
    return {field.encode_name: _reader_of(field.type) for field in described.fields}


def _reader_of(kind: inspect.Type) -> Callable[[str, str], object]:
    match kind:
        case inspect.UnionType(types=(wanted, inspect.NoneType())):
            return _reader_of(wanted)
        case inspect.Metadata(type=wanted):
            return _reader_of(wanted)
        case inspect.IntType(ge=int(low), le=int(high)):
            return partial(_whole_number, low, high)
        case inspect.StrType(pattern=str()):
            return _asset
        case inspect.StrType():
            return _text
        case _:
            raise TypeError(kind)


def _text(name: str, text: str) -> str:
    del name
    return text


def _asset(name: str, text: str) -> str:
    is_asset = text.isascii() and text.isalnum() and text.upper() == text and len(text) <= 20
    if not is_asset:
        raise invalid(f"{name} must be an asset, such as USDT, not {text[:40]!r}")
    return text


def _whole_number(low: int, high: int, name: str, text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) <= 18
    if not is_number or not low <= int(text) <= high:
        raise invalid(f"{name} must be a whole number from {low} to {high}, not {text[:40]!r}")
    return int(text)


def _body_error(problem: str) -> ApiError:
    for field, code in (("symbol", ErrorCode.INVALID_SYMBOL),):
        if f"`$.{field}`" in problem:
            return ApiError(code, f"Invalid body: {problem}", {"field": field})
    return invalid(f"Invalid body: {problem}")
