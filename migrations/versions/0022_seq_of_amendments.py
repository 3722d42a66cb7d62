"""Which event an amendment was: its execution id over REST is that of the user data stream. Those
of before, of which this is not known, have their place among the order's own, which is below it."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE order_amendments ADD COLUMN seq bigint")
    op.execute("UPDATE order_amendments SET seq = number")
    op.execute("ALTER TABLE order_amendments ALTER COLUMN seq SET NOT NULL")
    op.execute("COMMENT ON COLUMN order_amendments.seq IS 'of the event in the record'")


def downgrade() -> None:
    op.execute("ALTER TABLE order_amendments DROP COLUMN seq")
