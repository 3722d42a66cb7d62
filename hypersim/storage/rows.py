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
from hypersim.market.instrument import Instrument
from hypersim.market.tape import RecordedTrade
from hypersim.service.changes import Amendment, LedgerRow
from hypersim.storage.vault import Vault
from hypersim.trading.fees import load as load_fees
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


def number_text(column: str, name: str | None = None) -> str:
    """Selects an exact number as text, without needless zeros."""
    return f'trim_scale("{column}")::text AS "{name or column}"'


def time_ms(column: str, name: str) -> str:
    """Selects a time as whole milliseconds."""
    # EXTRACT yields a numeric, so this is exact.
    return f"(extract(epoch FROM {column}) * 1000)::bigint AS {name}"


ORDER = ", ".join(
    (
        "id, user_id AS account_id, symbol, side, type, time_in_force, rank, status, post_only",
        "client_order_id, self_trade_prevention, fingerprint, list_id, trigger, trailing_delta",
        "strategy_id, strategy_type, prevented_match_id, amendments, close_reason",
        "peg_basis, peg_offset",
        number_text("amount", "quantity"),
        number_text("price"),
        number_text("filled"),
        number_text("cost", "notional"),
        number_text("fee"),
        number_text("locked", "hold"),
        number_text("quote_amount", "quote_quantity"),
        time_ms("created_at", "created_ms"),
        time_ms("updated_at", "updated_ms"),
        time_ms("expires_at", "expires_ms"),
        time_ms("last_trade_at", "last_fill_ms"),
        time_ms("working_at", "working_ms"),
        number_text("trigger_price"),
        number_text("trailing_price"),
        time_ms("trailing_since", "trailing_ms"),
        number_text("iceberg_amount", "iceberg_quantity"),
        number_text("shown"),
        number_text("prevented"),
        number_text("peg_limit"),
    )
)

ORDER_LIST = ", ".join(
    (
        "id, user_id AS account_id, symbol, kind, order_ids, client_list_id, status_type, status",
        "refusal",
        number_text("locked", "hold"),
        time_ms("created_at", "created_ms"),
        time_ms("updated_at", "updated_ms"),
        time_ms("activated_at", "activated_ms"),
    )
)

PREVENTED_MATCH = ", ".join(
    (
        "id, user_id AS account_id, symbol, taker_order_id, maker_order_id, mode",
        number_text("price"),
        number_text("amount", "quantity"),
        number_text("taker_amount", "taker_quantity"),
        number_text("maker_amount", "maker_quantity"),
        time_ms("created_at", "time_ms"),
    )
)

AMENDMENT = ", ".join(
    (
        "order_id, number, user_id, client_order_id_before, client_order_id_after",
        number_text("amount_before"),
        number_text("amount_after"),
        time_ms("created_at", "time_ms"),
    )
)

FILL = ", ".join(
    (
        "id, order_id, user_id AS account_id, symbol, side, fee_asset, liquidity",
        "client_order_id, counter_order_id",
        number_text("price"),
        number_text("amount", "quantity"),
        number_text("cost", "notional"),
        number_text("fee"),
        number_text("fee_rate"),
        time_ms("created_at", "time_ms"),
    )
)

LEDGER = ", ".join(
    (
        "seq, leg, user_id AS account_id, asset, kind, reference",
        number_text("available_change"),
        number_text("locked_change"),
        number_text("available_after"),
        number_text("locked_after"),
        time_ms("created_at", "time_ms"),
    )
)

BALANCE = ", ".join(("user_id, asset", number_text("available"), number_text("locked")))

CANDLE = ", ".join(
    (
        time_ms("opened_at", "open_ms"),
        *map(number_text, ("open", "high", "low", "close", "volume", "quote_volume")),
        "trade_count",
        *map(number_text, ("taker_volume", "taker_quote_volume")),
        "first_trade_id",
    )
)

PUBLIC_TRADE = ", ".join(
    (
        "symbol, id, aggregate_id, feed_id, buyer_is_maker",
        time_ms("traded_at", "time_ms"),
        number_text("price"),
        number_text("amount", "quantity"),
    )
)

USER = ", ".join(
    (
        "id, email, password_hash",
        number_text("maker_fee_rate"),
        number_text("taker_fee_rate"),
        "wants_discount",
        time_ms("created_at", "created_ms"),
    )
)

API_KEY = ", ".join(
    (
        "api_key, user_id, api_secret, passphrase, label, kind, permissions, allowed_ips",
        time_ms("created_at", "created_ms"),
        time_ms("revoked_at", "revoked_ms"),
    )
)

INSTRUMENT = "symbol, document::text AS document"

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


def public_trades(rows: Rows) -> list[RecordedTrade]:
    """From rows of `PUBLIC_TRADE`."""
    return msgspec.convert([dict(row) for row in rows], list[RecordedTrade])


def ledger_rows(rows: Rows) -> list[LedgerRow]:
    """From rows of `LEDGER`."""
    return msgspec.convert([dict(row) for row in rows], list[LedgerRow])


def users(rows: Rows, vault: Vault) -> list[User]:
    """From rows of `USER`. Raises MasterKeyUnusable."""
    return [_user(row, vault) for row in rows]


def keys(rows: Rows, vault: Vault) -> list[ApiKey]:
    """From rows of `API_KEY`. Raises MasterKeyUnusable."""
    return [_key(row, vault) for row in rows]


def instruments(rows: Rows) -> list[Instrument]:
    """From rows of `INSTRUMENT`."""
    return [_instrument(row) for row in rows]


def _user(row: Mapping[str, Any], vault: Vault) -> User:
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


def _key(row: Mapping[str, Any], vault: Vault) -> ApiKey:
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


def _instrument(row: Mapping[str, Any]) -> Instrument:
    found = msgspec.json.decode(row["document"], type=Instrument)
    if found.symbol != row["symbol"]:
        raise ValueError(f"it is of {found.symbol}")
    if found.fee_model is not None:
        load_fees(found.fee_model)
    return found


def password_purpose(user_id: int) -> str:
    """What a user's password hash is sealed for."""
    return f"password:{user_id}"


def secret_purpose(key: str) -> str:
    """What a key's secret is sealed for."""
    return f"secret:{key}"


def passphrase_purpose(key: str) -> str:
    """What a key's passphrase is sealed for."""
    return f"passphrase:{key}"
