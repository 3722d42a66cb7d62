"""Orders whose price is chosen from the book."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

UPGRADE = (
    "ALTER TABLE orders ADD COLUMN peg_basis text",
    "ALTER TABLE orders ADD COLUMN peg_offset bigint NOT NULL DEFAULT 0",
    "ALTER TABLE orders ALTER COLUMN peg_offset DROP DEFAULT",
    "ALTER TABLE orders ADD COLUMN peg_limit numeric(38,18)",
    "COMMENT ON COLUMN orders.peg_basis IS 'whose side of the book the price is taken from'",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    """Pegged orders stay at the price that they have."""
    for column in ("peg_basis", "peg_offset", "peg_limit"):
        op.execute(f"ALTER TABLE orders DROP COLUMN {column}")
