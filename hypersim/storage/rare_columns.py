"""What few batches write: users, keys, instruments, and the market data of each second."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from hypersim.account.user import ApiKey, Secret, User
from hypersim.market.candle import Candle, Interval
from hypersim.market.instrument import Instrument
from hypersim.market.tape import RecordedTrade
from hypersim.market.ticker import Ticker
from hypersim.storage import rows
from hypersim.storage.columns import Column, Kind, Table
from hypersim.storage.vault import Vault

USERS = Table(
    "users",
    (
        Column("id", Kind.INTEGER),
        Column("email", Kind.TEXT),
        Column("password_hash", Kind.BYTES),
        Column("maker_fee_rate", Kind.MONEY),
        Column("taker_fee_rate", Kind.MONEY),
        Column("wants_discount", Kind.FLAG),
        Column("created_at", Kind.TIME),
    ),
    key=("id",),
)

API_KEYS = Table(
    "api_keys",
    (
        Column("api_key", Kind.TEXT),
        Column("user_id", Kind.INTEGER),
        Column("api_secret", Kind.BYTES),
        Column("passphrase", Kind.BYTES),
        Column("label", Kind.TEXT),
        Column("kind", Kind.WORD),
        Column("permissions", Kind.TEXTS),
        Column("allowed_ips", Kind.TEXTS),
        Column("created_at", Kind.TIME),
        Column("revoked_at", Kind.TIME),
    ),
    key=("api_key",),
)

INSTRUMENTS = Table(
    "instruments",
    (Column("symbol", Kind.TEXT), Column("document", Kind.DOCUMENT)),
    key=("symbol",),
)

CANDLES = Table(
    "candles",
    (
        Column("symbol", Kind.TEXT),
        Column("interval", Kind.WORD),
        Column("opened_at", Kind.TIME),
        Column("open", Kind.MONEY),
        Column("high", Kind.MONEY),
        Column("low", Kind.MONEY),
        Column("close", Kind.MONEY),
        Column("volume", Kind.MONEY),
        Column("quote_volume", Kind.MONEY),
        Column("trade_count", Kind.INTEGER),
        Column("taker_volume", Kind.MONEY),
        Column("taker_quote_volume", Kind.MONEY),
        Column("first_trade_id", Kind.INTEGER),
    ),
    key=("symbol", "interval", "opened_at"),
)

PUBLIC_TRADES = Table(
    "public_trades",
    (
        Column("symbol", Kind.TEXT),
        Column("id", Kind.INTEGER),
        Column("aggregate_id", Kind.INTEGER),
        Column("feed_id", Kind.INTEGER),
        Column("traded_at", Kind.TIME),
        Column("price", Kind.MONEY),
        Column("amount", Kind.MONEY),
        Column("buyer_is_maker", Kind.FLAG),
    ),
    key=("symbol", "id"),
)

TICKERS = Table(
    "tickers",
    (
        Column("symbol", Kind.TEXT),
        Column("last_price", Kind.MONEY),
        Column("bid_price", Kind.MONEY),
        Column("bid_size", Kind.MONEY),
        Column("ask_price", Kind.MONEY),
        Column("ask_size", Kind.MONEY),
        Column("open_price", Kind.MONEY),
        Column("high_price", Kind.MONEY),
        Column("low_price", Kind.MONEY),
        Column("volume_24h", Kind.MONEY),
        Column("quote_volume_24h", Kind.MONEY),
        Column("trade_count_24h", Kind.INTEGER),
        Column("is_stale", Kind.FLAG),
        Column("updated_at", Kind.TIME),
        Column("last_trade_id", Kind.INTEGER),
        Column("last_aggregate_id", Kind.INTEGER),
        Column("last_feed_id", Kind.INTEGER),
        Column("trades_at", Kind.MONEY),
    ),
    key=("symbol",),
)

_Values = list[Sequence[Any]]


def user_values(users: Iterable[User], vault: Vault) -> _Values:
    """The columns of `USERS`."""
    written = [
        (
            user.id,
            user.email,
            _sealed(vault, user.password_hash, rows.password_purpose(user.id)),
            user.fee_rates.maker if user.fee_rates else None,
            user.fee_rates.taker if user.fee_rates else None,
            user.wants_discount,
            user.created_ms,
        )
        for user in users
    ]
    return _transposed(written, USERS)


def key_values(keys: Iterable[ApiKey], vault: Vault) -> _Values:
    """The columns of `API_KEYS`."""
    written = [
        (
            key.key,
            key.account_id,
            _sealed(vault, key.secret, rows.secret_purpose(key.key)),
            _sealed(vault, key.passphrase, rows.passphrase_purpose(key.key)),
            key.label,
            key.kind,
            " ".join(sorted(key.permissions)),
            " ".join(key.allowed_ips),
            key.created_ms,
            key.revoked_ms,
        )
        for key in keys
    ]
    return _transposed(written, API_KEYS)


def instrument_values(instruments: Iterable[Instrument]) -> _Values:
    """The columns of `INSTRUMENTS`."""
    written = [
        (instrument.symbol, msgspec.json.encode(instrument).decode()) for instrument in instruments
    ]
    return _transposed(written, INSTRUMENTS)


def candle_values(candles: Iterable[tuple[str, Candle]]) -> _Values:
    """The columns of `CANDLES`. Of a minute that was closed twice, the later version counts."""
    latest = {(symbol, candle.open_ms): candle for symbol, candle in candles}
    written = [
        (symbol, Interval.M1, *msgspec.structs.astuple(candle))
        for (symbol, _), candle in latest.items()
    ]
    return _transposed(written, CANDLES)


def public_trade_values(trades: Iterable[RecordedTrade]) -> _Values:
    """The columns of `PUBLIC_TRADES`."""
    return _transposed([msgspec.structs.astuple(trade) for trade in trades], PUBLIC_TRADES)


def ticker_values(tickers: Iterable[Ticker]) -> _Values:
    """The columns of `TICKERS`; a market without any price yet has no row."""
    latest = {ticker.symbol: ticker for ticker in tickers if ticker.last is not None}
    written = [
        (
            ticker.symbol,
            ticker.last,
            ticker.bid,
            ticker.bid_size,
            ticker.ask,
            ticker.ask_size,
            ticker.open,
            ticker.high,
            ticker.low,
            ticker.base_volume,
            ticker.quote_volume,
            ticker.trade_count,
            ticker.is_stale,
            ticker.time_ms,
            *msgspec.structs.astuple(ticker.end),
            ticker.trades_at,
        )
        for ticker in latest.values()
    ]
    return _transposed(written, TICKERS)


def _sealed(vault: Vault, secret: Secret | None, purpose: str) -> str | None:
    return None if secret is None else vault.seal(secret, purpose).hex()


def _transposed(written: Sequence[Sequence[Any]], table: Table) -> _Values:
    return list(zip(*written, strict=True)) or [()] * len(table.columns)
