"""The tables of the record.

Column names follow the source design. Prices and amounts are NUMERIC(38,18), exact to the last
digit. House accounts have ids below zero. What tells of markets is in `market_tables`.

The hot tables have no foreign keys: their rows come from one writer whose memory has checked all
that a key would check again, at the price of a lookup and a row lock for each line, in the one
place where every order waits.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from hypersim.storage.market_tables import add_market_tables
from hypersim.storage.page import RARE_ENTRIES
from hypersim.storage.table_kinds import MONEY, TIME, required

metadata = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)


users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("password_hash", sa.LargeBinary, comment="encrypted"),
    sa.Column("maker_fee_rate", MONEY),
    sa.Column("taker_fee_rate", MONEY),
    sa.Column(
        "wants_discount", sa.Boolean, nullable=False, comment="pays fees in the exchange's asset"
    ),
    required("created_at", TIME),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("api_key", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, sa.Identity(), nullable=False),
    required("user_id", sa.BigInteger),
    sa.Column("api_secret", sa.LargeBinary, nullable=False, comment="encrypted"),
    sa.Column("passphrase", sa.LargeBinary, comment="encrypted"),
    required("label", sa.Text),
    required("kind", sa.Text),
    required("permissions", ARRAY(sa.Text)),
    required("allowed_ips", ARRAY(sa.Text)),
    required("created_at", TIME),
    sa.Column("revoked_at", TIME),
)

balances = sa.Table(
    "balances",
    metadata,
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("asset", sa.Text, primary_key=True),
    required("available", MONEY),
    required("locked", MONEY),
    sa.CheckConstraint("user_id < 0 OR (available >= 0 AND locked >= 0)", name="not_overdrawn"),
    # Every fill updates some: with room on its page, a new version needs no new index entry.
    postgresql_with={"fillfactor": 50},
)

orders = sa.Table(
    "orders",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    required("user_id", sa.BigInteger),
    required("rank", sa.BigInteger),
    sa.Column("ended_seq", sa.BigInteger, comment="place among ended orders; null while open"),
    sa.Column("fingerprint", sa.BigInteger, comment="of the request, for safe retries"),
    required("created_at", TIME),
    required("updated_at", TIME),
    sa.Column("expires_at", TIME),
    sa.Column("last_trade_at", TIME),
    required("symbol", sa.Text),
    required("side", sa.Text),
    required("type", sa.Text),
    required("time_in_force", sa.Text),
    required("status", sa.Text),
    required("self_trade_prevention", sa.Text),
    required("post_only", sa.Boolean),
    sa.Column("client_order_id", sa.Text),
    required("amount", MONEY),
    sa.Column("quote_amount", MONEY, comment="of a market order by cost"),
    sa.Column("price", MONEY),
    required("filled", MONEY),
    sa.Column("cost", MONEY, nullable=False, comment="traded so far, in quote"),
    required("fee", MONEY),
    sa.Column("locked", MONEY, nullable=False, comment="held: quote of a buy, base of a sell"),
    sa.Column(
        "working_at", TIME, comment="null while it waits for its trigger or for another order"
    ),
    sa.Column("list_id", sa.BigInteger),
    sa.Column("trigger", sa.Text),
    sa.Column("trigger_price", MONEY),
    sa.Column("trailing_delta", sa.BigInteger, comment="in basis points"),
    sa.Column("trailing_price", MONEY),
    sa.Column("trailing_since", TIME),
    sa.Column("iceberg_amount", MONEY),
    sa.Column("shown", MONEY, comment="visible part of a resting iceberg order"),
    sa.Column("strategy_id", sa.BigInteger),
    sa.Column("strategy_type", sa.BigInteger),
    sa.Column(
        "prevented",
        MONEY,
        nullable=False,
        comment="taken off by self-trade prevention, in base",
    ),
    sa.Column("prevented_match_id", sa.BigInteger),
    required("amendments", sa.BigInteger),
    sa.Column("peg_basis", sa.Text, comment="whose side of the book the price is taken from"),
    required("peg_offset", sa.BigInteger),
    sa.Column("peg_limit", MONEY),
    sa.Column("close_reason", sa.Text),
    sa.CheckConstraint("filled >= 0 AND filled <= amount", name="filled_within_amount"),
    sa.Index("orders_user_time_idx", "user_id", "created_at", "id"),
    # Open orders stand together in front, ended ones follow as they ended: what a start loads.
    sa.Index("orders_ended_idx", sa.text("ended_seq NULLS FIRST")),
    # By name are only those asked for here that the memory has forgotten.
    sa.Index(
        "orders_client_order_id_idx",
        "user_id",
        "client_order_id",
        postgresql_where=sa.text("ended_seq IS NOT NULL"),
    ),
    postgresql_with={"fillfactor": 90},
)

mass_endings = sa.Table(
    "mass_endings",
    metadata,
    sa.Column(
        "place",
        sa.BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="of the first one; the others follow it",
    ),
    required("status", sa.Text),
    required("close_reason", sa.Text),
    required("ended_at", TIME),
    required("order_ids", ARRAY(sa.BigInteger)),
)

order_lists = sa.Table(
    "order_lists",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    required("user_id", sa.BigInteger),
    required("symbol", sa.Text),
    required("kind", sa.Text),
    required("order_ids", ARRAY(sa.BigInteger)),
    sa.Column("client_list_id", sa.Text),
    required("status_type", sa.Text),
    required("status", sa.Text),
    sa.Column("refusal", sa.Text),
    sa.Column("locked", MONEY, nullable=False, comment="held for the waiting orders, in base"),
    required("created_at", TIME),
    required("updated_at", TIME),
    sa.Column("activated_at", TIME),
    sa.Index("order_lists_user_time_idx", "user_id", "created_at", "id"),
    sa.Index("order_lists_open_idx", "id", postgresql_where=sa.text("status <> 'done'")),
)

withdrawals = sa.Table(
    "withdrawals",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    required("user_id", sa.BigInteger),
    required("asset", sa.Text),
    required("amount", MONEY),
    required("fee", MONEY),
    required("network", sa.Text),
    required("address", sa.Text),
    required("tag", sa.Text),
    sa.Column("client_id", sa.Text),
    required("created_at", TIME),
    sa.Column("due_at", TIME),
    required("status", sa.Text),
    sa.Column("ended_at", TIME),
    sa.Index("withdrawals_user_time_idx", "user_id", "created_at", "id"),
    sa.Index("withdrawals_open_idx", "id", postgresql_where=sa.text("ended_at IS NULL")),
)

prevented_matches = sa.Table(
    "prevented_matches",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    required("user_id", sa.BigInteger),
    required("symbol", sa.Text),
    required("taker_order_id", sa.BigInteger),
    required("maker_order_id", sa.BigInteger),
    required("mode", sa.Text),
    required("price", MONEY),
    required("amount", MONEY),
    sa.Column("taker_amount", MONEY),
    sa.Column("maker_amount", MONEY),
    required("created_at", TIME),
    sa.Index("prevented_matches_user_idx", "user_id", "id"),
)

order_amendments = sa.Table(
    "order_amendments",
    metadata,
    sa.Column("order_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    required("user_id", sa.BigInteger),
    sa.Column("client_order_id_before", sa.Text),
    sa.Column("client_order_id_after", sa.Text),
    required("amount_before", MONEY),
    required("amount_after", MONEY),
    required("created_at", TIME),
)

trades = sa.Table(
    "trades",
    metadata,
    # Both halves of a trade between users have its id; an order leads, as fills are read by order.
    sa.Column("order_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    required("user_id", sa.BigInteger),
    sa.Column("counter_order_id", sa.BigInteger, comment="the other user's order, if there is one"),
    required("created_at", TIME),
    required("symbol", sa.Text),
    required("side", sa.Text),
    required("liquidity", sa.Text),
    sa.Column("client_order_id", sa.Text),
    required("amount", MONEY),
    required("price", MONEY),
    sa.Column("cost", MONEY, nullable=False, comment="what it was worth, in quote"),
    required("fee", MONEY),
    required("fee_asset", sa.Text),
    required("fee_rate", MONEY),
    sa.CheckConstraint("amount > 0", name="amount_positive"),
    sa.Index("trades_user_time_idx", "user_id", "created_at", "id"),
)

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("leg", sa.SmallInteger, primary_key=True, autoincrement=False),
    required("user_id", sa.BigInteger),
    required("created_at", TIME),
    required("asset", sa.Text),
    required("kind", sa.Text),
    sa.Column("reference", sa.Text, nullable=False, comment="order:1, trade:1, or the request's"),
    required("available_change", MONEY),
    required("locked_change", MONEY),
    required("available_after", MONEY),
    required("locked_after", MONEY),
    sa.CheckConstraint("available_change <> 0 OR locked_change <> 0", name="moves_something"),
    sa.CheckConstraint(
        "user_id < 0 OR (available_after >= 0 AND locked_after >= 0)", name="not_overdrawn"
    ),
    sa.Index("ledger_user_asset_idx", "user_id", "asset", "seq"),
    # Deposits, withdrawals and the like, which millions of lines of orders lie between.
    sa.Index("ledger_rare_idx", "user_id", "asset", "seq", postgresql_where=sa.text(RARE_ENTRIES)),
)

add_market_tables(metadata)

snapshots = sa.Table(
    "snapshots",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    required("seq", sa.BigInteger),
    required("created_at", TIME),
    required("state", sa.LargeBinary),
)

checkpoint = sa.Table(
    "checkpoint",
    metadata,
    sa.Column(
        "id", sa.SmallInteger, primary_key=True, autoincrement=False, server_default=sa.text("1")
    ),
    required("seq", sa.BigInteger),
    sa.Column("generation", sa.BigInteger, nullable=False, comment="counts resets"),
    sa.Column("time_ms", sa.BigInteger, nullable=False, comment="of the last change"),
    required("account_id", sa.BigInteger),
    required("order_id", sa.BigInteger),
    required("trade_id", sa.BigInteger),
    required("ledger_seq", sa.BigInteger),
    required("rank", sa.BigInteger),
    required("list_id", sa.BigInteger),
    required("prevented_match_id", sa.BigInteger),
    required("withdrawal_id", sa.BigInteger),
    sa.CheckConstraint("id = 1", name="one_row"),
)
