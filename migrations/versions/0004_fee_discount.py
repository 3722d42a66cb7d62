"""Whether an account pays fees in the exchange's own asset."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE users ADD COLUMN wants_discount boolean NOT NULL DEFAULT true")
    op.execute("ALTER TABLE users ALTER COLUMN wants_discount DROP DEFAULT")
    op.execute("COMMENT ON COLUMN users.wants_discount IS 'pays fees in the exchange''s asset'")


def downgrade() -> None:
    """Everybody wants it again after the next upgrade."""
    op.execute("ALTER TABLE users DROP COLUMN wants_discount")
