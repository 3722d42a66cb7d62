"""Up to which time the record tells, and how often the exchange began again."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# The latest moment of which there is a row; a closed minute was over when it was recorded.
_LAST_TIME = """
    UPDATE checkpoint SET time_ms = coalesce(extract(epoch FROM greatest(
        (SELECT max(greatest(created_at, revoked_at)) FROM api_keys),
        (SELECT max(created_at) FROM users),
        (SELECT max(updated_at) FROM orders),
        (SELECT max(updated_at) FROM order_lists),
        (SELECT max(created_at) FROM ledger),
        (SELECT max(updated_at) FROM tickers),
        (SELECT max(opened_at) + interval '1 minute' FROM candles WHERE "interval" = '1m')
    )) * 1000, 0)::bigint
"""


COLUMNS = {"generation": "counts resets", "time_ms": "of the last change"}


def upgrade() -> None:
    for column in COLUMNS:
        op.execute(f"ALTER TABLE checkpoint ADD COLUMN {column} bigint NOT NULL DEFAULT 0")
    op.execute(_LAST_TIME)
    for column, comment in COLUMNS.items():
        op.execute(f"ALTER TABLE checkpoint ALTER COLUMN {column} DROP DEFAULT")
        op.execute(f"COMMENT ON COLUMN checkpoint.{column} IS '{comment}'")


def downgrade() -> None:
    for column in COLUMNS:
        op.execute(f"ALTER TABLE checkpoint DROP COLUMN {column}")
