"""The price at which both sides of a book trade, where it is another one than those shown."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

UPGRADE = (
    "ALTER TABLE tickers ADD COLUMN trades_at numeric",
    "COMMENT ON COLUMN tickers.trades_at IS 'where it is another price than bid and ask'",
    # Until now a price by hand was known by the tick to both sides of it.
    """
    UPDATE tickers SET trades_at = last_price
    WHERE bid_price < last_price AND bid_price + ask_price = 2 * last_price
    """,
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE tickers DROP COLUMN trades_at")
