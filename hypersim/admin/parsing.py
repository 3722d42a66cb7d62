"""Strict parsing of admin requests: plain decimal numbers, known fields, users by email or id."""

import re
from decimal import Decimal
from typing import Annotated, TypeVar

import msgspec
from msgspec import Raw

from hypersim.account.user import User
from hypersim.admin.errors import AdminError, AdminRequest, ErrorCode, invalid
from hypersim.market.number import parse_decimal
from hypersim.service.bound import bind
from hypersim.service.moment import moment_in_ms
from hypersim.service.view import View

T = TypeVar("T")

Number = Annotated[
    Raw, msgspec.Meta(extra_json_schema={"type": ["string", "number"], "examples": ["12.5"]})
]
"""A number in plain digits, as a JSON number or as text; kept as written until it is parsed."""

LIMIT_MAX = 10_000
"""Rows of one answer, when a limit is asked for."""

_ASSET = re.compile(r"[A-Z0-9]{1,20}", re.ASCII)
_ID_DIGITS_MAX = 18
_NOT_JSON = "The body is not valid JSON in UTF-8"


def decode(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """The body as its structure. Raises `AdminError` that says what is wrong."""
    try:
        return decoder.decode(body)
    except msgspec.DecodeError as error:
        raise invalid(f"Invalid body: {error}") from None
    except (UnicodeDecodeError, RecursionError):
        raise invalid(_NOT_JSON) from None


def decimal_of(raw: Raw, field: str, code: ErrorCode = ErrorCode.INVALID_REQUEST) -> Decimal:
    """A number from zero up, exactly as written. Raises `AdminError`."""
    written = bytes(raw)
    # The decoder that leaves a number raw has not looked inside.
    try:
        is_text = written.startswith(b'"')
        text = msgspec.json.decode(written, type=str) if is_text else written.decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise invalid(_NOT_JSON) from None
    try:
        return parse_decimal(text)
    except ValueError:
        message = f"{field} must be a plain decimal number, such as 12.5, not {text[:40]}"
        raise AdminError(code, message, {"field": field}) from None


def asset_of(text: str) -> str:
    """An asset's name. Raises `AdminError`."""
    if not _ASSET.fullmatch(text):
        raise invalid(
            f"asset must be 1 to 20 capital letters or digits, such as USDT, not {text[:40]!r}",
            field="asset",
        )
    return text


def user_of(view: View, name: str | int) -> User:
    """The user of that email or id. Raises `AdminError` 404."""
    bind(view.generation)
    text = str(name)
    account_id = view.account_ids.get(text.lower())
    if account_id is None and text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS_MAX:
        account_id = int(text)
    user = None if account_id is None else view.users.get(account_id)
    if user is None:
        raise AdminError(ErrorCode.USER_NOT_FOUND, f"There is no user {text[:80]!r}", status=404)
    return user


def symbol_of(view: View, text: str) -> str:
    """BTC/USDT for any spelling of it. Raises `AdminError`."""
    symbol = view.symbol(text)
    if symbol is None:
        message = f"Unknown symbol {text[:40]!r}; GET /admin/instruments lists the known ones"
        raise AdminError(ErrorCode.INVALID_SYMBOL, message, {"field": "symbol"})
    return symbol


def query_of(request: AdminRequest, *allowed: str) -> dict[str, str]:
    """The query's parameters, each at most once, none unknown, none empty. Raises `AdminError`."""
    values: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in allowed:
            known = ", ".join(allowed) or "none"
            raise invalid(f"Unknown parameter {name[:40]!r}; known here: {known}")
        if name in values:
            raise invalid(f"Parameter {name!r} was given more than once")
        if value:
            values[name] = value
    return values


def whole_number(values: dict[str, str], name: str, low: int, high: int) -> int | None:
    """A query parameter that is a whole number within inclusive bounds. Raises `AdminError`."""
    text = values.get(name)
    if text is None:
        return None
    is_number = text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS_MAX
    if not is_number or not low <= int(text) <= high:
        raise invalid(f"{name} must be a whole number from {low} to {high}, not {text[:40]!r}")
    return int(text)


def past_moment(values: dict[str, str], name: str, first_ms: int, now_ms: int) -> int | None:
    """A query parameter that is a time between these, inclusive. Raises `AdminError`."""
    text = values.get(name)
    if text is None:
        return None
    time_ms = moment_in_ms(text)
    if time_ms is None:
        raise invalid(
            f"{name} must be a time in ms, or one such as 2026-01-31T12:00:00Z with Z or an "
            f"offset, not {text[:40]!r}"
        )
    if not first_ms <= time_ms <= now_ms:
        raise invalid(
            f"{name} must be between {first_ms}, when this user came, and {now_ms}, which is now; "
            f"not {time_ms}"
        )
    return time_ms
