"""The tables that tell of markets and not of accounts: a reset leaves them alone. What a feed says
has no bound."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from hypersim.storage.table_kinds import TIME, required


def add_market_tables(metadata: sa.MetaData) -> None:
    """To the tables of the record."""
    _add_instruments(metadata)
    _add_candles(metadata)
    _add_public_trades(metadata)
    _add_tickers(metadata)


def _add_instruments(metadata: sa.MetaData) -> None:
    sa.Table(
        "instruments",
        metadata,
        sa.Column("symbol", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, sa.Identity(), nullable=False),
        required("document", JSONB),
    )


def _add_candles(metadata: sa.MetaData) -> None:
    sa.Table(
        "candles",
        metadata,
        sa.Column("symbol", sa.Text, primary_key=True),
        sa.Column("interval", sa.Text, primary_key=True),
        sa.Column("opened_at", TIME, primary_key=True),
        required("open", sa.Numeric),
        required("high", sa.Numeric),
        required("low", sa.Numeric),
        required("close", sa.Numeric),
        required("volume", sa.Numeric),
        required("quote_volume", sa.Numeric),
        required("trade_count", sa.BigInteger),
        required("taker_volume", sa.Numeric),
        required("taker_quote_volume", sa.Numeric),
        sa.Column("first_trade_id", sa.BigInteger),
    )


def _add_public_trades(metadata: sa.MetaData) -> None:
    sa.Table(
        "public_trades",
        metadata,
        sa.Column("symbol", sa.Text, primary_key=True),
        sa.Column("id", sa.BigInteger, primary_key=True),
        required("aggregate_id", sa.BigInteger),
        required("feed_id", sa.BigInteger),
        required("traded_at", TIME),
        required("price", sa.Numeric),
        required("amount", sa.Numeric),
        required("buyer_is_maker", sa.Boolean),
        sa.Index("public_trades_by_time", "symbol", "traded_at"),
    )


def _add_tickers(metadata: sa.MetaData) -> None:
    sa.Table(
        "tickers",
        metadata,
        sa.Column("symbol", sa.Text, primary_key=True),
        required("last_price", sa.Numeric),
        sa.Column("bid_price", sa.Numeric),
        sa.Column("bid_size", sa.Numeric),
        sa.Column("ask_price", sa.Numeric),
        sa.Column("ask_size", sa.Numeric),
        sa.Column("open_price", sa.Numeric),
        sa.Column("high_price", sa.Numeric),
        sa.Column("low_price", sa.Numeric),
        required("volume_24h", sa.Numeric),
        required("quote_volume_24h", sa.Numeric),
        required("trade_count_24h", sa.BigInteger),
        required("is_stale", sa.Boolean),
        required("updated_at", TIME),
        required("last_trade_id", sa.BigInteger),
        required("last_aggregate_id", sa.BigInteger),
        required("last_feed_id", sa.BigInteger),
        sa.Column("trades_at", sa.Numeric, comment="where it is another price than bid and ask"),
        postgresql_with={"fillfactor": 50},
    )
