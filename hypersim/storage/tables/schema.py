"""The tables of the record as PostgreSQL is told of them: columns as they are declared, and here
the keys, checks and indexes that only the database sees.

Column names follow the source design. Prices and amounts are NUMERIC(38,18), exact to the last
digit. House accounts have ids below zero.

The hot tables have no foreign keys: their rows come from one writer whose memory has checked all
that a key would check again, at the price of a lookup and a row lock for each line, in the one
place where every order waits.
"""

from typing import Any

import sqlalchemy as sa
from msgspec.structs import fields
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from hypersim.storage.tables.kinds import Kind
from hypersim.storage.tables.markets import CANDLES, INSTRUMENTS, PUBLIC_TRADES, TICKERS
from hypersim.storage.tables.money import (
    BALANCES,
    LEDGER,
    LEDGER_LINES,
    LEG_PARTS,
    LEGS_MAX,
    RARE_ENTRIES,
    WITHDRAWALS,
    word_of,
)
from hypersim.storage.tables.orders import (
    ORDER_AMENDMENTS,
    ORDER_LISTS,
    ORDERS,
    PREVENTED_MATCHES,
    TRADES,
)
from hypersim.storage.tables.table import Column, Table
from hypersim.storage.tables.users import API_KEYS, USERS
from hypersim.trading.counters import Counters

metadata = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)

_TYPES: dict[Kind, Any] = {
    Kind.TIME: sa.DateTime(timezone=True),
    Kind.INTEGER: sa.BigInteger(),
    Kind.SMALL: sa.SmallInteger(),
    Kind.MONEY: sa.Numeric(38, 18),
    Kind.NUMBER: sa.Numeric(),
    Kind.FLAG: sa.Boolean(),
    Kind.BYTES: sa.LargeBinary(),
    Kind.WORD: sa.Text(),
    Kind.INTEGERS: ARRAY(sa.BigInteger),
    Kind.TEXT: sa.Text(),
    Kind.TEXTS: ARRAY(sa.Text),
    Kind.DOCUMENT: JSONB(),
}


def _add(
    table: Table[Any], *more: sa.schema.SchemaItem, key: tuple[str, ...] = (), fillfactor: int = 100
) -> None:
    """The table as it is declared. `key`, if it has none that rows are replaced by; `more`: what
    only the database sees."""
    room = {"fillfactor": fillfactor} if fillfactor < 100 else {}
    columns = map(_column, table.columns)
    primary = sa.PrimaryKeyConstraint(*(table.key or key))
    sa.Table(table.name, metadata, *columns, primary, *more, postgresql_with=room)


def _column(column: Column) -> "sa.Column[Any]":
    return sa.Column(
        column.name,
        _TYPES[column.kind],
        nullable=column.null,
        autoincrement=False,
        comment=column.note,
    )


def _index(name: str, *columns: str | sa.TextClause, where: str | None = None) -> sa.Index:
    """One in which no two rows are equal, so that it is vain to look for equal ones whenever a page
    is full."""
    return sa.Index(
        name,
        *columns,
        postgresql_where=None if where is None else sa.text(where),
        postgresql_with={"deduplicate_items": "off"},
    )


def _by_time(table: Table[Any]) -> sa.Index:
    return _index(f"{table.name}_user_time_idx", "user_id", "created_at", "id")


_add(USERS, sa.UniqueConstraint("email"))
_add(API_KEYS)
_add(
    BALANCES,
    sa.CheckConstraint("user_id < 0 OR (available >= 0 AND locked >= 0)", name="not_overdrawn"),
    # Every fill updates some: with room on its page, a new version needs no new index entry.
    fillfactor=50,
)
_add(
    ORDERS,
    sa.CheckConstraint("filled >= 0 AND filled <= amount", name="filled_within_amount"),
    _by_time(ORDERS),
    _index("orders_user_symbol_time_idx", "user_id", "symbol", "created_at", "id"),
    _index("orders_user_symbol_update_idx", "user_id", "symbol", "updated_at", "id"),
    # Open orders stand together in front, ended ones follow as they ended: what a start loads.
    sa.Index("orders_ended_idx", sa.text("ended_seq NULLS FIRST")),
    # By name are only those asked for here that the memory has forgotten.
    _index(
        "orders_client_order_id_idx",
        "user_id",
        "client_order_id",
        "id",
        where="ended_seq IS NOT NULL AND client_order_id IS NOT NULL",
    ),
    fillfactor=90,
)
_add(
    ORDER_LISTS,
    _by_time(ORDER_LISTS),
    sa.Index("order_lists_user_update_idx", "user_id", "updated_at", "id"),
    sa.Index("order_lists_client_list_id_idx", "user_id", "client_list_id", "id"),
    sa.Index("order_lists_open_idx", "id", postgresql_where=sa.text("status <> 'done'")),
)
_add(
    WITHDRAWALS,
    _by_time(WITHDRAWALS),
    sa.Index("withdrawals_open_idx", "id", postgresql_where=sa.text("ended_at IS NULL")),
)
_add(PREVENTED_MATCHES, sa.Index("prevented_matches_user_idx", "user_id", "id"), key=("id",))
_add(ORDER_AMENDMENTS, key=("order_id", "number"))
_add(
    TRADES,
    sa.CheckConstraint("amount > 0", name="amount_positive"),
    _by_time(TRADES),
    _index("trades_user_symbol_idx", "user_id", "symbol", "id", "order_id"),
    # Both halves of a trade between users have its id; an order leads, as fills are read by order.
    key=("order_id", "id"),
)
_ASSETS = [word_of(leg, "asset") for leg in range(LEGS_MAX)]

