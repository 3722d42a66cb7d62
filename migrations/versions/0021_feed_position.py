"""The record tells how far the feed has told, so that a start goes on there."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

COLUMNS = {
    "feed_ms": "the feed has told all from before it",
    "feed_told": "and so many events of that moment",
}


def upgrade() -> None:
    for name, comment in COLUMNS.items():
        op.execute(f"ALTER TABLE checkpoint ADD COLUMN {name} bigint NOT NULL DEFAULT 0")
        op.execute(f"ALTER TABLE checkpoint ALTER COLUMN {name} DROP DEFAULT")
        op.execute(f"COMMENT ON COLUMN checkpoint.{name} IS '{comment}'")


def downgrade() -> None:
    for name in COLUMNS:
        op.execute(f"ALTER TABLE checkpoint DROP COLUMN {name}")
