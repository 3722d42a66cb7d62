"""How rows come back: what to select, and the values that it makes.

Columns are selected under the names of the values' fields, numbers as text, times as milliseconds,
so that msgspec builds orders and fills by itself, in under a microsecond each.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from hypersim.account.user import ApiKey, FeeRates, KeyKind, Permission, User
from hypersim.market.candle import Candle
from hypersim.service.changes import Amendment, LedgerRow
from hypersim.storage.vault import Vault
from hypersim.trading.order import Fill, Order, PreventedMatch
from hypersim.trading.order_list import OrderList

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")

TIME_PARAMETER = "'epoch'::timestamptz + ${}::bigint * interval '1 millisecond'"
"""The moment that a parameter in milliseconds means; exact, as in `columns.Kind.TIME`."""

TIME_MS_MIN, TIME_MS_MAX = -62_135_596_800_000, 253_402_300_799_999
"""The years 1 to 9999. Nothing in the record is older or younger, whatever is asked for."""


def time_parameter(time_ms: int) -> int:
    """The nearest time that the database can be asked about."""
    return min(max(time_ms, TIME_MS_MIN), TIME_MS_MAX)


def can_stand(argument: object) -> bool:
    """Whether the record can hold it: text without NULs and half characters, a number that fits
    into a bigint."""
    match argument:
        case str():
            return "\0" not in argument and not _HALF_CHARACTER.search(argument)
        case int():
            return -(2**63) <= argument < 2**63
        case _:
            return True


def _number(column: str, name: str | None = None) -> str:
    return f'trim_scale("{column}")::text AS "{name or column}"'


def _time(column: str, name: str) -> str:
    # EXTRACT yields a numeric, so this is exact.
    return f"(extract(epoch FROM {column}) * 1000)::bigint AS {name}"


ORDER = ", ".join(
    (
        "id, user_id AS account_id, symbol, side, type, time_in_force, rank, status, post_only",
        "client_order_id, self_trade_prevention, fingerprint, list_id, trigger, trailing_delta",
        "strategy_id, strategy_type, prevented_match_id, amendments, close_reason",
        _number("amount", "quantity"),
        _number("price"),
        _number("filled"),
        _number("cost", "notional"),
        _number("fee"),
        _number("locked", "hold"),
        _number("quote_amount", "quote_quantity"),
        _time("created_at", "created_ms"),
        _time("updated_at", "updated_ms"),
        _time("expires_at", "expires_ms"),
        _time("last_trade_at", "last_fill_ms"),
        _time("working_at", "working_ms"),
        _number("trigger_price"),
        _number("trailing_price"),
        _time("trailing_since", "trailing_ms"),
        _number("iceberg_amount", "iceberg_quantity"),
        _number("shown"),
        _number("prevented"),
    )
)

ORDER_LIST = ", ".join(
    (
        "id, user_id AS account_id, symbol, kind, order_ids, client_list_id, status_type, status",
        "refusal",
        _number("locked", "hold"),
        _time("created_at", "created_ms"),
        _time("updated_at", "updated_ms"),
        _time("activated_at", "activated_ms"),
    )
)

PREVENTED_MATCH = ", ".join(
    (
        "id, user_id AS account_id, symbol, taker_order_id, maker_order_id, mode",
        _number("price"),
        _number("amount", "quantity"),
        _number("taker_amount", "taker_quantity"),
        _number("maker_amount", "maker_quantity"),
        _time("created_at", "time_ms"),
    )
)

AMENDMENT = ", ".join(
    (
        "order_id, number, user_id, client_order_id_before, client_order_id_after",
        _number("amount_before"),
        _number("amount_after"),
        _time("created_at", "time_ms"),
    )
)

FILL = ", ".join(
    (
        "id, order_id, user_id AS account_id, symbol, side, fee_asset, liquidity",
        "client_order_id, counter_order_id",
        _number("price"),
        _number("amount", "quantity"),
        _number("cost", "notional"),
        _number("fee"),
        _number("fee_rate"),
        _time("created_at", "time_ms"),
    )
)

LEDGER = ", ".join(
    (
        "seq, leg, user_id AS account_id, asset, kind, reference",
        _number("available_change"),
        _number("locked_change"),
        _number("available_after"),
        _number("locked_after"),
        _time("created_at", "time_ms"),
    )
)

BALANCE = ", ".join(("user_id, asset", _number("available"), _number("locked")))

CANDLE = ", ".join(
    (
        _time("opened_at", "open_ms"),
        *map(_number, ("open", "high", "low", "close", "volume", "quote_volume")),
        "trade_count",
        *map(_number, ("taker_volume", "taker_quote_volume")),
    )
)

USER = ", ".join(
    (
        "id, email, password_hash",
        _number("maker_fee_rate"),
        _number("taker_fee_rate"),
        "wants_discount",
        _time("created_at", "created_ms"),
    )
)

API_KEY = ", ".join(
    (
        "api_key, user_id, api_secret, passphrase, label, kind, permissions, allowed_ips",
        _time("created_at", "created_ms"),
        _time("revoked_at", "revoked_ms"),
    )
)

Rows = Iterable[Mapping[str, Any]]


def orders(rows: Rows) -> list[Order]:
    """From rows of `ORDER`."""
    return msgspec.convert([dict(row) for row in rows], list[Order])


def order_lists(rows: Rows) -> list[OrderList]:
    """From rows of `ORDER_LIST`."""
    return msgspec.convert([dict(row) for row in rows], list[OrderList])


def prevented_matches(rows: Rows) -> list[PreventedMatch]:
    """From rows of `PREVENTED_MATCH`."""
    return msgspec.convert([dict(row) for row in rows], list[PreventedMatch])


def amendments(rows: Rows) -> list[Amendment]:
    """From rows of `AMENDMENT`."""
    return msgspec.convert([tuple(row.values()) for row in rows], list[Amendment])


def fills(rows: Rows) -> list[Fill]:
    """From rows of `FILL`."""
    return msgspec.convert([dict(row) for row in rows], list[Fill])


def candles(rows: Rows) -> list[Candle]:
    """From rows of `CANDLE`."""
    return msgspec.convert([dict(row) for row in rows], list[Candle])


def ledger_rows(rows: Rows) -> list[LedgerRow]:
    """From rows of `LEDGER`."""
    return msgspec.convert([dict(row) for row in rows], list[LedgerRow])


def user(row: Mapping[str, Any], vault: Vault) -> User:
    """From a row of `USER`. Raises MasterKeyUnusable."""
    maker, taker = row["maker_fee_rate"], row["taker_fee_rate"]
    sealed = row["password_hash"]
    return User(
        row["id"],
        row["email"],
        row["created_ms"],
        None if sealed is None else vault.unseal(sealed, password_purpose(row["id"])),
        None if maker is None else msgspec.convert({"maker": maker, "taker": taker}, FeeRates),
        row["wants_discount"],
    )


def api_key(row: Mapping[str, Any], vault: Vault) -> ApiKey:
    """From a row of `API_KEY`. Raises MasterKeyUnusable."""
    key, passphrase = row["api_key"], row["passphrase"]
    return ApiKey(
        key,
        row["user_id"],
        vault.unseal(row["api_secret"], secret_purpose(key)),
        row["created_ms"],
        row["label"],
        KeyKind(row["kind"]),
        None if passphrase is None else vault.unseal(passphrase, passphrase_purpose(key)),
        frozenset(map(Permission, row["permissions"])),
        tuple(row["allowed_ips"]),
        row["revoked_ms"],
    )


def password_purpose(user_id: int) -> str:
    """What a user's password hash is sealed for."""
    return f"password:{user_id}"


def secret_purpose(key: str) -> str:
    """What a key's secret is sealed for."""
    return f"secret:{key}"


def passphrase_purpose(key: str) -> str:
    """What a key's passphrase is sealed for."""
    return f"passphrase:{key}"