_add(
    LEDGER_LINES,
    sa.CheckConstraint("available_change <> 0 OR locked_change <> 0", name="moves_something"),
    sa.CheckConstraint(
        "user_id < 0 OR (available_after >= 0 AND locked_after >= 0)", name="not_overdrawn"
    ),
    sa.Index("ledger_lines_user_asset_idx", "user_id", "asset", "created_at", "seq"),
    sa.Index(
        "ledger_lines_rare_idx",
        "user_id",
        "asset",
        "created_at",
        "seq",
        postgresql_where=sa.text(RARE_ENTRIES),
    ),
    key=("seq", "leg"),
)
# What the house has is the other side of every trade: nobody asks for it by asset.
_OF_USERS = "user_id > 0"


def _ledger_index(name: str, asset: str, where: str) -> sa.Index:
    columns = ("user_id", sa.text(asset), "created_at", "seq")
    return _index(name, *columns, where=f"{_OF_USERS} AND {where}" if where else _OF_USERS)


_add(
    LEDGER,
    _ledger_index("ledger_user_asset_idx", _ASSETS[0], ""),
    *(
        _ledger_index(f"ledger_user_asset_{number}_idx", asset, f"{asset} <> ''")
        for number, asset in enumerate(_ASSETS[1:], 2)
    ),
    # Deposits, withdrawals and the like, which millions of lines of orders lie between. They have
    # one leg for an account.
    _ledger_index("ledger_rare_idx", _ASSETS[0], RARE_ENTRIES),
    key=("seq", "user_id"),
)


@sa.event.listens_for(metadata, "after_create")
def _create_view(_: sa.MetaData, connection: sa.Connection, **__: Any) -> None:
    connection.exec_driver_sql(f"CREATE VIEW ledger_legs AS {' UNION ALL '.join(LEG_PARTS)}")


_add(INSTRUMENTS)
_add(CANDLES)
_add(PUBLIC_TRADES, sa.Index("public_trades_by_time", "symbol", "traded_at"))
_add(TICKERS, fillfactor=50)

sa.Table(
    "journal",
    metadata,
    sa.Column("first_seq", sa.BigInteger, nullable=False),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("time_ms", sa.BigInteger, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False, comment="see docs/journal.md"),
    sa.PrimaryKeyConstraint("last_seq", "time_ms"),
)

sa.Table(
    "journal_chunks",
    metadata,
    sa.Column("last_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("first_seq", sa.BigInteger, nullable=False),
    sa.Column("packed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("packed", sa.LargeBinary, nullable=False, comment="see docs/journal.md"),
)
sa.Table(
    "journal_images",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("time_ms", sa.BigInteger, nullable=False),
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("image", sa.LargeBinary, nullable=False, comment="see docs/journal.md"),
)
sa.Table(
    "projection_owner",
    metadata,
    sa.Column(
        "id", sa.SmallInteger, primary_key=True, autoincrement=False, server_default=sa.text("1")
    ),
    sa.Column(
        "epoch",
        sa.BigInteger,
        nullable=False,
        comment="of the server whose projector may write",
    ),
    sa.CheckConstraint("id = 1", name="one_row"),
)

_COUNTED = {
    "generation": "counts resets",
    "time_ms": "of the last change",
    "feed_ms": "the feed has told all from before it",
    "feed_told": "and so many events of that moment",
}

sa.Table(
    "checkpoint",
    metadata,
    sa.Column(
        "id", sa.SmallInteger, primary_key=True, autoincrement=False, server_default=sa.text("1")
    ),
    *(
        sa.Column(one.name, sa.BigInteger, nullable=False, comment=_COUNTED.get(one.name))
        for one in fields(Counters)
    ),
    sa.CheckConstraint("id = 1", name="one_row"),
)
