"""What a trade was worth, cut after the decimals of the quote asset: before, all of its digits."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE trades ADD COLUMN cost numeric(38, 18)")
    op.execute("UPDATE trades SET cost = price * amount")
    op.execute("ALTER TABLE trades ALTER COLUMN cost SET NOT NULL")
    op.execute("COMMENT ON COLUMN trades.cost IS 'what it was worth, in quote'")


def downgrade() -> None:
    op.execute("ALTER TABLE trades DROP COLUMN cost")
