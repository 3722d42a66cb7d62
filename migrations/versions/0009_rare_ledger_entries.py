"""Deposits and the like are found without reading the lines of orders that lie between them."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE INDEX ledger_rare_idx ON ledger (user_id, asset, seq)"
        " WHERE kind NOT IN ('hold', 'release', 'trade')"
    )


def downgrade() -> None:
    op.execute("DROP INDEX ledger_rare_idx")
