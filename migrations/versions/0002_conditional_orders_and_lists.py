"""Conditional orders, order lists, iceberg orders and prevented self-trades."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Why the columns and indexes are as they are: hypersim/storage/tables.py.
ORDER_COLUMNS = {
    "working_at": "timestamptz",
    "list_id": "bigint",
    "trigger": "text",
    "trigger_price": "numeric(38,18)",
    "trailing_delta": "bigint",
    "trailing_price": "numeric(38,18)",
    "trailing_since": "timestamptz",
    "iceberg_amount": "numeric(38,18)",
    "shown": "numeric(38,18)",
    "strategy_id": "bigint",
    "strategy_type": "bigint",
    "prevented": "numeric(38,18) NOT NULL DEFAULT 0",
    "prevented_match_id": "bigint",
    "amendments": "bigint NOT NULL DEFAULT 0",
    "close_reason": "text",
}

COMMENTS = {
    "orders.working_at": "null while it waits for its trigger or for another order",
    "orders.trailing_delta": "in basis points",
    "orders.shown": "visible part of a resting iceberg order",
    "orders.prevented": "taken off by self-trade prevention, in base",
    "order_lists.locked": "held for the waiting orders, in base",
}

OLD_LISTS = """CREATE TABLE order_lists (
    id bigint NOT NULL CONSTRAINT order_lists_pkey PRIMARY KEY,
    user_id bigint NOT NULL,
    symbol text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    client_order_id text,
    created_at timestamptz NOT NULL
)"""

# Nothing has ever written to the old ones.
UPGRADE = (
    "DROP TABLE order_lists",
    """CREATE TABLE order_lists (
        id bigint NOT NULL CONSTRAINT order_lists_pkey PRIMARY KEY,
        user_id bigint NOT NULL,
        symbol text NOT NULL,
        kind text NOT NULL,
        order_ids bigint[] NOT NULL,
        client_list_id text,
        status_type text NOT NULL,
        status text NOT NULL,
        refusal text,
        locked numeric(38,18) NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        activated_at timestamptz
    )""",
    "CREATE INDEX order_lists_user_time_idx ON order_lists (user_id, created_at, id)",
    "CREATE INDEX order_lists_open_idx ON order_lists (id) WHERE status <> 'done'",
    """CREATE TABLE prevented_matches (
        id bigint NOT NULL CONSTRAINT prevented_matches_pkey PRIMARY KEY,
        user_id bigint NOT NULL,
        symbol text NOT NULL,
        taker_order_id bigint NOT NULL,
        maker_order_id bigint NOT NULL,
        mode text NOT NULL,
        price numeric(38,18) NOT NULL,
        amount numeric(38,18) NOT NULL,
        taker_amount numeric(38,18),
        maker_amount numeric(38,18),
        created_at timestamptz NOT NULL
    )""",
    "CREATE INDEX prevented_matches_user_idx ON prevented_matches (user_id, id)",
    "ALTER TABLE checkpoint ADD COLUMN list_id bigint NOT NULL DEFAULT 0,"
    " ADD COLUMN prevented_match_id bigint NOT NULL DEFAULT 0",
    "ALTER TABLE checkpoint ALTER COLUMN list_id DROP DEFAULT,"
    " ALTER COLUMN prevented_match_id DROP DEFAULT",
    # Every order so far went to the market at once.
    "UPDATE orders SET working_at = created_at",
    "ALTER TABLE orders ALTER COLUMN prevented DROP DEFAULT, ALTER COLUMN amendments DROP DEFAULT",
)


def upgrade() -> None:
    added = ", ".join(f"ADD COLUMN {name} {kind}" for name, kind in ORDER_COLUMNS.items())
    op.execute(f"ALTER TABLE orders {added}")
    for statement in UPGRADE:
        op.execute(statement)
    for column, text in COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN {column} IS '{text}'")


def downgrade() -> None:
    """Orders stay, what they waited for is forgotten; order lists and prevented matches go."""
    dropped = ", ".join(f"DROP COLUMN {name}" for name in ORDER_COLUMNS)
    op.execute(f"ALTER TABLE orders {dropped}")
    op.execute("ALTER TABLE checkpoint DROP COLUMN list_id, DROP COLUMN prevented_match_id")
    op.execute("DROP TABLE prevented_matches")
    op.execute("DROP TABLE order_lists")
    op.execute(OLD_LISTS)
