"""The public tape: numbers of its trades, and those that no feed could tell again."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PUBLIC_TRADES = """CREATE TABLE public_trades (
    symbol text NOT NULL,
    id bigint NOT NULL,
    aggregate_id bigint NOT NULL,
    feed_id bigint NOT NULL,
    traded_at timestamptz NOT NULL,
    price numeric NOT NULL,
    amount numeric NOT NULL,
    buyer_is_maker boolean NOT NULL,
    CONSTRAINT public_trades_pkey PRIMARY KEY (symbol, id)
)"""

COUNTS = ("last_trade_id", "last_aggregate_id", "last_feed_id")


def upgrade() -> None:
    """Markets that were here before count from their first new trade on."""
    op.execute("ALTER TABLE candles ADD COLUMN first_trade_id bigint")
    for name in COUNTS:
        op.execute(f"ALTER TABLE tickers ADD COLUMN {name} bigint NOT NULL DEFAULT 0")
        op.execute(f"ALTER TABLE tickers ALTER COLUMN {name} DROP DEFAULT")
    op.execute(PUBLIC_TRADES)
    op.execute("CREATE INDEX public_trades_by_time ON public_trades (symbol, traded_at)")


def downgrade() -> None:
    """Numbers begin again, and bars lose what users traded with each other once they are old."""
    op.execute("DROP TABLE public_trades")
    for name in COUNTS:
        op.execute(f"ALTER TABLE tickers DROP COLUMN {name}")
    op.execute("ALTER TABLE candles DROP COLUMN first_trade_id")
